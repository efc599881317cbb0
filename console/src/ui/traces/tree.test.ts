import { describe, expect, it } from "vitest";
import { criticalStretches } from "./critical.ts";
import { stepOf } from "./keys.ts";
import { sampleTrace, seeded } from "./sample.ts";
import type { TraceSpan } from "./span.ts";
import { asGiven, foldedBy, hiding, turning, wholly } from "./folds.ts";
import { allBelowRoots, matchesOf, nextOf, rowOf, treeOf, visibleRows, type Tree } from "./tree.ts";

const span = (
  spanId: string,
  parentSpanId: string | null,
  startMs: number,
  durationMs: number,
  more: Partial<TraceSpan> = {},
): TraceSpan => {
  const words = { name: spanId, service: "orders", kind: "internal", status: "unset" } as const;
  return { spanId, parentSpanId, startMs, durationMs, ...words, ...more };
};

const said = (tree: Tree): string[] =>
  tree.spans.map(({ spanId, missing }, at) => {
    const mark = missing === true ? "?" : "";
    return `${"-".repeat(tree.depth[at] ?? 0)}${spanId}${mark}`;
  });

describe("the tree of a trace", () => {
  it("puts children below their parent by their start, whatever order they came in", () => {
    const tree = treeOf([
      span("late", "root", 8, 1),
      span("below", "early", 3, 1),
      span("root", null, 0, 10),
      span("early", "root", 2, 3),
    ]);
    expect(said(tree)).toEqual(["root", "-early", "--below", "-late"]);
    expect([...tree.parent]).toEqual([-1, 0, 1, 0]);
    expect([...tree.end]).toEqual([4, 3, 3, 4]);
    expect([tree.fromMs, tree.toMs]).toEqual([0, 10]);
  });

  it("shows a parent that was not received, over the time of its children", () => {
    const tree = treeOf([
      span("root", "", 0, 10),
      span("a", "lost", 4, 2),
      span("b", "lost", 7, 1),
    ]);
    expect(said(tree)).toEqual(["root", "lost?", "-a", "-b"]);
    expect(tree.spans[1]).toMatchObject({ startMs: 4, durationMs: 4, missing: true });
  });

  it("shows every span once where parents go in rings or ids come twice", () => {
    const ring = treeOf([span("a", "b", 1, 1), span("b", "a", 0, 5), span("own", "own", 2, 1)]);
    expect(said(ring)).toEqual(["b", "-a", "own"]);
    const twice = treeOf([span("a", null, 0, 1), span("a", null, 1, 1), span("c", "a", 0, 1)]);
    expect(said(twice)).toEqual(["a", "-c", "a"]);
    expect(new Set(twice.keys).size).toBe(3);
  });

  it("takes moments that make no sense for nought", () => {
    const tree = treeOf([span("a", null, Number.NaN, -5), span("b", "a", 3, Infinity)]);
    expect([tree.fromMs, tree.toMs]).toEqual([0, 3]);
    expect(treeOf([])).toMatchObject({ fromMs: 0, toMs: 1, depthMost: 0 });
  });

  it("holds a chain of 20,000 spans without recursion", () => {
    const chain = Array.from({ length: 20_000 }, (_, at) =>
      span(`${at}`, at === 0 ? null : `${at - 1}`, at, 1),
    );
    const tree = treeOf(chain.toReversed());
    expect(tree.depthMost).toBe(19_999);
    expect(tree.spans.length).toBe(20_000);
  });

  it("counts what is beyond what it draws", () => {
    const many = Array.from({ length: 100_003 }, (_, at) => span(`${at}`, null, at, 1));
    expect(treeOf(many)).toMatchObject({ left: 3 });
  });
});

