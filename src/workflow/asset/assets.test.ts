import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { workflowLab } from "../../testing/workflows.ts";
import type { WorkflowLab, WorkflowLabOptions } from "../../testing/workflows.ts";
import { asset, daily, parts, workflow } from "../index.ts";

const Partition = z.object({ partition: z.string() });
const minuteMs = 60_000;

async function open(options: WorkflowLabOptions): Promise<WorkflowLab> {
  const lab = await workflowLab({ startMs: Date.UTC(2026, 0, 10), ...options });
  onTestFinished(() => lab.close());
  return lab;
}

const idsOf = async (lab: WorkflowLab, name: string): Promise<string[]> => {
  const { items } = await lab.engine.list({ workflow: name, limit: 1000 });
  return items.map(({ id }) => id).toSorted();
};

/** A folder into which files come, and a workflow that takes each in, once. */
function folder() {
  const files: string[] = [];
  const taken: string[] = [];
  const faults: Error[] = [];
  const intake = workflow(
    "intake",
    {
      input: z.object({ file: z.string() }),
      sensor: {
        everyMs: minuteMs,
        look(_held, cursor) {
          const found = files.slice(Number(cursor ?? 0));
          const starts = found.map((file) => ({ id: file, input: { file } }));
          const fault = faults.pop();
          if (fault !== undefined) throw fault;
          return { starts, cursor: files.length };
        },
      },
    },
    (ctx, { file }) => ctx.step("take in", () => taken.push(file)),
  );
  return { files, taken, faults, intake };
}

test("a sensor starts a run for each file that it finds, once", async () => {
  const { files, taken, intake } = folder();
  const lab = await open({ workflows: [intake] });
  files.push("a.csv", "b.csv");
  await lab.pass(2 * minuteMs);
  files.push("c.csv");
  await lab.pass(2 * minuteMs);
  await lab.pass(2 * minuteMs);
  expect(taken.toSorted()).toEqual(["a.csv", "b.csv", "c.csv"]);
  expect(await idsOf(lab, "intake")).toEqual(["intake.a.csv", "intake.b.csv", "intake.c.csv"]);
});

test("a sensor that fails looks again, and goes on with an empty history for ever", async () => {
  const { files, taken, faults, intake } = folder();
  const lab = await open({ workflows: [intake] });
  faults.push(new Error("no folder"), new Error("no folder"));
  for (let minute = 0; minute < 450; minute++) {
    if (minute % 50 === 0) files.push(`${minute}.csv`);
    await lab.pass(minuteMs);
  }
  await lab.pass(2 * minuteMs);
  expect(taken).toHaveLength(9);
  const chain = await idsOf(lab, "intake.sensor");
  expect(chain.length).toBeGreaterThan(1);
  expect((await lab.engine.entries(chain.at(-1) ?? "")).length).toBeLessThan(401);
}, 30_000);

test("partitions by key are all made anew when the whole that they read was", async () => {
  const rates = asset("rates");
  const prices = asset("prices", { partitions: parts("tw", "jp") });
  const made: string[] = [];
  const fetchRates = workflow("fetch-rates", { writes: [rates] }, (ctx) =>
    ctx.step("fetch", () => made.push("rates")),
  );
  const price = workflow(
    "price",
    { input: Partition, reads: [rates], writes: [prices], follow: true },
    (ctx, { partition }) => ctx.step("price", () => made.push(partition)),
  );
  const lab = await open({ workflows: [fetchRates, price] });
  await lab.result(await lab.start(fetchRates, undefined));
  await lab.pass(1000);
  expect(made.toSorted()).toEqual(["jp", "rates", "tw"]);
});

test("what is up to date is not made again, unless code or what it reads is newer", async () => {
  const days = daily("2026-01-01");
  const raw = asset("raw", { partitions: days });
  const clean = asset("clean", { partitions: days });
  const made: string[] = [];
  const load = workflow("load", { input: Partition, writes: [raw] }, (ctx, { partition }) =>
    ctx.step("load", () => made.push(`load ${partition}`)),
  );
  const tidy = (version: string) =>
    workflow(
      "tidy",
      { input: Partition, reads: [raw], writes: [clean], version },
      (ctx, { partition }) => ctx.step("tidy", () => made.push(`tidy ${version} ${partition}`)),
    );
  const range = { from: "2026-01-08", until: "2026-01-09" };
  const backfill = async (lab: WorkflowLab, name: string, more = {}): Promise<unknown> =>
    lab.result(await lab.engine.run(`${name}.backfill`, { ...range, ...more }));
  const lab = await open({ workflows: [load, tidy("1")] });
  expect(await backfill(lab, "load")).toEqual({ made: 2, skipped: 0, failed: [] });
  expect(await backfill(lab, "tidy")).toEqual({ made: 2, skipped: 0, failed: [] });
  expect(await backfill(lab, "tidy")).toEqual({ made: 0, skipped: 2, failed: [] });
  await lab.pass(1000);
  await lab.result(await lab.start(load, { partition: "2026-01-09" }));
  expect(await backfill(lab, "tidy")).toEqual({ made: 1, skipped: 1, failed: [] });
  expect(await backfill(lab, "tidy", { force: true })).toMatchObject({ made: 2 });
  expect(made.filter((line) => line.startsWith("tidy"))).toHaveLength(5);
});

test("a run of a workflow with partitions is about one that there is", async () => {
  const days = asset("days", { partitions: daily("2026-01-01") });
  const load = workflow("load", { writes: [days] }, (ctx) => ctx.step("load", () => 1));
  const lab = await open({ workflows: [load] });
  const id = await lab.start(load, { partition: "1999-01-01" });
  await expect(lab.result(id)).rejects.toMatchObject({ cause: { code: "MOR_INVALID" } });
});

test("a firing is about the last partition that is over; before the first it is of none", () => {
  const sums = asset("sums", { partitions: daily("2026-03-01") });
  const nightly = workflow(
    "nightly",
    { writes: [sums], schedule: { cron: "5 0 * * *" } },
    async () => null,
  );
  const startedAt = (iso: string): unknown =>
    nightly.starts.schedule?.({ schedule: "s", scheduledAtMs: Date.parse(iso), manual: false });
  expect(startedAt("2026-03-01T00:05:00Z")).toBeUndefined();
  expect(startedAt("2026-03-02T00:05:00Z")).toEqual({ input: { partition: "2026-03-01" } });
});
