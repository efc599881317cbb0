import { expect, test } from "vitest";
import { endedTaskMs } from "../core/capabilities/tasks.ts";
import type { TaskProgress } from "../core/capabilities/tasks.ts";
import { makeLog } from "../core/log.ts";
import { simulatedClock } from "../testing/clock.ts";
import { makeTaskWatch } from "./task-watch.ts";

function task(id: string, state: TaskProgress["state"], startedAtMs = 0): TaskProgress {
  const resource = `queue/${id}.dead`;
  return { id, kind: "redrive", resource, state, done: 0, total: 1, startedAtMs };
}

function rig(tasks: Map<string, TaskProgress>) {
  const clock = simulatedClock();
  const asked: (readonly string[] | undefined)[] = [];
  let broken = false;
  const watch = makeTaskWatch({ clock, log: makeLog(() => {}) }, async (resources) => {
    asked.push(resources && [...resources]);
    if (broken) throw new Error("the engine is away");
    return [...tasks.values()].filter(({ resource }) => resources?.has(resource) ?? true);
  });
  const states = async (): Promise<string[]> =>
    (await watch.running()).map(({ id, state }) => `${id} ${state}`);
  return { clock, asked, watch, states, breaks: (is: boolean) => void (broken = is) };
}

test("what an earlier process left running is found, what it ended is not", async () => {
  const tasks = new Map([
    ["a", task("a", "running")],
    ["b", task("b", "completed")],
  ]);
  const { states, asked } = rig(tasks);
  expect(await states()).toEqual(["a running"]);
  expect(await states()).toEqual(["a running"]);
  expect(asked).toEqual([undefined, ["queue/a.dead"]]);
});

test("the engine is left alone while nothing runs", async () => {
  const { states, asked } = rig(new Map());
  for (let look = 0; look < 5; look++) expect(await states()).toEqual([]);
  expect(asked).toEqual([undefined]);
});

test("a task that has ended is listed for a minute, newest first", async () => {
  const tasks = new Map<string, TaskProgress>();
  const { states, watch, clock } = rig(tasks);
  await states();
  for (const [id, startedAtMs] of [
    ["a", 1],
    ["b", 2],
  ] as const) {
    tasks.set(id, task(id, "running", startedAtMs));
    watch.started(task(id, "running", startedAtMs));
  }
  expect(await states()).toEqual(["b running", "a running"]);
  tasks.set("a", task("a", "failed", 1));
  expect(await states()).toEqual(["b running", "a failed"]);
  clock.advance(endedTaskMs);
  expect(await states()).toEqual(["b running", "a failed"]);
  clock.advance(1);
  expect(await states()).toEqual(["b running"]);
  tasks.delete("b");
  expect(await states()).toEqual([]);
});

test("an engine that does not answer leaves what was known", async () => {
  const tasks = new Map([["a", task("a", "running")]]);
  const { states, breaks } = rig(tasks);
  breaks(true);
  expect(await states()).toEqual([]);
  breaks(false);
  expect(await states()).toEqual(["a running"]);
  breaks(true);
  expect(await states()).toEqual(["a running"]);
});

test("looks at once share one question", async () => {
  const { watch, asked } = rig(new Map());
  await Promise.all([watch.running(), watch.running(), watch.running()]);
  expect(asked).toHaveLength(1);
});
