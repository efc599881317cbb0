import { expect } from "vitest";
import type { Filter } from "../../signals/filter.ts";
import { everything } from "../../signals/filter.ts";
import type { LogRecord, SpanRecord } from "../../signals/records.ts";
import type { Aggregate, AggregateQuery, AggregateRow, Measure } from "../../signals/store.ts";
import { memoryReader } from "../../testing/memory-reader.ts";
import { codeOf, originOf } from "./world.ts";
import type { Case, World } from "./world.ts";

const errors: Filter = { op: "gte", field: "level", value: "error" };
const count: Measure = { as: "n", fn: "count" };

function linesOf({ at, log, random }: World, total: number): LogRecord[] {
  return Array.from({ length: total }, (_, index) =>
    log({
      origin: originOf(["orders", "payments", "商店"][index % 3] ?? ""),
      timeNs: at((index * 1_790_000) / total),
      severity: [5, 9, 9, 13, 17][Math.floor(random.next() * 5)] ?? 0,
      body: `line ${index}`,
      attributes: {
        "order.total": Math.round(random.next() * 1000) / 4,
        ...(index % 4 === 0 ? { "http.route": `/r${index % 3}` } : {}),
      },
    }),
  );
}

function spansOf({ at, span, random, ids }: World, total: number): SpanRecord[] {
  return Array.from({ length: total }, (_, index) =>
    span({
      origin: originOf(["orders", "payments"][index % 2] ?? ""),
      traceId: ids.hex(16),
      spanId: ids.hex(8),
      name: ["GET /orders", "POST /pay", "query"][index % 3] ?? "",
      kind: [2, 3][index % 2] ?? 1,
      startNs: at((index * 1_790_000) / total),
      durationNs: BigInt(Math.round(1e6 * 10 ** (random.next() * 3))),
      status: random.next() < 0.1 ? 2 : 0,
      attributes: {
        "http.request.method": "GET",
        "http.route": `/r${index % 4}`,
        "http.response.status_code": index % 10 === 0 ? 500 : 200,
      },
      weight: [1, 1, 4][index % 3] ?? 1,
    }),
  );
}

const rowKey = ({ timeMs, by }: AggregateRow): string => JSON.stringify([timeMs, by]);

/** Quantiles differ by how they are estimated, the rest by rounding alone. */
function expectAlike(found: Aggregate, wanted: Aggregate, query: AggregateQuery): void {
  const rows = new Map(found.rows.map((row) => [rowKey(row), row]));
  expect([...rows.keys()].toSorted()).toEqual(wanted.rows.map(rowKey).toSorted());
  expect(found.groupsLeftOut).toBe(wanted.groupsLeftOut);
  for (const row of wanted.rows) {
    for (const { as, fn } of query.measures) {
      const [is, should] = [rows.get(rowKey(row))?.values[as], row.values[as]];
      const told = `${as} of ${rowKey(row)}`;
      if (should === null || should === undefined || typeof is !== "number") {
        expect({ told, is }).toEqual({ told, is: should ?? null });
      } else {
        const share = fn === "quantile" ? 0.03 : 1e-9;
        const near = Math.abs(is - should) <= Math.abs(should) * share + 1e-9;
        expect({ told, is, should, near }).toMatchObject({ near: true });
      }
    }
  }
}

type Asked = Omit<AggregateQuery, "fromNs" | "toNs"> & Partial<AggregateQuery>;

async function check(world: World, held: Parameters<typeof memoryReader>[0], asked: Asked) {
  const query: AggregateQuery = { ...world.range, ...asked };
  const [found, wanted] = [
    await world.store.aggregate(query),
    await memoryReader(held).aggregate(query),
  ];
  expectAlike(found, wanted, query);
  return found;
}

const logQuery = { signal: "logs", filter: everything, by: [], limit: 1000 } as const;
const spanQuery = { signal: "spans", filter: everything, by: [], limit: 1000 } as const;

