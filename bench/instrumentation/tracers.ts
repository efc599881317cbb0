import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import { systemClock } from "../../src/core/clock.ts";
import { makeIds, systemRandom } from "../../src/core/ids.ts";
import { noTracing, spanKind } from "../../src/core/tracing.ts";
import type { SpanForm, Tracing } from "../../src/core/tracing.ts";
import { batchWriter, encodeBatch } from "../../src/observability/signals/batch.ts";
import type { SpanRecord } from "../../src/observability/signals/records.ts";
import { recordWriter } from "../../src/observability/signals/rows.ts";
import { openSdk } from "../../src/observability/sdk/sdk.ts";

const server: SpanForm = {
  name: "POST /orders",
  kind: spanKind.server,
  attributes: { "http.request.method": "POST", "http.route": "/orders", "url.scheme": "http" },
};
const read: SpanForm = {
  name: "get orders",
  kind: spanKind.client,
  attributes: {
    "db.system.name": "sqlite",
    "db.operation.name": "get",
    "db.collection.name": "orders",
    "morning.resource": "table/orders",
  },
};

const aboutOrders = { resource: { "service.name": "orders" } };

/** Makes one span of a request and one of a read within it. */
type Pair = () => void;

function ours(tracing: Tracing): Pair {
  const tracer = tracing.tracerFor("orders");
  return () => {
    const request = tracer.start(server, undefined);
    tracer.start(read, request).end();
    request.setAttribute("url.path", "/svc/orders/orders");
    request.setAttribute("http.response.status_code", 201);
    request.end();
  };
}

function theirs(provider: TracerProvider): Pair {
  const tracer = provider.getTracer("orders");
  return () => {
    const { name, kind, attributes } = server;
    const request = tracer.startSpan(name, { kind, attributes: { ...attributes } }, ROOT_CONTEXT);
    const within = trace.setSpan(ROOT_CONTEXT, request);
    const of = { kind: read.kind, attributes: { ...read.attributes } };
    tracer.startSpan(read.name, of, within).end();
    request.setAttribute("url.path", "/svc/orders/orders");
    request.setAttribute("http.response.status_code", 201);
    request.end();
  };
}

/** Time of the SDK, seconds and nanoseconds, as nanoseconds. */
const nanoseconds = ([seconds, rest]: readonly [number, number]): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(rest);

/** Puts the SDK's spans into batches by the record writer. */
function batchExporter(): SpanExporter {
  const origin = { ...aboutOrders, scopeName: "bench", scopeVersion: "", scopeAttributes: {} };
  return {
    export(spans, done) {
      const writer = recordWriter(batchWriter());
      for (const span of spans) {
        const { traceId, spanId } = span.spanContext();
        writer.span({
          origin,
          traceId,
          spanId,
          parentSpanId: span.parentSpanContext?.spanId ?? "",
          traceState: "",
          name: span.name,
          kind: span.kind + 1,
          startNs: nanoseconds(span.startTime),
          durationNs: nanoseconds(span.duration),
          status: span.status.code,
          statusMessage: span.status.message ?? "",
          attributes: span.attributes as SpanRecord["attributes"],
          events: [],
          links: [],
          weight: 1,
        });
      }
      encodeBatch(writer.batch);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
}

const turn = (): Promise<void> => new Promise((done) => void setImmediate(done));

/** CPU of one span, microseconds: the best of some rounds. */
async function costOf(pair: Pair, flush: () => Promise<void>, pairs: number): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let n = 0; n < pairs; n++) {
      pair();
      if (n % 256 === 0) await turn();
    }
    await flush();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / (2 * pairs));
  }
  return best;
}

/** What one span costs with each tracer, microseconds of CPU. */
export async function tracerCosts(pairs: number): Promise<readonly (readonly [string, number])[]> {
  const about = { app: "shop", environment: "bench", version: "1", instance: "i" };
  const sdk = openSdk({ process: about, clock: systemClock, random: systemRandom });
  sdk.attach(() => Promise.resolve());
  const ids = makeIds(systemClock, systemRandom);
  const away: SpanExporter = {
    export: (_spans, done) => done({ code: 0 }),
    shutdown: () => Promise.resolve(),
  };
  const sdkTrace = (exporter: SpanExporter): Promise<number> => {
    const processor = new BatchSpanProcessor({ exporter, maxQueueSize: 2 * pairs + 1_000 });
    const resource = resourceFromAttributes(aboutOrders.resource);
    const provider = new TracerProvider({ resource, spanProcessors: [processor] });
    return costOf(theirs(provider), () => processor.forceFlush(), pairs);
  };
  const nothing = (): Promise<void> => Promise.resolve();
  const costs = [
    ["nobody records", await costOf(ours(noTracing(ids)), nothing, pairs)],
    ["ours, encoded into batches", await costOf(ours(sdk.tracing), () => sdk.flush(), pairs)],
    ["`@opentelemetry/sdk-trace`, thrown away", await sdkTrace(away)],
    ["`@opentelemetry/sdk-trace`, encoded into batches", await sdkTrace(batchExporter())],
  ] as const;
  await sdk.close();
  return costs;
}
