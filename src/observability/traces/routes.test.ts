import { describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { everything } from "../signals/filter.ts";
import { memoryReader } from "../testing/memory-reader.ts";
import { callRoute } from "../testing/routes.ts";
import { epochNs, originOf, point, span } from "../testing/spans.ts";
import { apmRoutes } from "../metrics/apm-routes.ts";
import { topologyRoutes } from "../topology/routes.ts";
import { traceRoutes } from "./routes.ts";

const epochMs = Number(epochNs / 1_000_000n);
const one = "1".padStart(32, "0");
const two = "2".padStart(32, "0");
const range = { fromMs: epochMs - 1000, toMs: epochMs + 120_000 };

const log = {
  origin: originOf("api"),
  timeNs: epochNs,
  observedNs: 0n,
  severity: 17,
  severityText: "ERROR",
  body: "it broke",
  eventName: "",
  traceId: one,
  spanId: "b".padStart(16, "0"),
  attributes: { wide: 2n ** 60n },
};

const plan = {
  "Query Text": "select * from t where a = 5",
  Plan: { "Node Type": "Seq Scan", "Relation Name": "t", "Plan Rows": 50_000, "Total Cost": 9.5 },
};

const commented = `select 2 /*traceparent='00-${one}-${"d".padStart(16, "0")}-01'*/`;

const planned = (statement: string, ms: number): string =>
  `LOG:  duration: ${ms} ms  plan:\n${JSON.stringify({ ...plan, "Query Text": statement })}`;

const reader = memoryReader({
  spans: [
    span({
      id: "a",
      service: "web",
      name: "GET /",
      kind: 2,
      ms: 120,
      resource: { "service.version": "2" },
    }),
    span({
      id: "b",
      parent: "a",
      service: "api",
      name: "work",
      kind: 2,
      atMs: 10,
      ms: 100,
      status: 2,
      attributes: { wide: 2n ** 60n },
    }),
    span({
      id: "d",
      parent: "b",
      service: "api",
      name: "select",
      kind: 3,
      atMs: 11,
      ms: 5,
      attributes: { "db.system.name": "postgresql", "db.query.text": "select 1" },
    }),
    span({ id: "c", traceId: two, service: "web", name: "GET /", kind: 2, atMs: 500, ms: 3 }),
  ],
  logs: [
    log,
    { ...log, traceId: "", body: `LOG:  duration: 5.1 ms  plan:\n${JSON.stringify(plan)}` },
    { ...log, traceId: "", body: planned(commented, 9.1) },
    // The id stands in it, and in no comment that says who ran it.
    { ...log, traceId: "", body: planned(`select '${one}'`, 7.1) },
  ],
  points: [point("orders", 0, 1, { kind: 1, monotonic: true, temporality: "delta" })],
});

const parts = {
  reader,
  clock: systemClock,
  language: { parse: () => everything },
  graph: { nodes: [{ id: "service/web", kind: "service", name: "web" }], edges: [] },
  business: [{ name: "orders", type: "counter" as const, unit: "{order}" }],
};

const routes = [...traceRoutes(parts), ...topologyRoutes(parts), ...apmRoutes(parts)];
const ask = (line: string, asked: Parameters<typeof callRoute>[2]): Promise<unknown> =>
  callRoute(routes, line, asked);

describe("the routes of traces", () => {
  it("search, open, and show one span", async () => {
    expect(await ask("GET /telemetry/traces", { query: range })).toMatchObject({
      traces: [{ traceId: two }, { traceId: one, rootService: "web", durationMs: 120, errors: 1 }],
    });
    expect(await ask("GET /telemetry/traces/:id", { params: { id: one } })).toMatchObject({
      analysis: { traceId: one, counts: { spans: 3, errors: 1 } },
      logs: [{ body: "it broke", attributes: { wide: "1152921504606846976" } }],
    });
    expect(
      await ask("GET /telemetry/traces/:id/spans/:span", {
        params: { id: one, span: "b".padStart(16, "0") },
      }),
    ).toMatchObject({ name: "work", attributes: { wide: "1152921504606846976" } });
    await expect(
      ask("GET /telemetry/traces/:id", { params: { id: "9".padStart(32, "0") } }),
    ).rejects.toThrow(/no trace/);
  });

  it("compare, fold and explain", async () => {
    expect(
      await ask("POST /telemetry/traces/compare", { body: { a: [one], b: [two] } }),
    ).toMatchObject({
      nodes: [
        { name: "GET /", change: "faster" },
        { name: "work", change: "missing" },
        { change: "missing" },
      ],
    });
    expect(
      await ask("POST /telemetry/traces/flame", { body: { traces: [one, two] } }),
    ).toMatchObject({
      nodes: [{ name: "GET /", count: 2 }, { name: "work" }, { name: "select" }],
    });
    expect(
      await ask("POST /telemetry/traces/explain", { body: { ...range, slowerThanMs: 50 } }),
    ).toMatchObject({
      inSize: 2,
      restSize: 2,
      enough: false,
    });
    await expect(ask("POST /telemetry/traces/explain", { body: range })).rejects.toThrow(
      /slowerThanMs/,
    );
  });
});

describe("the routes of the map", () => {
  it("show it, a node's blast radius, and what changed", async () => {
    expect(await ask("GET /telemetry/map", { query: range })).toMatchObject({ nodesFolded: 0 });
    const blast = await ask("GET /telemetry/map/blast", {
      query: { ...range, node: "service/api" },
    });
    expect(blast).toMatchObject({ upstream: [{ id: "service/web" }, { id: "client/outside" }] });
    const before = { beforeFromMs: epochMs - 9000, beforeToMs: epochMs - 5000 };
    expect(await ask("GET /telemetry/map/diff", { query: { ...range, ...before } })).toMatchObject({
      edges: [{ change: "added" }, { change: "added" }, { change: "added" }],
    });
  });
});

describe("the routes of APM", () => {
  it("tell figures, series, exemplars and deploys", async () => {
    expect(await ask("GET /telemetry/apm", { query: range })).toMatchObject({
      rows: [
        { service: "web", calls: 2 },
        { service: "api", calls: 1, errorShare: 1, apdex: 0 },
      ],
    });
    expect(
      await ask("GET /telemetry/apm/series", {
        query: { ...range, subject: "endpoint", name: "work", points: 10 },
      }),
    ).toMatchObject({
      points: [{ calls: 1 }],
    });
    expect(
      await ask("GET /telemetry/apm/exemplars", { query: { ...range, points: 2 } }),
    ).toMatchObject({
      exemplars: [{ durationMs: 120 }, { durationMs: 100 }],
    });
    expect(await ask("GET /telemetry/apm/deploys", { query: range })).toMatchObject({
      deploys: [{ service: "web", version: "2" }],
    });
  });

  it("tell statements, plans and business metrics", async () => {
    expect(await ask("GET /telemetry/apm/queries", { query: range })).toMatchObject({
      queries: [{ statement: "select ?" }],
    });
    expect(await ask("GET /telemetry/apm/plans", { query: range })).toMatchObject({
      plans: [
        { statement: "select * from t where a = ?", remarks: [{ kind: "sequential-scan" }] },
        { statement: "select ?", traceId: one, spanId: "d".padStart(16, "0") },
        { statement: "select ?" },
      ],
    });
    const ofTrace = await ask("GET /telemetry/apm/plans", { query: { ...range, trace: one } });
    expect((ofTrace as { plans: readonly unknown[] }).plans).toMatchObject([
      { traceId: one, durationMs: 9.1 },
    ]);
    expect(
      await ask("GET /telemetry/apm/business", { query: { ...range, metrics: "orders" } }),
    ).toMatchObject({
      metrics: [{ name: "orders" }],
      correlations: [{ metric: "orders" }],
    });
    await expect(
      ask("GET /telemetry/apm/business", { query: { ...range, metrics: "none" } }),
    ).rejects.toThrow(/none/);
  });
});