/** Figures over records. */
export const figures: readonly Case[] = [
  {
    name: "counts by time and by fields, whole and in parts of minutes",
    async run(world) {
      const logs = linesOf(world, 600);
      await world.write({ logs: logs.slice(0, 400) });
      await world.write({ logs: logs.slice(400) });
      const { at } = world;
      const halves = { fromNs: at(90_500), toNs: at(1_200_250) + 1n };
      for (const span of [{}, halves]) {
        for (const stepMs of [60_000, 300_000, 10_000, 7_000]) {
          await check(world, { logs }, { ...logQuery, ...span, stepMs, measures: [count] });
        }
        for (const by of [["level"], ["service", "severity"], ["http.route"], ["missing"]]) {
          const asked = { ...logQuery, ...span, by, measures: [count] };
          await check(world, { logs }, asked);
          await check(world, { logs }, { ...asked, stepMs: 60_000, filter: errors });
        }
      }
    },
  },
  {
    name: "counts what several filters hold for, and only what the query's own lets pass",
    async run(world) {
      const logs = linesOf(world, 300);
      await world.write({ logs });
      const measures: Measure[] = [
        count,
        { as: "bad", fn: "count-if", filter: errors },
        { as: "routed", fn: "count-if", filter: { op: "exists", field: "http.route" } },
        { as: "none", fn: "count-if", filter: { op: "eq", field: "service", value: "no" } },
      ];
      const filter: Filter = { op: "not", of: { op: "eq", field: "service", value: "payments" } };
      await check(world, { logs }, { ...logQuery, stepMs: 60_000, measures, filter });
      await check(world, { logs }, { ...logQuery, by: ["service"], measures, filter });
      const none = await check(
        world,
        { logs },
        {
          ...logQuery,
          measures,
          filter: { op: "text", text: "nowhere" },
        },
      );
      expect(none.rows).toEqual([]);
    },
  },
  {
    name: "sums, averages, bounds and distinct values of numbers",
    async run(world) {
      const logs = linesOf(world, 300);
      await world.write({ logs });
      const field = "order.total";
      const measures: Measure[] = [
        { as: "sum", fn: "sum", field },
        { as: "avg", fn: "avg", field },
        { as: "min", fn: "min", field },
        { as: "max", fn: "max", field },
        { as: "routes", fn: "distinct", field: "http.route" },
        { as: "nothing", fn: "avg", field: "missing" },
        { as: "text", fn: "max", field: "http.route" },
      ];
      await check(world, { logs }, { ...logQuery, measures });
      await check(world, { logs }, { ...logQuery, by: ["service", "level"], measures });
    },
  },
  {
    name: "what sampling left out counts by the weight of what was kept",
    async run(world) {
      const spans = spansOf(world, 300);
      await world.write({ spans });
      const measures: Measure[] = [
        count,
        { as: "bad", fn: "count-if", filter: { op: "eq", field: "status", value: "error" } },
        { as: "sum", fn: "sum", field: "duration" },
        { as: "avg", fn: "avg", field: "duration" },
        { as: "max", fn: "max", field: "duration" },
      ];
      await check(world, { spans }, { ...spanQuery, by: ["service"], measures });
      await check(
        world,
        { spans },
        { ...spanQuery, by: ["name", "kind"], stepMs: 60_000, measures },
      );
      await check(
        world,
        { spans },
        {
          ...spanQuery,
          by: ["http.route", "http.response.status_code"],
          measures,
        },
      );
    },
  },
  {
    name: "quantiles, by group and in whole",
    async run(world) {
      const spans = spansOf(world, 3000);
      await world.write({ spans });
      const quantile = (q: number): Measure => {
        return { as: `p${q * 100}`, fn: "quantile", field: "duration", q };
      };
      const measures = [0.5, 0.9, 0.95].map(quantile);
      await check(world, { spans }, { ...spanQuery, measures });
      await check(world, { spans }, { ...spanQuery, by: ["service"], measures });
      const filter: Filter = { op: "gt", field: "duration", value: 2 };
      await check(world, { spans }, { ...spanQuery, measures: [count, ...measures], filter });
    },
  },
  {
    name: "the highest groups come first; how many were left out is told",
    async run(world) {
      const { at, log, store, range, write } = world;
      // Group gN has N lines.
      const logs = Array.from({ length: 12 }, (_, group) =>
        Array.from({ length: group + 1 }, (_, index) =>
          log({ timeNs: at(group * 60_000 + index), attributes: { group: `g${group + 1}` } }),
        ),
      ).flat();
      await write({ logs });
      const query = { ...range, ...logQuery, by: ["group"], measures: [count], orderBy: "n" };
      const { rows, groupsLeftOut } = await store.aggregate({ ...query, limit: 3 });
      expect(rows.map(({ by, values }) => [by[0], values["n"]])).toEqual([
        ["g12", 12],
        ["g11", 11],
        ["g10", 10],
      ]);
      expect(groupsLeftOut).toBe(9);
    },
  },
  {
    name: "an aggregate that asks for what there is not is an error of the asker",
    async run({ range, store, write, log }) {
      await write({ logs: [log({})] });
      const query = { ...range, ...logQuery, measures: [count] };
      const by = Array.from({ length: 9 }, (_, index) => `f${index}`);
      for (const wrong of [{ orderBy: "x" }, { by }, { stepMs: 0.5 }, { measures: [] }]) {
        expect(await codeOf(store.aggregate({ ...query, ...wrong }))).toMatch(
          /^MOR_(?:TELEMETRY_QUERY|INVALID)/,
        );
      }
    },
  },
  {
    name: "fields and their values are told, for completion",
    async run(world) {
      const { store, range, write, at, log } = world;
      const logs = Array.from({ length: 30 }, (_, index) =>
        log({
          origin: originOf(index < 20 ? "orders" : "payments"),
          timeNs: at(index),
          attributes: {
            "order.total": index,
            [index < 10 ? "城市" : "city"]: ["台北", "台中", "Taipei"][index % 3] ?? "",
          },
        }),
      );
      await write({ logs });
      const fields = await store.fields("logs", range);
      const byName = new Map(fields.map((field) => [field.name, field]));
      expect(byName.get("level")?.type).toBe("enum");
      expect(byName.get("城市")?.records).toBe(10);
      expect(byName.get("city")?.records).toBe(20);
      expect(byName.get("order.total")?.type).toBe("number");
      const values = (field: string, prefix: string, limit = 10) =>
        store.fieldValues("logs", field, range, prefix, limit);
      expect(await values("service", "")).toEqual([
        { value: "orders", count: 20 },
        { value: "payments", count: 10 },
      ]);
      expect((await values("city", "T")).map(({ value }) => value)).toEqual(["Taipei"]);
      expect((await values("城市", "台")).map(({ value }) => value).toSorted()).toEqual(
        ["台中", "台北"].toSorted(),
      );
      expect(await values("service", "", 1)).toHaveLength(1);
      expect(await values("missing", "")).toEqual([]);
    },
  },
];
