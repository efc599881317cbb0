import { expect, expectTypeOf, test, vi } from "vitest";
import { z } from "zod";
import { config } from "../core/config.ts";
import type { Config } from "../core/config.ts";
import { post } from "../core/http.ts";
import { app, service } from "../core/service.ts";
import type { AnyService } from "../core/service.ts";
import { event } from "../messaging/event/index.ts";
import { table } from "../state/table/index.ts";
import { commands } from "../workflow/commands.ts";
import { asset, callbackPath, daily, workflow } from "../workflow/index.ts";
import { startRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

const Charge = z.object({ order: z.string(), pence: z.number().int() });

/** An app of one service, whose platform keeps no telemetry. */
const quiet = (till: AnyService): Config =>
  config({
    app: app("shop", { services: [till] }),
    environments: { local: { drivers: { telemetry: "none" } } },
  });

/** A shop whose workflows the tests watch; anew for each test. */
function shop() {
  const seen: string[] = [];
  const paid = event("order.paid", { data: z.object({ order: z.string() }) });
  const placed = event("order.placed", { data: Charge });
  const ledger = table("ledger", { row: Charge, key: "order" });
  const days = daily("2026-01-01");
  const sums = asset("sums", { partitions: days });
  const report = asset("report", { partitions: days, freshMs: 1 });

  const bill = workflow(
    "bill",
    {
      description: "Charges an order",
      uses: { ledger: ledger.readWriter(), paid: paid.subscriber() },
      input: Charge,
      output: z.object({ charged: z.number() }),
      on: { event: placed, id: ({ order }: { readonly order: string }) => order },
      retry: { attemptsMax: 2, baseMs: 1 },
    },
    async (ctx, { order, pence }) => {
      await ctx.attributes({ order });
      ctx.query("stage", () => "waiting for money");
      const got = await ctx.waitForEvent(paid, { pattern: { detail: { order: [order] } } });
      expectTypeOf(got).toEqualTypeOf<{ order: string }>();
      await ctx.once("write", (tx, held) => tx(held.ledger).put({ order, pence }));
      return { charged: pence };
    },
  );

  const approve = workflow("approve", { input: z.number() }, async (ctx, amount) => {
    const said = await ctx.waitForCallback<{ approved: boolean }>("boss", () => {});
    if (!said.approved) throw new Error(`${amount} is too much`);
    return ctx.step("pay", () => amount, { compensate: () => void seen.push("unpaid") });
  });

  let broken = true;
  const flaky = workflow("flaky", { retry: { attemptsMax: 1 } }, async (ctx) => {
    const first = await ctx.step("first", () => seen.push("first"));
    return ctx.step("second", () => {
      if (broken) throw new Error("broken");
      return first;
    });
  });

  const sum = workflow(
    "sum",
    { input: z.object({ partition: z.string() }), writes: [sums], facts: () => ({ rows: 3 }) },
    (ctx, { partition }) => ctx.step("sum", () => seen.push(`sum ${partition}`)),
  );
  const write = workflow(
    "write",
    {
      input: z.object({ partition: z.string() }),
      reads: [sums],
      writes: [report],
      follow: true,
      checks: [
        {
          asset: report,
          name: "not-the-third",
          look: (_, day) => ({ passed: day !== "2026-01-03" }),
        },
      ],
    },
    (ctx, { partition }) => ctx.step("write", () => seen.push(`write ${partition}`)),
  );

  const till = service("till", {
    uses: { bill: bill.starter(), paid: paid.publisher(), placed: placed.publisher() },
    runs: [bill, approve, flaky, sum, write],
    routes: (held) => [
      post("/bills", { body: Charge }, async ({ body }) => ({
        id: await held.bill.start(body, { id: `bill.${body.order}` }),
      })),
      post("/paid", { body: z.object({ order: z.string() }) }, ({ body }) =>
        held.paid.publish(body),
      ),
      post("/placed", { body: Charge }, ({ body }) => held.placed.publish(body)),
      post("/results", { body: z.object({ id: z.string() }) }, async ({ body }) => {
        const result = await held.bill.result(body.id);
        expectTypeOf(result).toEqualTypeOf<{ charged: number }>();
        return result;
      }),
    ],
  });
  return { seen, mended: () => void (broken = false), config: quiet(till) };
}

const api = (rig: Rig, method: string, path: string, body?: unknown) =>
  rig.call(method, `/api/v1${path}`, { body });

async function untilRun(rig: Rig, id: string, status: string): Promise<Record<string, unknown>> {
  const path = `/workflow-runs/${encodeURIComponent(id)}`;
  return vi.waitFor(
    async () => {
      const { json } = await api(rig, "GET", path);
      expect(json).toMatchObject({ status });
      return json as Record<string, unknown>;
    },
    { timeout: 10_000, interval: 20 },
  );
}

async function open() {
  const made = shop();
  return { ...made, rig: await startRig({ config: made.config }) };
}

test("a run waits for its event, whenever that comes, and writes once", async () => {
  const { rig } = await open();
  const order = { order: "A-17", pence: 250 };
  expect((await rig.call("POST", "/svc/till/bills", { body: order })).json).toEqual({
    id: "bill.A-17",
  });
  await rig.call("POST", "/svc/till/paid", { body: { order: "other" } });
  await rig.call("POST", "/svc/till/paid", { body: { order: "A-17" } });
  const { json } = await rig.call("POST", "/svc/till/results", { body: { id: "bill.A-17" } });
  expect(json).toEqual({ charged: 250 });
  expect((await api(rig, "GET", "/tables/ledger/rows")).json).toMatchObject({ rows: [order] });
  const found = await api(rig, "GET", "/workflow-runs?attribute=order:A-17&status=completed");
  expect(found.json).toMatchObject({ runs: [{ id: "bill.A-17", workflow: "bill", version: "1" }] });
  expect((await api(rig, "GET", "/find?id=bill.A-17")).json).toMatchObject({
    hits: expect.arrayContaining([
      expect.objectContaining({ kind: "run", id: "bill.A-17" }),
    ]) as unknown,
  });
  const stage = await api(rig, "GET", "/workflow-runs/bill.A-17/queries/stage");
  expect(stage.json).toMatchObject({ value: { json: '"waiting for money"' } });
});

test("an event starts one run, whose id says what it is about", async () => {
  const { rig } = await open();
  await rig.call("POST", "/svc/till/placed", { body: { order: "B-1", pence: 5 } });
  await untilRun(rig, "bill.B-1", "waiting").catch(() => untilRun(rig, "bill.B-1", "running"));
  const { json } = await api(rig, "GET", "/workflows/bill");
  expect(json).toMatchObject({ event: "order.placed", uses: ["table/ledger", "event/order.paid"] });
});

test("somebody approves with the API, or refuses and the run says why", async () => {
  const { rig } = await open();
  const start = async (input: number): Promise<string> => {
    const { json } = await api(rig, "POST", "/workflows/approve/runs", { input });
    return (json as { id: string }).id;
  };
  const [yes, no] = [await start(5), await start(5000)];
  const callbacks = await vi.waitFor(async () => {
    const { json } = await api(rig, "GET", "/workflow-callbacks");
    const { callbacks: open } = json as { callbacks: { run: string; at: string; name: string }[] };
    expect(open).toHaveLength(2);
    return open;
  });
  expect(callbacks[0]).toMatchObject({ run: yes, name: "boss", workflow: "approve" });
  const at = callbacks[0]?.at;
  await api(rig, "POST", `/workflow-runs/${yes}/answers`, { at, value: { approved: true } });
  expect(await untilRun(rig, yes, "completed")).toMatchObject({ output: { json: "5" } });
  const refusal = { at: callbacks[1]?.at, error: "no budget" };
  expect((await api(rig, "POST", `/workflow-runs/${no}/answers`, refusal)).status).toBe(204);
  expect(await untilRun(rig, no, "failed")).toMatchObject({ error: { message: "no budget" } });
  expect((await api(rig, "POST", `/workflow-runs/${no}/answers`, refusal)).problem).toMatchObject({
    code: "MOR_WORKFLOW_TOKEN",
  });
});

test("a failed run is tried again from where it failed, alone or with others", async () => {
  const { rig, seen, mended } = await open();
  for (const id of ["f1", "f2"]) await api(rig, "POST", "/workflows/flaky/runs", { id });
  for (const id of ["f1", "f2"]) await untilRun(rig, id, "failed");
  mended();
  const { json } = await api(rig, "POST", "/workflow-runs/f1/retry", {});
  const again = (json as { id: string }).id;
  expect(await untilRun(rig, again, "completed")).toMatchObject({ origin: "f1" });
  expect(seen).toEqual(["first", "first"]);
  const replayed = await api(rig, "POST", "/workflow-runs/replay", { workflow: "flaky" });
  expect(replayed.json).toMatchObject({ runs: [{ run: "f2" }, { run: "f1" }] });
  const { json: forked } = await api(rig, "POST", "/workflow-runs/f1/fork", { id: "f3" });
  expect(forked).toEqual({ id: "f3" });
  await untilRun(rig, "f3", "completed");
  expect(seen).toEqual(["first", "first", "first"]);
});

test("input that does not fit, and runs that are not there, are told apart", async () => {
  const { rig } = await open();
  const wrong = await api(rig, "POST", "/workflows/bill/runs", { input: { order: 1 } });
  expect(wrong.problem).toMatchObject({ status: 400, code: "MOR_INVALID" });
  for (const [method, path, body] of [
    ["POST", "/workflows/nothing/runs", {}],
    ["GET", "/workflow-runs/nothing", undefined],
    ["GET", "/workflow-runs/nothing/entries", undefined],
    ["POST", "/workflow-runs/nothing/fork", {}],
  ] as const) {
    expect((await api(rig, method, path, body)).problem).toMatchObject({ status: 404 });
  }
  expect((await api(rig, "POST", "/workflow-runs/nothing/cancel", {})).problem).toMatchObject({
    code: "MOR_WORKFLOW_ENDED",
  });
});

test("a backfill makes days once, what follows is made then, a failed check stops", async () => {
  const { rig, seen } = await open();
  const range = { from: "2026-01-02", until: "2026-01-04", id: "b1" };
  expect((await api(rig, "POST", "/workflows/sum/backfills", range)).status).toBe(201);
  expect(await untilRun(rig, "b1", "completed")).toMatchObject({
    output: { json: '{"made":3,"skipped":0,"failed":[]}' },
  });
  await vi.waitFor(() => expect(seen.filter((line) => line.startsWith("write"))).toHaveLength(3));
  await untilRun(rig, "write.b1.2026-01-03.2026-01-03", "failed");
  await vi.waitFor(async () => {
    const { json } = await api(rig, "GET", "/assets/report");
    expect(json).toMatchObject({ made: 2, failedChecks: 1, stale: true, writers: ["write"] });
  });
  expect((await rig.call("GET", "/metrics")).text).toContain(
    'morning_asset_stale{asset="report"} 1',
  );
  await api(rig, "POST", "/workflows/sum/backfills", { ...range, id: "b2" });
  expect(await untilRun(rig, "b2", "completed")).toMatchObject({
    output: { json: '{"made":0,"skipped":3,"failed":[]}' },
  });
  expect((await api(rig, "GET", "/lineage")).json).toMatchObject({
    edges: [
      { from: "workflow/sum", to: "asset/sums" },
      { from: "asset/sums", to: "workflow/write" },
      { from: "workflow/write", to: "asset/report" },
    ],
  });
  const outside = await api(rig, "POST", "/workflows/sum/backfills", { from: "2025-01-01" });
  expect(outside.problem).toMatchObject({ status: 400 });
});

test("a run is watched without reading all of it again", async () => {
  const { rig } = await open();
  await api(rig, "POST", "/workflows/sum/backfills", {
    from: "2026-01-02",
    until: "2026-01-03",
    id: "watched",
  });
  const { place, entries } = await untilRun(rig, "watched", "completed");
  expect(entries).toBe(5);
  const path = "/workflow-runs/watched/entries";
  const { json } = await api(rig, "GET", `${path}?values=false&limit=2`);
  const first = json as { entries: { at: string; value: unknown }[]; after: string };
  expect(first.entries.map(({ value }) => value)).toEqual([null, null]);
  const rest = await api(rig, "GET", `${path}?after=${first.after}`);
  expect(rest.json).toMatchObject({ entries: [{}, {}, {}] });
  expect(rest.json).not.toHaveProperty("after");
  const news = await api(rig, "GET", `${path}?changedAfter=${Number(place) - 1}`);
  expect(news.json).toMatchObject({ entries: [{ place }] });
  const child = await api(rig, "GET", `${path}/1.0.1`);
  expect(child.json).toMatchObject({ kind: "child", child: "watched.2026-01-02" });
  expect((await api(rig, "GET", `${path}/7.7`)).problem).toMatchObject({ status: 404 });
  const now = Date.now();
  const days = `/workflows/sum/days?fromMs=${now - 86_400_000}&untilMs=${now + 1000}`;
  expect((await api(rig, "GET", days)).json).toMatchObject({ days: [{ runs: { completed: 2 } }] });
});

test("whoever has its token answers a callback, and a step leaves files behind", async () => {
  const tokens: string[] = [];
  const report = workflow("report", {}, async (ctx) => {
    const said = await ctx.waitForCallback<string>(
      "partner",
      (_, token) => void tokens.push(token),
    );
    ctx.log.info("the partner said", { said });
    return ctx.step("write", async (_, { artefact }) => {
      await artefact("report.csv", `said,${said}\n`);
      return said;
    });
  });
  const till = service("till", { runs: [report] });
  const rig = await startRig({
    config: quiet(till),
    env: { MORNING_ADMIN_KEY: "an-admin-key-that-nobody-guesses" },
  });
  const headers = { authorization: "Bearer an-admin-key-that-nobody-guesses" };
  await rig.call("POST", "/api/v1/workflows/report/runs", { headers, body: { id: "r/1" } });
  await vi.waitFor(() => expect(tokens).toHaveLength(1));
  const path = callbackPath(tokens[0] ?? "");
  expect((await rig.call("POST", callbackPath("guessed"), { body: {} })).status).toBe(404);
  expect((await rig.call("GET", path)).status).toBe(405);
  expect((await rig.call("POST", path, { body: "{" })).status).toBe(400);
  const beat = async (at: string): Promise<number> =>
    (await rig.call("POST", `${at}/heartbeat`)).status;
  expect([await beat(path), await beat(callbackPath("guessed"))]).toEqual([204, 404]);
  expect((await rig.call("POST", path, { body: { value: "yes" } })).status).toBe(204);
  expect((await rig.call("POST", path, { body: { value: "no" } })).status).toBe(404);
  const run = "/api/v1/workflow-runs/r%2F1";
  await vi.waitFor(async () => {
    const { json } = await rig.call("GET", run, { headers });
    expect(json).toMatchObject({ status: "completed", output: { json: '"yes"' } });
  });
  const { json: runs } = await rig.call("GET", "/api/v1/workflow-runs", { headers });
  const traceId = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
  expect(runs).toMatchObject({ runs: [{ id: "r/1", traceId }] });
  const listed = await rig.call("GET", `${run}/artefacts`, { headers });
  expect(listed.json).toEqual({ artefacts: [{ at: "2", name: "report.csv" }] });
  const file = await rig.call("GET", `${run}/artefacts/2/report.csv`, { headers });
  expect(file.text).toBe("said,yes\n");
  expect((await rig.call("GET", `${run}/artefacts/2/..%2Fx`, { headers })).status).toBe(404);
  const said = rig.lines.filter(({ message }) => message === "the partner said");
  expect(said).toMatchObject([{ fields: { service: "till", workflow: "report", run: "r/1" } }]);
});

test("the command line does what the API does", async () => {
  const { rig, mended } = await open();
  const lines: string[] = [];
  const request = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await api(rig, method, path, body);
    if (answer.status >= 400) throw new Error(answer.problem.detail);
    return answer.json;
  };
  const run = async (
    name: string,
    args: Readonly<Record<string, string>> = {},
    options: Readonly<Record<string, string | boolean>> = {},
  ): Promise<string> => {
    const command = commands.find((one) => one.name === `workflow ${name}`);
    lines.length = 0;
    const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
    const out = (line: string): void => void lines.push(line);
    const code = await command?.run({ args, options, api: { request }, out, wait });
    return `${code} ${lines.join("\n")}`;
  };
  expect(await run("list")).toContain("flaky  version 1  till  no runs");
  const input = { input: '{"partition":"2026-01-02"}', id: "s1", wait: true };
  expect(await run("start", { name: "sum" }, input)).toBe("0 1");
  expect(await run("start", { name: "flaky" }, { id: "f1", wait: true })).toMatch(/^1 f1 .*broken/);
  expect(await run("runs", {}, { status: "failed" })).toMatch(/^0 f1 {2}flaky {2}failed/);
  expect(await run("show", { id: "f1" })).toMatch(
    /step {2}first {2}done[^]*step {2}second {2}failed/,
  );
  await run("start", { name: "bill" }, { id: "b1", input: '{"order":"A-1","pence":1}' });
  await vi.waitFor(async () => expect(await run("query", { id: "b1" })).toBe("0 stage"));
  expect(await run("query", { id: "b1", name: "stage" })).toBe('0 "waiting for money"');
  expect(JSON.parse((await run("recording", { id: "f1" })).slice(2))).toMatchObject({ format: 1 });
  mended();
  expect(await run("retry", { id: "f1" })).toMatch(/^0 \S+: begun$/);
  expect(await run("fork", { id: "f1" }, { at: "1" })).toMatch(/^0 \S+$/);
  expect(await run("replay", {}, { workflow: "flaky" })).toMatch(/^0 f1 {2}\S+$/);
  await run("start", { name: "approve" }, { id: "a1", input: "7" });
  await vi.waitFor(async () => expect(await run("callbacks")).toContain("a1  0  approve  boss"));
  expect(await run("pause", { id: "a1" })).toBe("0 a1: paused");
  expect(await run("resume", { id: "a1" })).toBe("0 a1: goes on");
  const yes = { value: '{"approved":true}' };
  expect(await run("answer", { id: "a1", at: "0" }, yes)).toBe("0 a1: answered");
  await untilRun(rig, "a1", "completed");
  await run("start", { name: "approve" }, { id: "a2", input: "8" });
  expect(await run("signal", { id: "a2", name: "hurry" })).toBe("0 a2: hurry sent");
  expect(await run("cancel", { id: "a2" })).toBe("0 a2: is asked to end");
  await untilRun(rig, "a2", "cancelled");
  const days = { from: "2026-01-05", until: "2026-01-05" };
  expect(await run("backfill", { name: "sum" }, days)).toMatch(/^0 \S+$/);
  await expect(run("start", { name: "bill" }, { input: "{" })).rejects.toThrow(/is not JSON/);
  await expect(run("cancel", { id: "a2" })).rejects.toThrow(/has ended/);
});
