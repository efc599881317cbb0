import { context, createContextKey, propagation, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { expect, onTestFinished, test } from "vitest";
import { currentContext, withContext } from "../../core/context.ts";
import { seededRandom } from "../../core/ids.ts";
import { contextAt, spanKind } from "../../core/tracing.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { bridgeApi } from "./bridge.ts";
import { rowsOf, textAt } from "./rows.contract.ts";
import { openSdk } from "./sdk.ts";

const about = { app: "shop", environment: "test", version: "1", instance: "i" };
const form = { name: "POST /orders", kind: spanKind.server, attributes: {} };

test("a library's spans are below ours, ours below theirs, of its service and scope", async () => {
  const sdk = openSdk({ process: about, clock: simulatedClock(), random: seededRandom(3) });
  const batches: Uint8Array[] = [];
  sdk.attach(async (batch) => void batches.push(batch));
  onTestFinished(bridgeApi(sdk.tracing));
  const orders = sdk.tracing.tracerFor("orders");
  const outer = orders.start(form, undefined);
  const key = createContextKey("a library's own");
  const identity = "customer-1";
  await withContext({ ...contextAt(outer, undefined), identity }, async () => {
    const library = trace.getTracer("pg", "8.1");
    expect(trace.getActiveSpan()).toBe(outer);
    await library.startActiveSpan(
      "pg.query",
      { attributes: { "db.system.name": "x" } },
      async (span) => {
        await Promise.resolve();
        expect(trace.getActiveSpan()).toBe(span);
        expect(currentContext()?.identity).toBe(identity);
        orders.start({ ...form, name: "inner" }, currentContext()?.trace).end();
        const carrier: Record<string, string> = {};
        new W3CTraceContextPropagator().inject(context.active(), carrier, {
          set: (to, name, value) => void (to[name] = value),
        });
        expect(carrier["traceparent"]).toBe(`00-${outer.traceId}-${span.spanContext().spanId}-01`);
        span.end();
      },
    );
    await context.with(context.active().setValue(key, 7), async () => {
      await Promise.resolve();
      expect(context.active().getValue(key)).toBe(7);
      expect(trace.getActiveSpan()).toBe(outer);
    });
    expect(context.active().getValue(key)).toBeUndefined();
  });
  expect(context.bind(trace.setSpan(context.active(), outer), () => trace.getActiveSpan())()).toBe(
    outer,
  );
  expect(propagation.fields()).toEqual([]);
  outer.end();
  await sdk.flush();
  const rows = batches.flatMap((batch) => rowsOf(batch, "spans"));
  const spanIds = new Map(rows.map((row) => [row["span_id"], textAt(row, "name")]));
  const lines = rows.map(
    (row) => `${textAt(row, "name")} < ${spanIds.get(textAt(row, "parent_span_id"))}`,
  );
  expect(lines).toEqual([
    "inner < pg.query",
    "pg.query < POST /orders",
    "POST /orders < undefined",
  ]);
  const origins = new Map(
    batches.flatMap((batch) => rowsOf(batch, "origins")).map((row) => [row["id"], row]),
  );
  expect(rows.map((row) => textAt(origins.get(row["origin"] ?? 0n), "service"))).toEqual([
    "orders",
    "orders",
    "orders",
  ]);
  expect(rows.map((row) => textAt(origins.get(row["origin"] ?? 0n), "scope"))).toEqual([
    "morning-ai",
    "pg",
    "morning-ai",
  ]);
});

test("outside of any work a library's span is a root of the platform's", async () => {
  const sdk = openSdk({ process: about, clock: simulatedClock(), random: seededRandom(3) });
  const end = bridgeApi(sdk.tracing);
  const span = trace.getTracer("lib").startSpan("poll");
  expect(span.isRecording()).toBe(true);
  end();
  expect(trace.getTracer("lib").startSpan("x").isRecording()).toBe(false);
  await sdk.close();
});
