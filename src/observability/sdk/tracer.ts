import type { Clock } from "../../core/clock.ts";
import { currentContext } from "../../core/context.ts";
import type { Ids } from "../../core/ids.ts";
import { Position } from "../../core/tracing.ts";
import type { Span, Tracer, Tracing } from "../../core/tracing.ts";
import type { Origin } from "../signals/records.ts";
import { knownOrigin } from "./buffer.ts";
import type { KnownOrigin, RecordBuffer } from "./buffer.ts";
import { makeSampler } from "./sampling.ts";
import type { Sampler } from "./sampling.ts";
import { RecordedSpan, UnrecordedSpan } from "./span.ts";
import type { SpanSink } from "./span.ts";
import { spanRows } from "./span-rows.ts";

/** What the group of an error is told by; 16 hex digits. */
export type Fingerprint = (type: string, message: string, stack: string, service: string) => string;

/** What tracing works with. */
export interface TracingOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly buffer: RecordBuffer;
  /** Share of traces that are recorded, 0 to 1. */
  readonly share: number;
  readonly originOf: (service: string) => Origin;
  readonly fingerprint: Fingerprint;
}

/** The wall clock may have been set when it and the monotonic one drift apart this far, ms. */
const driftMsMax = 20;

/** Wall-clock time that advances as the monotonic clock does, so that durations are exact. */
export function preciseTime(clock: Clock): () => number {
  let offsetMs = clock.now() - clock.monotonic();
  let checkedMs = clock.monotonic();
  return () => {
    const monotonicMs = clock.monotonic();
    if (monotonicMs - checkedMs > 1000) {
      checkedMs = monotonicMs;
      const nowMs = clock.now() - monotonicMs;
      if (Math.abs(nowMs - offsetMs) > driftMsMax) offsetMs = nowMs;
    }
    return monotonicMs + offsetMs;
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Where the spans of one service go. */
function sinkOf(
  options: TracingOptions,
  known: KnownOrigin,
  nowMs: () => number,
  put: (span: RecordedSpan, origin: KnownOrigin) => void,
): SpanSink {
  const { buffer, fingerprint } = options;
  const { resource } = known.origin;
  const release = text(resource["service.version"]);
  return {
    nowMs,
    ended: (span) => put(span, known),
    failed(span, { timeNs, attributes }) {
      const type = text(attributes["exception.type"]);
      const message = text(attributes["exception.message"]);
      const stack = text(attributes["exception.stacktrace"]);
      buffer.records().error({
        origin: known.origin,
        timeNs,
        type,
        message,
        stack,
        fingerprint: fingerprint(type, message, stack, text(resource["service.name"])),
        source: "span",
        handled: true,
        release,
        user: currentContext()?.identity ?? "",
        traceId: span.traceId,
        spanId: span.spanId,
        attributes: { "span.name": span.form.name, ...span.form.attributes },
        breadcrumbs: "",
      });
      buffer.added();
    },
  };
}

/** Tracing that records; libraries that bring a scope of their own have tracers too. */
export interface RecordedTracing extends Tracing {
  /** A tracer whose spans say which library made them. */
  scopedTo(service: string, scope: string, version: string): Tracer;
}

/** Starts spans of one origin. */
function tracerOf(
  { ids }: TracingOptions,
  sampler: Sampler,
  service: string,
  sink: SpanSink,
): Tracer {
  return {
    recording: true,
    start(form, parent, links): Span {
      const root = parent === undefined;
      const traceId = root ? ids.hex(16) : parent.traceId;
      const spanId = ids.hex(8);
      const state = root ? sampler.state : parent.state;
      const sampled = root ? sampler.keeps(traceId) : parent.sampled;
      if (form.quiet === true) return new Position(traceId, spanId, false, undefined);
      if (!sampled) {
        return new UnrecordedSpan(sink, form, traceId, spanId, root ? undefined : state);
      }
      const place = { traceId, spanId, parentSpanId: root ? "" : parent.spanId };
      const span = new RecordedSpan(sink, service, form, place, state, sink.nowMs());
      if (links !== undefined && links.length > 0) {
        span.links = links.map((one) => ({
          traceId: one.traceId,
          spanId: one.spanId,
          attributes: {},
        }));
      }
      return span;
    },
  };
}

/** Tracing that records: spans of every service go into one buffer. */
export function recordedTracing(options: TracingOptions): RecordedTracing {
  const sampler = makeSampler(options.share);
  const nowMs = preciseTime(options.clock);
  const put = spanRows(options.buffer);
  const tracers = new Map<string, Tracer>();
  const known = (key: string, service: string, origin: () => Origin): Tracer => {
    let tracer = tracers.get(key);
    if (tracer === undefined) {
      const sink = sinkOf(options, knownOrigin(origin()), nowMs, put);
      tracers.set(key, (tracer = tracerOf(options, sampler, service, sink)));
    }
    return tracer;
  };
  return {
    tracerFor: (service) => known(service, service, () => options.originOf(service)),
    scopedTo: (service, scopeName, scopeVersion) =>
      known([service, scopeName, scopeVersion].join("\u0000"), service, () => ({
        ...options.originOf(service),
        scopeName,
        scopeVersion,
      })),
  };
}
