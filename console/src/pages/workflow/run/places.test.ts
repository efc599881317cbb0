import { describe, expect, it } from "vitest";
import { above, placesOf, type Entry } from "./places.ts";

const entry = (at: string, more: Partial<Entry> = {}): Entry => ({
  at,
  kind: "step",
  name: `step ${at}`,
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

const brief = (entries: readonly Entry[]): readonly string[] =>
  placesOf(entries, 9000).map(
    ({ at, depth, kind, fromMs, toMs }) => `${"-".repeat(depth)}${at} ${kind} ${fromMs}..${toMs}`,
  );

describe("the places of a history", () => {
  it("are entries, and what stands above several of them", () => {
    expect(above("3.0.1")).toEqual(["3", "3.0"]);
    expect(above("7")).toEqual([]);
    expect(above("3.0.patch:v1.2")).toEqual(["3", "3.0"]);
    expect(above("patch:v1.2")).toEqual([]);
    expect(above("undo.3.0.1")).toEqual(["undo"]);
  });

  it("nest: branches within a parallel, each as long as what is in it", () => {
    const open = { status: "open", endedAtMs: null } as const;
    expect(
      brief([
        entry("0"),
        entry("1.0.0", { startedAtMs: 2000, endedAtMs: 3000 }),
        entry("1.0.1", { startedAtMs: 3000, endedAtMs: 4000 }),
        entry("1.1.0", { startedAtMs: 2500, ...open }),
        entry("2", { kind: "sleep" }),
      ]),
    ).toEqual([
      "0 step 1000..2000",
      "1 branches 2000..9000",
      "-1.0 branch 2000..4000",
      "--1.0.0 step 2000..3000",
      "--1.0.1 step 3000..4000",
      "-1.1 branch 2500..9000",
      "--1.1.0 step 2500..9000",
      "2 sleep 1000..2000",
    ]);
  });

  it("nest as deep as parallels do, and what undoes steps stands by itself", () => {
    const kinds = placesOf(
      [entry("0.0.0.0.0"), entry("0.0.0.1.0"), entry("undo.0.0.0.0.0"), entry("undo.0.0.0.1.0")],
      0,
    ).map(({ at, kind }) => `${at} ${kind}`);
    expect(kinds).toEqual([
      "0 branches",
      "0.0 branch",
      "0.0.0 branches",
      "0.0.0.0 branch",
      "0.0.0.0.0 step",
      "0.0.0.1 branch",
      "0.0.0.1.0 step",
      "undo undo",
      "undo.0.0.0.0.0 step",
      "undo.0.0.0.1.0 step",
    ]);
  });

  it("know how many of their branches ended and failed", () => {
    const [group] = placesOf(
      [
        entry("0.0.0"),
        entry("0.1.0", { status: "failed" }),
        entry("0.2.0"),
        entry("0.2.1", { status: "open", endedAtMs: null }),
      ],
      9000,
    );
    expect(group).toMatchObject({
      entries: 4,
      childrenDone: 2,
      childrenFailed: 1,
      goesOn: true,
      isFailed: true,
    });
  });

  it("are found quickly among 60,000", () => {
    const entries = Array.from({ length: 50_000 }, (_, at) =>
      entry(`0.${Math.floor(at / 5)}.${at % 5}`),
    );
    const places = placesOf(entries, 9000);
    expect(places).toHaveLength(60_001);
    expect(places[0]).toMatchObject({ entries: 50_000, childrenDone: 10_000 });
  });
});
