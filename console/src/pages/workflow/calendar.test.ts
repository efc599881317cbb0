import { expect, test } from "vitest";
import { countsByDay, momentsByDay } from "./calendar-data.ts";

const at = (day: number, hour: number): number => new Date(2026, 10, day, hour).getTime();
const runs = {
  ready: 0,
  running: 0,
  waiting: 0,
  paused: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  terminated: 0,
  continued: 0,
};

test("runs are counted by day and by how they ended", () => {
  const days = countsByDay([
    { dayMs: at(3, 0), runs: { ...runs, completed: 2, continued: 1, failed: 1 } },
    { dayMs: at(4, 0), runs: { ...runs, waiting: 1, paused: 1, terminated: 1, cancelled: 2 } },
    { dayMs: at(5, 0), runs: { ...runs, completed: 1 } },
  ]);
  expect([...days]).toEqual([
    [at(3, 0), { completed: 3, failed: 1, stopped: 0, going: 0 }],
    [at(4, 0), { completed: 0, failed: 0, stopped: 3, going: 2 }],
    [at(5, 0), { completed: 1, failed: 0, stopped: 0, going: 0 }],
  ]);
});

test("what is to come is counted by day", () => {
  expect([...momentsByDay([at(5, 2), at(5, 14), at(7, 2)])]).toEqual([
    [at(5, 0), 2],
    [at(7, 0), 1],
  ]);
});
