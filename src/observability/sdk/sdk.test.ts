import fc from "fast-check";
import { expect, test } from "vitest";
import { withContext } from "../../core/context.ts";
import { coreErrors } from "../../core/errors.ts";
import { seededRandom } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import type { LogLine } from "../../core/log.ts";
import { makeMetrics } from "../../core/metrics.ts";
import { contextAt, recordFailure, spanKind } from "../../core/tracing.ts";
import type { SpanForm } from "../../core/tracing.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { batchWriter, encodeBatch } from "../signals/batch.ts";
import type { SpanRecord } from "../signals/records.ts";
import { recordWriter } from "../signals/rows.ts";
import { pointOf } from "./pump.ts";
import { rowsOf, textAt } from "./rows.contract.ts";
import type { PlainRow } from "./rows.contract.ts";
import { openSdk } from "./sdk.ts";
import type { Sdk, SdkOptions } from "./sdk.ts";

const about = { app: "shop", environment: "test", version: "1.2.0", instance: "i-1" };
const form: SpanForm = {
  name: "POST /orders",
  kind: spanKind.server,
  attributes: { "http.request.method": "POST", "http.route": "/orders" },
};

interface Rig {
  readonly clock: SimulatedClock;
  readonly sdk: Sdk;
  readonly batches: Uint8Array[];
  readonly rows: (table: "spans" | "logs" | "errors" | "points" | "origins") => PlainRow[];
}

function rig(options: Partial<SdkOptions> = {}): Rig {
  const clock = simulatedClock();
  const sdk = openSdk({ process: about, clock, random: seededRandom(7), ...options });
  const batches: Uint8Array[] = [];
  sdk.attach(async (batch) => void batches.push(batch));
  return {
    clock,
    sdk,
    batches,
    rows: (table) => batches.flatMap((batch) => rowsOf(batch, table)),
  };
}

test("a span is written as it was, with the resource of its service", async () => {
  const { sdk, clock, rows } = rig();
  const startMs = clock.now();
  const span = sdk.tracing.tracerFor("orders").start(form, undefined);
  clock.advance(12.5);
  span
    .setAttribute("url.path", "/svc/orders/orders")
    .setAttribute("http.response.status_code", 201);
  const child = sdk.tracing.tracerFor("payments").start({ ...form, name: "代金" }, span);
  child.end();
  span.end();
  await sdk.flush();
  const [second, first] = rows("spans");
  expect(first).toMatchObject({
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: "0".repeat(16),
    trace_state: "",
    name: "POST /orders",
    kind: 2,
    start_ns: BigInt(startMs) * 1_000_000n,
    duration_ns: 12_500_000n,
    status: 0,
    weight: 1,
    attributes: {
      "http.request.method": "POST",
      "http.route": "/orders",
      "url.path": "/svc/orders/orders",
      "http.response.status_code": 201,
    },
  });
  expect(second).toMatchObject({ trace_id: span.traceId, parent_span_id: span.spanId });
  expect(second?.["name"]).toBe("代金");
  const origins = new Map(rows("origins").map((row) => [row["id"], row]));
  expect(origins.get(first?.["origin"] ?? 0n)).toMatchObject({
    service: "orders",
    version: "1.2.0",
    environment: "test",
    instance: "i-1",
  });
  expect(origins.get(second?.["origin"] ?? 0n)).toMatchObject({ service: "payments" });
});

