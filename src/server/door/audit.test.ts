import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { config } from "../../core/config.ts";
import { app, service } from "../../core/service.ts";
import { event } from "../../messaging/event/event.ts";
import { makeIds, systemRandom } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { openSqlite } from "../../engines/sqlite/store.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { startRig, temporaryFolder } from "../rig.contract.ts";
import { makeAudit } from "./audit.ts";
import type { Audit, AuditEntry, AuditQuery } from "./audit.ts";
import { doorSchema } from "./schema.ts";

const postgresUrl = process.env["MORNING_TEST_POSTGRES_URL"];
const startMs = Date.UTC(2026, 0, 1);

async function auditOn(store: Store, clock: SimulatedClock): Promise<Audit> {
  onTestFinished(() => store.close());
  await store.migrate(doorSchema);
  const audit = makeAudit(store, clock);
  const calls = [
    ["ada", "POST", "/api/v1/queues/jobs/redrive", 200],
    ["ada", "DELETE", "/api/v1/keys/1", 404],
    ["bob", "POST", "/api/v1/keys", 201],
    ["bob", "POST", "/api/v1/queues/mail/purge", 403],
    ["ada", "POST", "/api/v1/queues/mail/purge", 200],
  ] as const;
  for (const [index, [actor, method, path, status]] of calls.entries()) {
    const traceId = index === 4 ? null : String(index).repeat(32);
    await audit.record({ actor, role: "admin", method, path, status, traceId });
    clock.advance(1_000);
  }
  return audit;
}

async function seqs(audit: Audit, query: Partial<AuditQuery>): Promise<number[]> {
  return (await audit.list({ limit: 10, ...query })).map(({ seq }) => seq);
}

function cases(open: (clock: SimulatedClock) => Promise<Store>): void {
  test("filters say who, how, where, when and whether it failed, alone and together", async () => {
    const clock = simulatedClock(startMs);
    const audit = await auditOn(await open(clock), clock);
    expect(await seqs(audit, {})).toEqual([5, 4, 3, 2, 1]);
    expect(await seqs(audit, { actor: "ada" })).toEqual([5, 2, 1]);
    expect(await seqs(audit, { actor: "ad" })).toEqual([]);
    expect(await seqs(audit, { method: "DELETE" })).toEqual([2]);
    expect(await seqs(audit, { path: "/queues/" })).toEqual([5, 4, 1]);
    expect(await seqs(audit, { path: "%" })).toEqual([]);
    expect(await seqs(audit, { failed: true })).toEqual([4, 2]);
    expect(await seqs(audit, { failed: false })).toEqual([5, 3, 1]);
    expect(await seqs(audit, { fromMs: startMs + 1_000, toMs: startMs + 3_000 })).toEqual([3, 2]);
    expect(await seqs(audit, { actor: "ada", path: "queues", before: 5 })).toEqual([1]);
    expect(await seqs(audit, { limit: 2, before: 4 })).toEqual([3, 2]);
  });

  test("entries are told as they are recorded, and found by their trace", async () => {
    const clock = simulatedClock(startMs);
    const audit = await auditOn(await open(clock), clock);
    const heard: AuditEntry[] = [];
    const stop = audit.listen((entry) => heard.push(entry));
    const call = { actor: "ada", role: "admin", method: "PUT", path: "/x", status: 200 } as const;
    const traceId = "ab".repeat(16);
    await audit.record({ ...call, traceId });
    stop();
    await audit.record({ ...call, traceId });
    expect(heard).toEqual([{ ...call, traceId, seq: 6, atMs: startMs + 5_000 }]);
    expect((await audit.ofTrace(traceId)).map(({ seq }) => seq)).toEqual([7, 6]);
    expect(await audit.ofTrace("0".repeat(32))).toHaveLength(1);
  });
}

describe("audit log on sqlite", () => {
  cases((clock) => openSqlite({ path: `${temporaryFolder()}/state.db`, clock }));
});

describe.skipIf(postgresUrl === undefined)(
  "audit log on postgres [needs MORNING_TEST_POSTGRES_URL]",
  () => {
    cases(async (clock) => {
      const schema = `audit_${makeIds(clock, systemRandom).hex(6)}`;
      const store = await openPostgres({ url: postgresUrl ?? "", clock, schema });
      onTestFinished(async () => {
        const client = new Client(postgresUrl);
        await client.connect();
        await client.query(`drop schema "${schema}" cascade`);
        await client.end();
      });
      return store;
    });
  },
);

test("the API takes the log's filters and refuses what is none", async () => {
  const rig = await startRig();
  await rig.call("POST", "/api/v1/backups", { body: { folder: "" } });
  await rig.call("DELETE", "/api/v1/keys/none");
  const pathsOf = async (query: string): Promise<string[]> => {
    const { json } = await rig.call("GET", `/api/v1/audit?${query}`);
    return (json as { entries: AuditEntry[] }).entries.map(({ path }) => path);
  };
  expect(await pathsOf("failed=true&method=delete")).toEqual(["/api/v1/keys/none"]);
  expect(await pathsOf("path=backups&actor=local")).toEqual(["/api/v1/backups"]);
  expect(await pathsOf("failed=false")).toEqual([]);
  expect(await pathsOf(`fromMs=${Date.now() + 60_000}`)).toEqual([]);
  for (const query of [
    "failed=yes",
    "fromMs=-1",
    "toMs=x",
    "limit=0",
    "path=",
    "path=%00",
    "actor=%00",
  ]) {
    expect((await rig.call("GET", `/api/v1/audit?${query}`)).status).toBe(400);
  }
});

test("who, what failed and which trace are answered by an index", async () => {
  const clock = simulatedClock(startMs);
  const store = await openSqlite({ path: `${temporaryFolder()}/state.db`, clock });
  await auditOn(store, clock);
  const planOf = async (where: string): Promise<string> =>
    JSON.stringify(
      await store.read(
        `explain query plan select * from audit where ${where} order by seq desc limit 9`,
      ),
    );
  expect(await planOf("actor = 'ada'")).toContain("audit_actor");
  expect(await planOf("seq < 9 and status >= 400")).toContain("audit_failed");
  expect(await planOf("trace = 'x'")).toContain("audit_trace");
});

test("asking for an explanation is no entry, publishing is one", async () => {
  const said = event("said", { data: z.object({ text: z.string() }) });
  const talker = service("talker", { uses: { said: said.publisher() } });
  const rig = await startRig({ config: config({ app: app("talk", { services: [talker] }) }) });
  const body = { type: "said", data: { text: "hello" } };
  expect((await rig.call("POST", "/api/v1/events/explain", { body })).status).toBe(200);
  expect((await rig.call("POST", "/api/v1/events", { body })).status).toBe(201);
  const { json } = await rig.call("GET", "/api/v1/audit");
  const { entries } = json as { entries: readonly AuditEntry[] };
  expect(entries.map(({ path }) => path)).toEqual(["/api/v1/events"]);
});
