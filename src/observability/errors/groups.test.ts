import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../../core/store.ts";
import { openPostgres } from "../../engines/postgres/store.ts";
import { openSqlite } from "../../engines/sqlite/store.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { openGroups } from "./groups.ts";
import type { ErrorGroups, Sighting } from "./groups.ts";

const postgres = process.env["MORNING_TEST_POSTGRES_URL"];

const sighting: Sighting = {
  fingerprint: "00112233445566aa",
  service: "orders",
  type: "TypeError",
  message: "x is undefined",
  culprit: "charge (payments.ts)",
  groupedBy: "stack",
  parts: ["TypeError", "charge (payments.ts)"],
  release: "v1",
  count: 3,
  firstMs: 1000,
  lastMs: 2000,
};

const engines = [
  { dialect: "sqlite", name: "error groups on sqlite" },
  { dialect: "postgres", name: "error groups on postgres [needs MORNING_TEST_POSTGRES_URL]" },
] as const;

describe.each(engines)("$name", ({ dialect }) => {
  const clock = simulatedClock(10_000);
  const folder = mkdtempSync(join(tmpdir(), "morning-groups-"));
  const absent = dialect === "postgres" && postgres === undefined;
  let store: Store;
  let groups: ErrorGroups;
  beforeAll(async () => {
    if (absent) return;
    const schema = `groups_${process.pid}`;
    store =
      dialect === "sqlite"
        ? await openSqlite({ path: join(folder, "state.db"), clock })
        : await openPostgres({ url: postgres ?? "", clock, schema });
    groups = await openGroups(store, clock);
  });
  afterAll(async () => {
    await store?.close();
    rmSync(folder, { recursive: true });
  });

  it.skipIf(absent)("count, keep the first and the last sight, and say what is new", async () => {
    expect(await groups.seen([sighting])).toEqual({
      created: [sighting.fingerprint],
      regressed: [],
    });
    const later = { ...sighting, firstMs: 1500, lastMs: 5000, release: "v2", count: 2 };
    expect(await groups.seen([later])).toEqual({ created: [], regressed: [] });
    expect(await groups.get(sighting.fingerprint)).toMatchObject({
      status: "open",
      times: 5,
      firstSeenMs: 1000,
      firstRelease: "v1",
      lastSeenMs: 5000,
      lastRelease: "v2",
      parts: sighting.parts,
    });
  });

  it.skipIf(absent)(
    "come back as regressed, but not by what an old release still does",
    async () => {
      const { fingerprint } = sighting;
      await groups.act(fingerprint, { action: "resolve", release: "v2" });
      const old = { ...sighting, firstMs: 11_000, lastMs: 11_000, release: "v1" };
      expect((await groups.seen([old])).regressed).toEqual([]);
      const back = { ...old, lastMs: 12_000, release: "v3" };
      expect((await groups.seen([back])).regressed).toEqual([fingerprint]);
      expect(await groups.get(fingerprint)).toMatchObject({
        status: "open",
        regressedAtMs: 12_000,
      });
    },
  );

  it.skipIf(absent)("are ignored for a time, and assigned", async () => {
    const { fingerprint } = sighting;
    await groups.act(fingerprint, { action: "ignore", forMs: 1000 });
    await groups.act(fingerprint, { action: "assign", assignee: "mei" });
    expect(await groups.list({ status: "ignored", limit: 10 })).toHaveLength(1);
    clock.advance(1001);
    expect(await groups.list({ status: "ignored", limit: 10 })).toHaveLength(0);
    const [open] = await groups.list({ status: "open", service: "orders", limit: 10 });
    expect(open).toMatchObject({ assignee: "mei", ignoredUntilMs: null });
    await expect(groups.get("ffffffffffffffff")).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
  });
});
