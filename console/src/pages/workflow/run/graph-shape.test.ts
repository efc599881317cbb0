import { describe, expect, it } from "vitest";
import { itemsOf, type Item } from "./graph-shape.ts";
import { placesOf, type Entry } from "./places.ts";

const entry = (at: string, more: Partial<Entry> = {}): Entry => ({
  at,
  kind: "step",
  name: at,
  status: "done",
  place: 1,
  attempt: 1,
  attempts: [],
  costs: [],
  startedAtMs: 1000,
  endedAtMs: 2000,
  dueAtMs: null,
  value: null,
  error: null,
  progress: null,
  child: null,
  ...more,
});

const drawn = (entries: readonly Entry[]): readonly Item[] =>
  itemsOf(placesOf(entries, 9000).filter(({ depth }) => depth === 0));

const text = (items: readonly Item[]): string =>
  items
    .map((item) => {
      if (item.form === "left") return `(${item.count})`;
      if (item.form === "entry") return item.place.at;
      return `[${item.lanes.map(({ items: inner }) => text(inner)).join(" | ")}]`;
    })
    .join(" ");

describe("the drawing of a run", () => {
  it("is a sequence with branches in it, without what does nothing", () => {
    const entries = [
      entry("0", { kind: "attributes" }),
      entry("1"),
      entry("2.0.0"),
      entry("2.0.1"),
      entry("2.1.0.0.0"),
      entry("2.1.0.1.0"),
      entry("3"),
    ];
    expect(text(drawn(entries))).toBe("1 [2.0.0 2.0.1 | [2.1.0.0.0 | 2.1.0.1.0]] 3");
  });

  it("shows the beginning and the end of a long sequence", () => {
    const entries = Array.from({ length: 100 }, (_, at) => entry(String(at)));
    const items = drawn(entries);
    expect(items).toHaveLength(61);
    expect(items[40]).toEqual({ form: "left", at: "40", count: 40 });
    expect(text(items.slice(-1))).toBe("99");
  });

  it("shows of many branches those that failed, then those that go on", () => {
    const entries = Array.from({ length: 10_000 }, (_, at) =>
      entry(
        `0.${at}.0`,
        at === 9000 ? { status: "failed" } : at > 9995 ? { status: "open", endedAtMs: null } : {},
      ),
    );
    expect(text(drawn(entries))).toBe(
      "[0.0.0 | 0.9000.0 | 0.9996.0 | 0.9997.0 | 0.9998.0 | 0.9999.0]",
    );
  });

  it("puts what undoes steps at the end", () => {
    expect(text(drawn([entry("0"), entry("undo.0")]))).toBe("0 [undo.0]");
  });
});
