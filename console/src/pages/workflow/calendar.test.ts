import { expect, test } from "vitest";
import { countsByDay, momentsByDay } from "./calendar-data.ts";

const at = (day: number, hour: number): number => new Date(2026, 10, day, hour).getTime();

test("runs are counted by day and by how they ended", () => {
  const days = countsByDay([
    { status: "completed", createdAtMs: at(3, 0) },
    { status: "continued", createdAtMs: at(3, 23) },
    { status: "failed", createdAtMs: at(3, 12) },
    { status: "waiting", createdAtMs: at(4, 1) },
    { status: "terminated", createdAtMs: at(4, 2) },
  ]);
  expect([...days]).toEqual([
    [at(3, 0), { completed: 2, failed: 1, stopped: 0, going: 0 }],
    [at(4, 0), { completed: 0, failed: 0, stopped: 1, going: 1 }],
  ]);
});

test("what is to come is counted by day", () => {
  expect([...momentsByDay([at(5, 2), at(5, 14), at(7, 2)])]).toEqual([
    [at(5, 0), 2],
    [at(7, 0), 1],
  ]);
});
