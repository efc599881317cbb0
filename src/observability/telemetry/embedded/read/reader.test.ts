import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../../../../core/store.ts";
import { openSqlite } from "../../../../engines/sqlite/store.ts";
import { systemClock } from "../../../../core/clock.ts";
import { matches } from "../../../logs/query/index.ts";
import { batchWriter, encodeBatch } from "../../../signals/batch.ts";
import type { Filter } from "../../../signals/filter.ts";
import type { ErrorRecord, LogRecord, Origin, SpanRecord } from "../../../signals/records.ts";
import { recordWriter } from "../../../signals/rows.ts";
import { edgesOf } from "../../../topology/edges.ts";
import { openEngine } from "../engine.ts";
import type { Engine } from "../engine.ts";
import { engineOptions } from "../rig.contract.ts";
import { openReader } from "./reader.ts";
import type { OpenReader } from "./reader.ts";

const minuteNs = 60_000_000_000n;
const startNs = 1_763_000_040_000_000_000n;
const range = { fromNs: startNs, toNs: startNs + 60n * minuteNs };

const origins: readonly Origin[] = ["orders", "payments", "gateway"].map((service, at) => ({
  resource: {
    "service.name": service,
    "service.version": String(at),
    "service.instance.id": `${service}-0`,
    "deployment.environment.name": "test",
  },
  scopeName: "rig",
  scopeVersion: "1",
  scopeAttributes: {},
}));

const words = ["card declined", "訂單成立", "Card Accepted", "stock low", "it's 100%_done\\"];

function lineOf(at: number): LogRecord {
  return {
    origin: origins[at % 3] as Origin,
    timeNs: startNs + BigInt(at) * 7_000_000_000n,
    observedNs: startNs,
    severity: [1, 5, 9, 13, 17, 21, 0][at % 7] ?? 0,
    severityText: "",
    body: `${words[at % 5] ?? ""} ${at}`,
    eventName: at % 11 === 0 ? "order.placed" : "",
    traceId: at % 2 === 0 ? (at + 1).toString(16).padStart(32, "0") : "",
    spanId: at % 2 === 0 ? (at + 1).toString(16).padStart(16, "0") : "",
    attributes: {
      "http.response.status_code": at % 4 === 0 ? 500 : 200,
      amount: at / 4,
      ...(at % 3 === 0 ? { name: `n${at % 5}`, tags: ["a", at] } : {}),
      [`rare.${at}`]: "x",
    },
  };
}

function spanOf(at: number): SpanRecord {
  const trace = Math.floor(at / 4);
  const place = at % 4;
  return {
    origin: origins[place % 3] as Origin,
    traceId: (trace + 1).toString(16).padStart(32, "0"),
    spanId: (at + 1).toString(16).padStart(16, "0"),
    parentSpanId: place === 0 ? "" : at.toString(16).padStart(16, "0"),
    traceState: "",
    name: ["GET /orders", "call", "POST /pay", "select"][place] ?? "",
    kind: [2, 3, 2, 3][place] ?? 1,
    startNs: startNs + BigInt(trace) * 30_000_000_000n + BigInt(place) * 1_000_000n,
    durationNs: BigInt((trace % 50) + 1) * 10_000_000n - BigInt(place) * 2_000_000n,
    status: trace % 10 === 0 ? 2 : 0,
    statusMessage: "",
    attributes: place === 3 ? { "db.system.name": "sqlite" } : { "http.route": "/orders" },
    events: place === 2 ? [{ timeNs: startNs, name: "retry", attributes: { n: 1 } }] : [],
    links: [],
    weight: 1,
  };
}

const errorOf = (at: number): ErrorRecord => ({
  origin: origins[at % 3] as Origin,
  timeNs: startNs + BigInt(at) * 50_000_000_000n,
  type: "TypeError",
  message: `x ${at}`,
  stack: "at f (a.ts:1:1)",
  fingerprint: `000000000000000${at % 3}`,
  source: "span",
  handled: false,
  release: "v1",
  user: `u${at % 5}`,
  traceId: "1".padStart(32, "0"),
  spanId: "",
  attributes: {},
  breadcrumbs: "",
});

const logs = Array.from({ length: 400 }, (_, at) => lineOf(at));
const spans = Array.from({ length: 400 }, (_, at) => spanOf(at));
const errors = Array.from({ length: 40 }, (_, at) => errorOf(at));

function batchOf(from: number, to: number): Uint8Array {
  const writer = recordWriter(batchWriter());
  for (const log of logs.slice(from, to)) writer.log(log);
  for (const span of spans.slice(from, to)) writer.span(span);
  if (from === 0) for (const error of errors) writer.error(error);
  return encodeBatch(writer.batch);
}

