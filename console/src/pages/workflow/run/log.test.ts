import { describe, expect, it } from "vitest";
import { changed, compareAt, type EntryLog } from "./log.ts";
import type { Entry } from "./places.ts";

const entry = (at: string, place: number, name = ""): Entry => ({
  at,
  kind: "step",
  name,
  status: place === 0 ? "open" : "done",
  place,
  attempt: 1,
  attempts: [],
  costs: [],
  startedAtMs: 1000,
  endedAtMs: place === 0 ? null : 2000,
  dueAtMs: null,
  value: null,
  error: null,
  progress: null,
  child: null,
});

const log = (...entries: readonly Entry[]): EntryLog => ({
  entries,
  place: Math.max(0, ...entries.map(({ place }) => place)),
  isWhole: true,
  hasValues: true,
});

describe("the log of a history", () => {
  it("stands in the order of the program", () => {
    const sorted = ["3.10.0", "undo.2", "3", "patch:x", "3.9.0", "10", "3.9", "2", "3.9.patch:a"];
    expect(sorted.toSorted(compareAt)).toEqual([
      "2",
      "3",
      "3.9",
      "3.9.0",
      "3.9.patch:a",
      "3.10.0",
      "10",
      "patch:x",
      "undo.2",
    ]);
  });

  it("takes what changed in its place, and what is new where it belongs", () => {
    const before = log(entry("0", 1), entry("1.0.0", 0), entry("1.1.0", 2));
    const after = changed(before, [
      entry("1.0.0", 3, "ended"),
      entry("1.0.1", 0),
      entry("1.2.0", 4),
      entry("2", 0),
    ]);
    expect(after.entries.map(({ at }) => at)).toEqual([
      "0",
      "1.0.0",
      "1.0.1",
      "1.1.0",
      "1.2.0",
      "2",
    ]);
    expect(after.entries[1]?.name).toBe("ended");
    expect(after.place).toBe(4);
    expect(changed(before, [])).toBe(before);
  });
});