test("whatever a span says, the fast path writes the bytes that the record writer does", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
  );
  const attributes = fc.dictionary(fc.string({ minLength: 1, unit: "grapheme" }), value, {
    maxKeys: 8,
    noNullPrototype: true,
  });
  const statics = fc.dictionary(
    fc.constantFrom("http.route", "db.system.name", "x", "鍵"),
    fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    { noNullPrototype: true },
  );
  const whole = fc.record({
    name: fc.string({ unit: "grapheme", maxLength: 150 }),
    kind: fc.constantFrom(0, 1, 2, 3, 4),
    statics,
    attributes,
    durationMs: fc.nat({ max: 100_000 }),
  });
  return fc.assert(
    fc.asyncProperty(whole, async ({ name, kind, statics: own, attributes: said, durationMs }) => {
      const { sdk, clock, batches } = rig();
      const startNs = BigInt(clock.now()) * 1_000_000n;
      const start: SpanForm = { name, kind, attributes: own };
      const span = sdk.tracing.tracerFor("a").start(start, undefined);
      for (const [key, one] of Object.entries(said)) span.setAttribute(key, one);
      clock.advance(durationMs);
      span.end();
      await sdk.flush();
      const rest = Object.entries(own).filter(([key]) => !(key in said));
      const record: SpanRecord = {
        origin: { resource: {}, scopeName: "", scopeVersion: "", scopeAttributes: {} },
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: "",
        traceState: "",
        name,
        kind: kind + 1,
        startNs,
        durationNs: BigInt(durationMs) * 1_000_000n,
        status: 0,
        statusMessage: "",
        attributes: Object.fromEntries([...rest, ...Object.entries(said)]),
        events: [],
        links: [],
        weight: 1,
      };
      const writer = recordWriter(batchWriter());
      writer.span(record);
      const [expected] = rowsOf(encodeBatch(writer.batch), "spans");
      const [found] = rowsOf(batches[0] ?? new Uint8Array(), "spans");
      expect({ ...found, origin: 0n }).toEqual({ ...expected, origin: 0n });
    }),
    { seed: 20_261_126, numRuns: 40 },
  );
});

test("an exception is an event of its span and a row of the errors", async () => {
  const { sdk, rows } = rig();
  const span = sdk.tracing.tracerFor("orders").start(form, undefined);
  recordFailure(span, coreErrors.MOR_CONFLICT("order 7 is there"));
  span.end();
  span.setAttribute("late", 1);
  await sdk.flush();
  const [row] = rows("spans");
  expect(row).toMatchObject({ status: 2, status_message: "order 7 is there" });
  expect(row?.["attributes"]).toMatchObject({ "error.type": "MOR_CONFLICT" });
  expect(row?.["attributes"]).not.toHaveProperty("late");
  const [event] = JSON.parse(textAt(row, "events")) as { name: string; attributes: object }[];
  expect(event).toMatchObject({ name: "exception" });
  expect(rows("errors")).toMatchObject([
    {
      type: "MOR_CONFLICT",
      message: "order 7 is there",
      source: "span",
      release: "1.2.0",
      trace_id: span.traceId,
      span_id: span.spanId,
    },
  ]);
  expect(textAt(rows("errors")[0], "fingerprint")).toMatch(/^[0-9a-f]{16}$/);
});

test("a value that holds itself costs nobody a record", async () => {
  const { sdk, rows } = rig();
  const tracer = sdk.tracing.tracerFor("orders");
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const span = tracer.start(form, undefined);
  span.setAttribute("cyclic", cyclic as string[]);
  span.addEvent("tried", { cyclic: cyclic as string[] });
  span.end();
  tracer.start(form, undefined).end();
  await sdk.flush();
  const [said, plain] = rows("spans");
  expect(said?.["attributes"]).toMatchObject({ cyclic: "[cyclic]" });
  expect(textAt(said, "events")).toBe("[]");
  expect(plain?.["attributes"]).toEqual(form.attributes);
});

test("a tenth of the traces is recorded whole, and says that it stands for ten", async () => {
  const { sdk, rows } = rig({ sample: 0.1 });
  const tracer = sdk.tracing.tracerFor("orders");
  const roots = 4_000;
  for (let n = 0; n < roots; n++) {
    const root = tracer.start(form, undefined);
    const child = tracer.start(form, root);
    expect(child.sampled).toBe(root.sampled);
    expect(child.state).toBe(root.state);
    child.end();
    root.end();
  }
  await sdk.flush();
  const spans = rows("spans");
  expect(spans.length % 2).toBe(0);
  // Four standard deviations of a binomial with p = 0.1.
  const kept = spans.length / 2;
  expect(Math.abs(kept - roots * 0.1)).toBeLessThan(4 * Math.sqrt(roots * 0.09));
  expect(Number(spans[0]?.["weight"])).toBeCloseTo(10, 6);
  expect(spans[0]?.["trace_state"]).toMatch(/^ot=th:e6666666666[67]$/);
});

