import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../../core/clock.ts";
import { seededRandom } from "../../../../core/ids.ts";
import { openInline } from "../../../../engines/sqlite/inline.ts";
import type { Filter } from "../../../signals/filter.ts";
import type { Aggregate, AggregateQuery, AggregateRow, Measure } from "../../../signals/store.ts";
import { openEngine } from "../engine.ts";
import type { Engine } from "../engine.ts";
import { batchOf, engineOptions, lineOf, originOf, spanOf } from "../rig.contract.ts";
import { openReader } from "./reader.ts";
import type { OpenReader } from "./reader.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-rollup-"));
const startNs = 1_790_000_040_000_000_000n;
const secondNs = 1_000_000_000n;
const store = openInline({ clock: systemClock });
let engine: Engine;
let reader: OpenReader;

const seed = Math.floor(performance.now() * 1000) % 1_000_000_007;
const random = seededRandom(seed);
const below = (count: number): number => Math.floor(random.next() * count);
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
const services = ["orders", "payments", "商店"];

const line = (at: number) => ({
  ...lineOf(at, startNs + BigInt(below(1800)) * secondNs + BigInt(at), pick(services)),
  severity: pick([0, 5, 9, 13, 17, 21]),
  // Where the origin has no environment an attribute of that name stands for it.
  ...(at % 50 === 0 ? { attributes: { environment: "elsewhere" } } : {}),
});

const span = (at: number) =>
  spanOf({
    origin: originOf(pick(services)),
    traceId: (at + 1).toString(16).padStart(32, "0"),
    name: pick(["GET /", "POST /pay", ""]),
    kind: below(6),
    status: below(3),
    startNs: startNs + BigInt(below(1800)) * secondNs + BigInt(at),
    durationNs: pick([0n, 1n, 999_999n, BigInt(below(2 ** 31))]),
    weight: pick([1, 1, 2.5]),
    attributes: {
      ...(at % 3 === 0 ? {} : { "http.request.method": pick(["GET", "POST"]) }),
      ...(at % 4 === 0 ? {} : { "http.response.status_code": pick([200, 404, 503]) }),
      ...(at % 5 === 0 ? {} : { "http.route": pick(["/", "/付款"]) }),
    },
  });

beforeAll(async () => {
  engine = await openEngine(engineOptions(folder, store, systemClock));
  reader = openReader({ engine, clock: systemClock, folder });
  const some = Array.from({ length: 400 }, (_, at) => at);
  for (let round = 0; round < 3; round++) {
    const numbers = some.map((at) => at + round * 400);
    await engine.write(batchOf(numbers.map(line), numbers.map(span)));
    // The last round stays fresh.
    if (round < 2) await engine.seal();
  }
});

afterAll(async () => {
  await reader.close();
  await engine.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const fields = {
  logs: ["service", "level", "severity", "environment", "pattern"],
  spans: `service name kind status version http.request.method http.route
    http.response.status_code`.split(/\s+/),
};

const texts = ["orders", "商店", "error", "warn", "server", "GET /", "", "/付款", "503"];
const values: readonly (string | number)[] = [...texts, 200, 404, 9];

function filters(signal: "logs" | "spans"): fc.Arbitrary<Filter> {
  const field = fc.constantFrom(...fields[signal]);
  const value = fc.constantFrom(...values);
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant<Filter>({ op: "all" }),
      fc
        .tuple(fc.constantFrom("eq", "ne", "lt", "gte"), field, value)
        .map(([op, name, one]): Filter => ({ op, field: name, value: one })),
      field.map((name): Filter => ({ op: "exists", field: name })),
      field.map((name): Filter => ({ op: "like", field: name, pattern: "*e*" })),
      tie("filter").map((of): Filter => ({ op: "not", of })),
      fc
        .tuple(fc.constantFrom("and", "or"), fc.array(tie("filter"), { maxLength: 3 }))
        .map(([op, of]): Filter => ({ op, of })),
    ),
  })).filter;
}

function queries(): fc.Arbitrary<AggregateQuery> {
  return fc.constantFrom("logs" as const, "spans" as const).chain((signal) => {
    const duration: readonly Measure[] =
      signal === "logs"
        ? [{ as: "sum", fn: "sum", field: "severity" }]
        : [
            { as: "p50", fn: "quantile", field: "duration", q: 0.5 },
            { as: "p99", fn: "quantile", field: "duration", q: 0.99 },
            { as: "avg", fn: "avg", field: "duration" },
            { as: "sum", fn: "sum", field: "duration" },
          ];
    return fc
      .record({
        filter: filters(signal),
        when: filters(signal),
        by: fc.subarray(fields[signal], { maxLength: 3 }),
        measures: fc.subarray([...duration]),
        stepMs: fc.constantFrom(undefined, 60_000, 300_000),
        fromS: fc.integer({ min: -60, max: 900 }),
        tookS: fc.integer({ min: 0, max: 1900 }),
      })
      .map(({ filter, when, by, measures, stepMs, fromS, tookS }): AggregateQuery => {
        const fromNs = startNs + BigInt(fromS) * secondNs;
        return {
          signal,
          fromNs,
          toNs: fromNs + BigInt(tookS) * secondNs,
          filter,
          by,
          measures: [
            { as: "n", fn: "count" },
            { as: "some", fn: "count-if", filter: when },
            { as: "services", fn: "distinct", field: "service" },
            ...measures,
          ],
          ...(stepMs === undefined ? {} : { stepMs }),
          limit: 1000,
        };
      });
  });
}

/** Holds for every record, and no rollup knows the field. */
const always: Filter = {
  op: "or",
  of: [
    { op: "exists", field: "trace_id" },
    { op: "not", of: { op: "exists", field: "trace_id" } },
  ],
};

const keyOf = ({ timeMs, by }: AggregateRow): string => JSON.stringify([timeMs, by]);

/** The same groups, and numbers that differ by rounding alone. */
function expectSame(found: Aggregate, wanted: Aggregate): void {
  const rows = new Map(found.rows.map((row) => [keyOf(row), row]));
  expect([...rows.keys()].toSorted()).toEqual(wanted.rows.map(keyOf).toSorted());
  expect(found.groupsLeftOut).toBe(wanted.groupsLeftOut);
  for (const row of wanted.rows) {
    for (const [name, should] of Object.entries(row.values)) {
      const is = rows.get(keyOf(row))?.values[name];
      const near =
        is === should || Math.abs((is ?? NaN) - (should ?? NaN)) <= Math.abs(should ?? 0) * 1e-9;
      expect({ key: keyOf(row), name, is, should, near }).toMatchObject({ near: true });
    }
  }
}

describe(`rollups (seed ${seed})`, () => {
  it("answer what the records answer, to the minute and beside it", async () => {
    await fc.assert(
      fc.asyncProperty(queries(), async (query) => {
        const whole = await reader.aggregate(query);
        const filter: Filter = { op: "and", of: [query.filter, always] };
        const scanned = await reader.aggregate({ ...query, filter });
        expectSame(whole, scanned);
      }),
      { seed, numRuns: 40 },
    );
  });
});