describe("rows of a waterfall", () => {
  const tree = treeOf([
    span("root", null, 0, 10),
    span("a", "root", 1, 3),
    span("a1", "a", 1, 1, { name: "SELECT stock" }),
    span("a2", "a", 2, 1),
    span("b", "root", 5, 3, { service: "stock" }),
    span("b1", "b", 6, 1),
  ]);
  const keys = (rows: Int32Array, of: Tree = tree): string =>
    [...rows].map((at) => of.keys[at]).join(" ");

  it("leave out what is below a collapsed span, and open the way to one", () => {
    const rows = visibleRows(tree, new Set(["a"]));
    expect(keys(rows)).toBe("root a b b1");
    expect(rowOf(rows, 4)).toBe(2);
    expect(rowOf(rows, 2)).toBe(-1);
    expect(keys(visibleRows(tree, allBelowRoots(tree)))).toBe("root a b");
    const opened = turning(wholly(true), hiding(tree, allBelowRoots(tree), 2));
    expect(keys(visibleRows(tree, foldedBy(tree, opened)))).toBe("root a a1 a2 b");
  });

  it("begin folded where they say so, and stay as the reader turned them while more come", () => {
    const before = treeOf([span("root", null, 0, 9), span("a", "root", 0, 4, { folded: true })]);
    const later = treeOf([
      ...before.spans,
      span("a1", "a", 1, 1),
      span("b", "root", 5, 3, { folded: true, order: -1 }),
      span("b1", "b", 6, 1),
    ]);
    expect(keys(visibleRows(later, foldedBy(later, asGiven)), later)).toBe("root b a");
    const opened = turning(asGiven, new Set(["a"]));
    expect(keys(visibleRows(later, foldedBy(later, opened)), later)).toBe("root b a a1");
    expect(foldedBy(later, wholly(false)).size).toBe(0);
  });

  it("are found by name, service and id, and gone through round the end", () => {
    const found = matchesOf(tree, " STOCK ");
    expect([...found]).toEqual([2, 4]);
    expect([...matchesOf(tree, "b1")]).toEqual([5]);
    expect(matchesOf(tree, "  ").size).toBe(0);
    expect([nextOf(found, 2, 1), nextOf(found, 4, 1), nextOf(found, 2, -1)]).toEqual([4, 2, 4]);
    expect(nextOf(new Set(), 0, 1)).toBe(undefined);
  });

  it("are moved through by the keys of a treegrid", () => {
    const step = (key: string, at: number, collapsed: readonly string[] = []) => {
      const rows = visibleRows(tree, new Set(collapsed));
      return stepOf(key, { tree, rows, collapsed: new Set(collapsed), at, page: 3 });
    };
    expect(step("ArrowDown", 1, ["a"])).toEqual({ to: 4 });
    expect(step("ArrowRight", 1)).toEqual({ to: 2 });
    expect(step("ArrowRight", 1, ["a"])).toBe("toggle");
    expect(step("ArrowLeft", 1)).toBe("toggle");
    expect(step("ArrowLeft", 2)).toEqual({ to: 1 });
    expect(step("ArrowLeft", 0, ["root"])).toBe(undefined);
    expect([step("Home", 5), step("End", 0)]).toEqual([{ to: 0 }, { to: 5 }]);
    expect([step("PageDown", 1), step("PageUp", 1)]).toEqual([{ to: 4 }, { to: 0 }]);
    expect([step("Enter", 1), step("x", 1)]).toEqual(["select", undefined]);
  });

  it("have every span once, each after its parent, for any trace", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seeded(seed);
    for (let round = 0; round < 20; round++) {
      const { spans } = sampleTrace(1 + Math.floor(random() * 300), seed + round);
      const some = treeOf(spans.toSorted(() => random() - 0.5));
      expect({ seed, round, count: some.spans.length }).toMatchObject({ count: spans.length });
      for (let at = 0; at < some.spans.length; at++) {
        const parent = some.parent[at] ?? -1;
        const isRight = parent < 0 || some.spans[parent]?.spanId === some.spans[at]?.parentSpanId;
        expect({ seed, round, at, isRight }).toMatchObject({ isRight: true });
      }
    }
  });
});

describe("the critical path", () => {
  const on = { onCriticalPath: true };

  it("runs through the child that ended last, and then in the span itself", () => {
    const tree = treeOf([
      span("root", null, 0, 100, on),
      span("first", "root", 10, 30, on),
      span("aside", "root", 15, 5),
      span("second", "root", 50, 40, on),
      span("below", "second", 60, 10, on),
    ]);
    const stretches = criticalStretches(tree);
    const of = (id: string) =>
      (stretches.get(tree.keys.indexOf(id)) ?? []).map(({ fromMs, toMs }) => [fromMs, toMs]);
    expect(of("root")).toEqual([
      [90, 100],
      [40, 50],
      [0, 10],
    ]);
    expect(of("first")).toEqual([[10, 40]]);
    expect(of("second")).toEqual([
      [70, 90],
      [50, 60],
    ]);
    expect(of("aside")).toEqual([]);
    const all = [...stretches.values()].flat();
    expect(all.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(100);
  });

  it("stays within the parent when a child outlives it, and is none where none is said", () => {
    const tree = treeOf([span("root", null, 0, 10, on), span("late", "root", 5, 50, on)]);
    const total = [...criticalStretches(tree).values()].flat();
    expect(total.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(10);
    expect(criticalStretches(treeOf([span("root", null, 0, 10)])).size).toBe(0);
  });
});