test("who comes sampled is recorded with that weight; who comes unsampled is not", async () => {
  const { sdk, rows } = rig({ sample: 0 });
  const tracer = sdk.tracing.tracerFor("orders");
  const remote = { traceId: "ab".repeat(16), spanId: "cd".repeat(8), sampled: true };
  tracer.start(form, { ...remote, state: "vendor=1,ot=th:c" }).end();
  tracer.start(form, { ...remote, sampled: false }).end();
  tracer.start(form, undefined).end();
  tracer.start({ ...form, quiet: true }, remote).end();
  await sdk.flush();
  expect(rows("spans")).toMatchObject([{ weight: 4, parent_span_id: remote.spanId }]);
});

test("what fails in a trace that sampling left out is among the errors all the same", async () => {
  const { sdk, rows } = rig({ sample: 0 });
  const span = sdk.tracing.tracerFor("orders").start(form, undefined);
  withContext({ ...contextAt(span, undefined), identity: "c-9" }, () =>
    recordFailure(span, new RangeError("too far")),
  );
  span.end();
  await sdk.flush();
  expect(rows("spans")).toEqual([]);
  expect(rows("errors")).toMatchObject([
    { type: "RangeError", trace_id: span.traceId, user: "c-9", source: "span" },
  ]);
});

test("a log line bears the trace, on its way out and in the store", async () => {
  const { sdk, rows } = rig();
  const lines: LogLine[] = [];
  const log = sdk.log(makeLog((line) => lines.push(line))).with({ service: "orders" });
  const span = sdk.tracing.tracerFor("orders").start(form, undefined);
  withContext(contextAt(span, undefined), () => {
    log.warn("庫存不足", { sku: "A1", left: 0, tags: ["x"], none: undefined });
    log.error("cannot charge", { error: new TypeError("no card") });
  });
  log.info("outside");
  await sdk.flush();
  expect(lines[0]?.fields).toMatchObject({ traceId: span.traceId, spanId: span.spanId, sku: "A1" });
  expect(lines[2]?.fields).not.toHaveProperty("traceId");
  expect(rows("logs")).toMatchObject([
    {
      body: "庫存不足",
      severity: 13,
      severity_text: "WARN",
      trace_id: span.traceId,
      span_id: span.spanId,
      attributes: { sku: "A1", left: 0, tags: ["x"] },
    },
    { attributes: { "exception.type": "TypeError", "exception.message": "no card" } },
    { trace_id: "0".repeat(32), body: "outside" },
  ]);
  expect(rows("errors")).toMatchObject([{ type: "TypeError", source: "log" }]);
});

test("batches go after half a second or 512 records; what does not fit is counted", async () => {
  const lost: [number, string][] = [];
  const limits = { recordsMax: 512, ageMsMax: 500, bytesMax: 300_000 };
  const { sdk, clock, batches } = rig({
    limits,
    dropped: (...what) => lost.push([what[0], what[1]]),
  });
  const tracer = sdk.tracing.tracerFor("orders");
  tracer.start(form, undefined).end();
  clock.advance(499);
  expect(batches).toHaveLength(0);
  clock.advance(1);
  expect(batches).toHaveLength(1);
  for (let n = 0; n < 512; n++) tracer.start(form, undefined).end();
  await sdk.flush();
  expect(batches).toHaveLength(2);
  // A store that hangs: memory stays bounded.
  sdk.attach(() => new Promise(() => {}));
  for (let n = 0; n < 512 * 20; n++) tracer.start(form, undefined).end();
  const { dropped, waitingBytes } = sdk.figures();
  expect(waitingBytes).toBeLessThanOrEqual(limits.bytesMax);
  expect(dropped).toBeGreaterThan(512 * 10);
  expect(lost.reduce((sum, [count]) => sum + count, 0)).toBe(dropped);
  expect(lost[0]?.[1]).toBe("overload");
});

