import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitting, nextSort, readSort, sorted, writeSort, type Column } from "./column.ts";
import { csv, json } from "./export.ts";

interface Row {
  readonly name: string;
  readonly depth: number | null;
}

const columns: readonly Column<Row>[] = [
  { id: "name", title: "Name", value: ({ name }) => name, width: 200, priority: 1 },
  { id: "depth", title: "Waiting", value: ({ depth }) => depth, width: 100 },
  { id: "more", title: "More", value: () => true, width: 100, priority: 3 },
  { id: "rare", title: "Rare", value: () => "", width: 100, priority: 9 },
];
const [byName, byDepth] = columns;

describe("sorting", () => {
  const rows: readonly Row[] = [
    { name: "mail 10", depth: 2 },
    { name: "mail 9", depth: null },
    { name: "郵件", depth: 30 },
  ];

  it("sorts numbers as numbers and puts what has none last, both ways", () => {
    expect(sorted(rows, byDepth, false, "en").map(({ depth }) => depth)).toEqual([2, 30, null]);
    expect(sorted(rows, byDepth, true, "en").map(({ depth }) => depth)).toEqual([30, 2, null]);
  });

  it("sorts names as people read them", () => {
    expect(sorted(rows, byName, false, "en").map(({ name }) => name)).toEqual([
      "mail 9",
      "mail 10",
      "郵件",
    ]);
  });

  it("keeps every row, and equal ones in their places", () => {
    const row = fc.record({ name: fc.string(), depth: fc.option(fc.integer({ max: 3, min: 0 })) });
    fc.assert(
      fc.property(fc.array(row), fc.boolean(), (given, descending) => {
        const numbered = given.map((one, index) => ({ ...one, index }));
        const result = sorted(
          numbered,
          byDepth as Column<(typeof numbered)[number]>,
          descending,
          "en",
        );
        expect(result.toSorted((a, b) => a.index - b.index)).toEqual(numbered);
        for (const [at, one] of result.entries()) {
          const next = result[at + 1];
          if (next !== undefined && next.depth === one.depth)
            expect(next.index).toBeGreaterThan(one.index);
        }
      }),
    );
  });

  it("begins numbers with the largest and ends with the third press", () => {
    const first = nextSort(undefined, "depth", true);
    expect(first).toEqual({ id: "depth", descending: true });
    const second = nextSort(first, "depth", true);
    expect(second).toEqual({ id: "depth", descending: false });
    expect(nextSort(second, "depth", true)).toBe(undefined);
    expect(nextSort(first, "name", false)).toEqual({ id: "name", descending: false });
  });

  it("is the same after the URL", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]+$/), fc.boolean(), (id, descending) => {
        expect(readSort(writeSort({ id, descending }))).toEqual({ id, descending });
      }),
    );
    expect(readSort("-")).toBe(undefined);
  });
});

describe("what fits", () => {
  const ids = (width: number, chosen?: readonly string[]): readonly string[] =>
    fitting(columns, chosen, width).map(({ id }) => id);

  it("leaves out what matters least", () => {
    expect(ids(500)).toEqual(["name", "depth", "more"]);
    expect(ids(320)).toEqual(["name", "depth"]);
    expect(ids(100)).toEqual(["name"]);
  });

  it("is what was chosen, of what there is", () => {
    expect(ids(100, ["rare", "name"])).toEqual(["name", "rare"]);
    expect(ids(500, ["gone"])).toEqual(["name", "depth", "more"]);
  });
});

describe("export", () => {
  it("quotes, and keeps formulas from running", () => {
    const row = { name: '=cmd|"/c"!A1,\n', depth: -3 };
    expect(csv(columns.slice(0, 2), [row])).toBe('Name,Waiting\r\n"\'=cmd|""/c""!A1,\n",-3\r\n');
  });

  it("is JSON that reads back", () => {
    const rows = [{ name: '"</script>', depth: null }];
    expect(JSON.parse(json(columns.slice(0, 2), rows))).toEqual(rows);
  });
});
