import { expect, it } from "vitest";
import { onBoth, open, program, sqlitePlace } from "./rig.contract.ts";
import { workflowSchema } from "./schema.ts";
import { opened } from "./rows.ts";
import { withFailed } from "./tries.ts";

onBoth("attempts of steps that failed", (place) => {
  it("are kept with when they began and ended, and why", async () => {
    const store = await place()();
    const before = Date.now();
    const flaky = program("flaky", async (context) => {
      await context.step("at once", () => 1);
      return context.step(
        "work",
        (_, { attempt }) => {
          if (attempt < 3) throw new TypeError(`no ${attempt} ${"x".repeat(1000)}`);
          return attempt;
        },
        { retry: { attemptsMax: 3, baseMs: 20, jitter: "none" } },
      );
    });
    const engine = await open(store, [flaky]);
    const id = await engine.run("flaky", null);
    expect(await engine.result(id)).toBe(3);
    const [once, work] = await engine.entries(id);
    expect(once?.failures).toEqual([]);
    const [row] = await store.read(
      `select count(*) as count from workflow_entry where failures is null and run = '${id}'`,
      [],
    );
    expect(Number(row?.["count"])).toBe(1);
    expect(work).toMatchObject({ status: "done", attempt: 3 });
    const [first, second] = work?.failures ?? [];
    expect(work?.failures.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(first?.error).toMatchObject({ name: "TypeError" });
    expect(first?.error.message).toMatch(/^no 1 x+$/);
    expect(first?.error.message).toHaveLength(500);
    const moments = [before, first, second, Date.now()].flatMap((one) =>
      typeof one === "object" ? [one.startedAtMs, one.endedAtMs] : [one ?? 0],
    );
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    // The delay before an attempt is none of its time.
    expect((second?.startedAtMs ?? 0) - (first?.endedAtMs ?? 0)).toBeGreaterThanOrEqual(19);
    const fork = await engine.fork(id, { at: "1" });
    await engine.result(fork);
    expect((await engine.entries(fork))[1]?.failures).toHaveLength(2);
    await engine.close();
    await store.close();
  });

  it("are kept of what failed for good, the last one too", async () => {
    const store = await place()();
    const doomed = program("doomed", (context) =>
      context.step(
        "work",
        (_, { attempt }) => {
          throw new Error(`no ${attempt}`);
        },
        { retry: { attemptsMax: 12, baseMs: 1 } },
      ),
    );
    const engine = await open(store, [doomed]);
    const id = await engine.run("doomed", null);
    await expect(engine.result(id)).rejects.toThrow("no 12");
    const [entry] = await engine.entries(id);
    expect(entry).toMatchObject({ status: "failed", attempt: 12 });
    expect(entry?.failures.map(({ attempt }) => attempt)).toEqual([
      3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    await engine.close();
    await store.close();
  });
});

it("entries of a journal from before have none", async () => {
  const store = await sqlitePlace()();
  const [first] = workflowSchema.migrations;
  await store.migrate({ component: "workflow", migrations: first === undefined ? [] : [first] });
  await store.write({
    statements: [
      {
        sql: `insert into workflow_run (id, workflow, version, status, priority, input, ready_at,
          created_at, ended_at) values ('old', 'work', '1', 'completed', 0, '', 1, 1, 2)`,
        params: [],
      },
      {
        sql: `insert into workflow_entry (run, at, place, kind, name, status, value, attempt,
          started_at, ended_at) values ('old', '00', 1, 'step', 'do', 'done', '7', 2, 1, 2)`,
        params: [],
      },
    ],
  });
  const engine = await open(store, []);
  const [entry] = await engine.entries("old");
  expect(entry).toMatchObject({ name: "do", attempt: 2, value: "7", failures: [] });
  await engine.close();
  await store.close();
});

it("what is thrown that is no error is kept in words", () => {
  const entry = { ...opened("0", "step", "do", 1), attempt: 1 };
  expect(withFailed(entry, "a text", 2, 3).failures).toEqual([
    { attempt: 1, startedAtMs: 2, endedAtMs: 3, error: { name: "Error", message: "a text" } },
  ]);
});