test("a store may take the bytes away, as a thread does, and ask for them again", async () => {
  const limits = { recordsMax: 64, ageMsMax: 500, bytesMax: 100_000 };
  const { sdk, clock } = rig({ limits });
  const stored: Uint8Array[] = [];
  let busy = true;
  sdk.attach(async (batch) => {
    const taken = structuredClone(batch, { transfer: [batch.buffer as ArrayBuffer] });
    expect(batch).toHaveLength(0);
    if (!busy) return void stored.push(taken);
    busy = false;
    throw coreErrors.MOR_OVERLOADED("busy", { details: { retryAfterMs: 1_000 } });
  });
  const tracer = sdk.tracing.tracerFor("orders");
  const rounds = 60;
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < 64; n++) tracer.start(form, undefined).end();
    const flushed = sdk.flush();
    await new Promise((done) => void setImmediate(done));
    clock.advance(1_000);
    await flushed;
  }
  const bytes = stored.reduce((sum, one) => sum + one.length, 0);
  // Many times what may wait went through: nothing counts as waiting that is stored.
  expect(bytes).toBeGreaterThan(5 * limits.bytesMax);
  expect(sdk.figures()).toEqual({ written: rounds * 64, dropped: 0, waitingBytes: 0 });
  expect(stored.flatMap((one) => rowsOf(one, "spans"))).toHaveLength(rounds * 64);
});

test("a store that is busy is asked again when it says; one that refuses, five times", async () => {
  const clock = simulatedClock();
  const lost: string[] = [];
  const sdk = openSdk({
    process: about,
    clock,
    random: seededRandom(1),
    dropped: (_count, reason) => void lost.push(reason),
  });
  const answers = [coreErrors.MOR_OVERLOADED("busy", { details: { retryAfterMs: 3000 } })];
  let calls = 0;
  sdk.attach(async () => {
    calls++;
    const error = answers.shift();
    if (error !== undefined) throw error;
  });
  sdk.tracing.tracerFor("a").start(form, undefined).end();
  const flushed = sdk.flush();
  await new Promise((done) => void setImmediate(done));
  expect(calls).toBe(1);
  clock.advance(3000);
  await flushed;
  expect([calls, sdk.figures().written]).toEqual([2, 1]);
  answers.push(...Array.from({ length: 9 }, () => coreErrors.MOR_INVALID("no") as never));
  sdk.tracing.tracerFor("a").start(form, undefined).end();
  const refused = sdk.flush();
  for (let n = 0; n < 10; n++) {
    await new Promise((done) => void setImmediate(done));
    clock.advance(10_000);
  }
  await refused;
  expect(lost).toEqual(["refused"]);
  expect(calls).toBe(7);
});

test("every ten seconds the metrics are points, cumulative, of their service", async () => {
  const { sdk, clock, rows } = rig();
  const metrics = makeMetrics();
  sdk.pump(() => metrics.snapshot().map(pointOf));
  metrics.count("morning_calls_total", { service: "gateway", callee: "orders" }, 3);
  metrics.observe("morning_call_seconds", { service: "gateway" }, 0.004);
  metrics.observe("morning_call_seconds", { service: "gateway" }, 99);
  metrics.gauge("morning_depth", {}, 5);
  clock.advance(10_000);
  clock.advance(500);
  await sdk.flush();
  const points = rows("points");
  expect(points).toMatchObject([
    { name: "morning_calls_total", value: 3, kind: 1, temporality: 2, monotonic: 1 },
    { name: "morning_call_seconds", unit: "s", kind: 2, count: 2n },
    { name: "morning_depth", kind: 0, value: 5 },
  ]);
  expect(points[0]?.["attributes"]).toEqual({ callee: "orders" });
  const distribution = JSON.parse(textAt(points[1], "distribution")) as { counts: number[] };
  expect(distribution.counts).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  const services = new Map(rows("origins").map((row) => [row["id"], row["service"]]));
  expect(points.map((row) => services.get(row["origin"] ?? 0n))).toEqual([
    "gateway",
    "gateway",
    "platform",
  ]);
});