let store: Store;
let engine: Engine;
let reader: OpenReader;
const folder = mkdtempSync(join(tmpdir(), "morning-reader-"));

beforeAll(async () => {
  store = await openSqlite({ path: join(folder, "state.db"), clock: systemClock });
  const inside = join(folder, "telemetry");
  engine = await openEngine(engineOptions(inside, store, systemClock));
  reader = openReader({ engine, clock: systemClock, folder: inside });
  // Two sealed segments, and some that is fresh.
  await engine.write(batchOf(0, 150));
  await engine.seal();
  await engine.write(batchOf(150, 300));
  await engine.seal();
  await engine.write(batchOf(300, 400));
});

afterAll(async () => {
  await reader.close();
  await engine.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const plain = (record: LogRecord): object => {
  const { pattern: _, ...rest } = record as LogRecord & { pattern?: string };
  return rest;
};

describe("reading", () => {
  it("gives every record back as it was written, page by page, newest first", async () => {
    const found: LogRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await reader.searchLogs({
        ...range,
        filter: { op: "all" },
        limit: 90,
        ...(cursor === undefined ? {} : { cursor }),
      });
      found.push(...page.records.map(({ record }) => record));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found.map(plain)).toEqual(logs.filter(inRange).toReversed());
  });

  it("finds by any filter what an evaluation in memory finds", async () => {
    const seed = 20261126;
    const field = fc.constantFrom(
      "level",
      "severity",
      "service",
      "body",
      "event",
      "http.response.status_code",
      "amount",
      "name",
      "tags",
      "trace_id",
      "nothing",
      "resource.service.version",
      "version",
      "rare.7",
      "attributes.name",
    );
    const value = fc.oneof(
      fc.constantFrom<string | number>("error", "info", "orders", "n1", "200", "x", "0", ""),
      fc.constantFrom<string | number>(500, 200, 13, 17, 25.5, 1, lineOf(6).traceId),
      fc.constantFrom<string | number>("order.placed", '["a",3]', "訂單成立 11"),
    );
    const leaf: fc.Arbitrary<Filter> = fc.oneof(
      fc.constant<Filter>({ op: "all" }),
      fc
        .constantFrom("DECLINED", "訂單", "100%_", "\\", "it's", "zzz", "7")
        .map((text): Filter => ({ op: "text", text })),
      fc
        .tuple(fc.constantFrom("eq", "ne", "lt", "lte", "gt", "gte"), field, value)
        .map(([op, name, one]) => ({ op, field: name, value: one }) as Filter),
      field.map((name): Filter => ({ op: "exists", field: name })),
      fc
        .tuple(field, fc.constantFrom("*", "or*", "*d*", "5*0", "%", "*DECLINED*"))
        .map(([name, pattern]): Filter => ({ op: "like", field: name, pattern })),
      fc
        .tuple(field, fc.constantFrom("^o", "[0-9]+$", "單.*4$"))
        .map(([name, pattern]): Filter => ({ op: "regex", field: name, pattern })),
      fc
        .tuple(field, fc.array(value, { maxLength: 3 }))
        .map(([name, values]): Filter => ({ op: "in", field: name, values })),
    );
    const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
      filter: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        leaf,
        fc
          .tuple(fc.constantFrom("and", "or"), fc.array(tie("filter"), { maxLength: 3 }))
          .map(([op, of]) => ({ op, of }) as Filter),
        tie("filter").map((of): Filter => ({ op: "not", of })),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(filter, async (asked) => {
        const page = await reader.searchLogs({ ...range, filter: asked, limit: 1000 });
        const found = page.records.map(({ record }) => record.body).toSorted();
        const wanted = logs.filter((log) => inRange(log) && matches(asked, "logs", log));
        expect(found).toEqual(wanted.map(({ body }) => body).toSorted());
      }),
      { seed, numRuns: 25 },
    );
  });

  it("shows a line with what its instance logged around it", async () => {
    const page = await reader.searchLogs({
      ...range,
      filter: { op: "text", text: "accepted 152" },
      limit: 1,
    });
    const around = await reader.logContext(page.records[0]?.id ?? "", 2, 2);
    expect(around.records.map(({ record }) => Number(record.body.split(" ").at(-1)))).toEqual([
      146, 149, 152, 155, 158,
    ]);
  });

  it("aggregates as an evaluation in memory does, out of rollups and of rows alike", async () => {
    for (const [fromNs, toNs] of [
      [range.fromNs, range.toNs],
      [startNs + 20_000_000_000n, startNs + 17n * minuteNs + 1n],
    ] as const) {
      for (const by of [["level", "service"], ["event"]]) {
        const { rows } = await reader.aggregate({
          fromNs,
          toNs,
          signal: "logs",
          filter: { op: "ne", field: "service", value: "gateway" },
          stepMs: 60_000,
          by,
          measures: [{ as: "n", fn: "count" }],
          limit: 1000,
        });
        const wanted = logs.filter(
          ({ timeNs, origin }) =>
            timeNs >= fromNs && timeNs < toNs && origin.resource["service.name"] !== "gateway",
        );
        const sum = rows.reduce((total, { values }) => total + (values["n"] ?? 0), 0);
        expect(sum).toBe(wanted.length);
        const first = rows.filter(({ timeMs }) => timeMs === rows[0]?.timeMs);
        const inFirst = wanted.filter(
          ({ timeNs }) => Number(timeNs / minuteNs) * 60_000 === rows[0]?.timeMs,
        );
        expect(first.length).toBeGreaterThan(0);
        expect(inFirst.length).toBeGreaterThan(0);
      }
    }
  });

  it("measures quantiles within 1 %, sums, averages, distinct values and shares", async () => {
    const { rows } = await reader.aggregate({
      ...range,
      signal: "spans",
      filter: { op: "eq", field: "kind", value: "server" },
      by: ["name"],
      measures: [
        { as: "n", fn: "count" },
        { as: "bad", fn: "count-if", filter: { op: "eq", field: "status", value: "error" } },
        { as: "p95", fn: "quantile", field: "duration", q: 0.95 },
        { as: "avg", fn: "avg", field: "duration" },
        { as: "traces", fn: "distinct", field: "trace_id" },
      ],
      orderBy: "p95",
      limit: 10,
    });
    expect(rows.length).toBe(2);
    const slow = rows.find(({ by }) => by[0] === "GET /orders");
    const own = spans.filter(({ name, startNs: at }) => name === "GET /orders" && at < range.toNs);
    const sorted = own.map(({ durationNs }) => Number(durationNs) / 1e6).sort((a, b) => a - b);
    const exact = sorted[Math.floor(0.95 * (sorted.length - 1))] ?? 0;
    expect(Math.abs((slow?.values["p95"] ?? 0) - exact) / exact).toBeLessThan(0.011);
    expect(slow?.values["n"]).toBe(own.length);
    expect(slow?.values["traces"]).toBe(own.length);
    expect(slow?.values["bad"]).toBe(own.filter(({ status }) => status === 2).length);
    const avg = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
    expect(slow?.values["avg"]).toBeCloseTo(avg, 6);
  });

  it("finds a trace whole, and traces by what their spans say", async () => {
    const traceId = (76).toString(16).padStart(32, "0");
    const found = await reader.trace(traceId);
    const own = spans.filter((span) => span.traceId === traceId);
    expect(found?.spans).toEqual(own);
    expect(await reader.trace("f".repeat(32))).toBeUndefined();
    const failed = await reader.traces({
      ...range,
      filter: { op: "eq", field: "status", value: "error" },
      limit: 100,
    });
    expect(failed.length).toBe(10);
    expect(failed[0]).toMatchObject({
      rootService: "orders",
      rootName: "GET /orders",
      spans: 4,
      errors: 4,
    });
    const slow = await reader.traces({
      ...range,
      filter: { op: "all" },
      limit: 5,
      orderBy: "duration",
    });
    expect(Number(slow[0]?.durationNs) / 1e6).toBe(500);
  });

  it("draws the edges that the rule gives", async () => {
    const seen = await reader.edges(range);
    const wanted = edgesOf(spans, range);
    const shape = (list: typeof seen): string[] =>
      list.map(({ from, to, type, calls, errors: bad }) => `${from} ${to} ${type} ${calls} ${bad}`);
    expect(shape(seen).toSorted()).toEqual(shape(wanted).toSorted());
  });

  it("tells errors, fields and values", async () => {
    const page = await reader.searchErrors({
      ...range,
      filter: { op: "eq", field: "group", value: "0000000000000001" },
      limit: 100,
    });
    expect(page.records.length).toBe(13);
    const [first] = page.records;
    expect(first?.record).toEqual(errors[37]);
    const fields = await reader.fields("logs", range);
    expect(fields.map(({ name }) => name)).toContain("http.response.status_code");
    const values = await reader.fieldValues("logs", "service", range, "pay", 10);
    expect(values).toEqual([{ value: "payments", count: 133 }]);
  });
});

function inRange({ timeNs }: LogRecord): boolean {
  return timeNs >= range.fromNs && timeNs < range.toNs;
}
