import type { Clock } from "../../core/clock.ts";
import { currentContext } from "../../core/context.ts";
import type { TraceContext } from "../../core/context.ts";
import type { Random } from "../../core/ids.ts";
import { Position } from "../../core/tracing.ts";
import type { Span, SpanForm, Tracer, Tracing } from "../../core/tracing.ts";
import type { Origin, SpanLink } from "../signals/records.ts";
import { knownOrigin } from "./buffer.ts";
import type { KnownOrigin, RecordBuffer } from "./buffer.ts";
import { randomWords, spanIdOf, TraceId } from "./ids.ts";
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
  readonly random: Random;
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

/** What the tracers of a process share. */
interface Shared {
  readonly nowMs: () => number;
  readonly word: () => number;
  readonly put: (span: RecordedSpan) => void;
}

/** Where the spans of one service go. */
function sinkOf(
  { buffer, fingerprint }: TracingOptions,
  service: string,
  origin: KnownOrigin,
  { nowMs, word, put }: Shared,
): SpanSink {
  const { resource } = origin.origin;
  const release = text(resource["service.version"]);
  return {
    service,
    origin,
    nowMs,
    word,
    ended: put,
    failed(span, { timeNs, attributes }) {
      const type = text(attributes["exception.type"]);
      const message = text(attributes["exception.message"]);
      const stack = text(attributes["exception.stacktrace"]);
      buffer.records().error({
        origin: origin.origin,
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

/** The id of a new trace, or of the one that `parent` is in. */
function traceOf(parent: TraceContext | undefined, sink: SpanSink): TraceId {
  if (parent === undefined) {
    return new TraceId(sink.word(), sink.word(), sink.word(), sink.word());
  }
  return parent instanceof RecordedSpan ? parent.trace : TraceId.fromText(parent.traceId);
}

/** A position in a trace that is not recorded. */
function unrecorded(
  sink: SpanSink,
  form: SpanForm,
  trace: TraceId,
  state: string | undefined,
): Span {
  const spanId = spanIdOf(sink.word(), sink.word());
  if (form.quiet === true) return new Position(trace.text, spanId, false, undefined);
  return new UnrecordedSpan(sink, form, trace.text, spanId, state);
}

/** Starts spans of one origin. */
function tracerOf(sampler: Sampler, sink: SpanSink): Tracer {
  return {
    recording: true,
    start(form, parent, links): Span {
      const trace = traceOf(parent, sink);
      const sampled = parent === undefined ? sampler.keeps(trace) : parent.sampled;
      if (!sampled || form.quiet === true) return unrecorded(sink, form, trace, parent?.state);
      const state = parent === undefined ? sampler.state : parent.state;
      const span = new RecordedSpan(sink, form, trace, parent, state);
      if (links !== undefined && links.length > 0) span.linkedTo(links.map(linkTo));
      return span;
    },
  };
}

const linkTo = ({ traceId, spanId }: TraceContext): SpanLink => ({
  traceId,
  spanId,
  attributes: {},
});

/** Tracing that records: spans of every service go into one buffer. */
export function recordedTracing(options: TracingOptions): RecordedTracing {
  const sampler = makeSampler(options.share);
  const shared = {
    nowMs: preciseTime(options.clock),
    word: randomWords(options.random),
    put: spanRows(options.buffer),
  };
  const tracers = new Map<string, Tracer>();
  const known = (key: string, service: string, origin: () => Origin): Tracer => {
    let tracer = tracers.get(key);
    if (tracer === undefined) {
      const sink = sinkOf(options, service, knownOrigin(origin()), shared);
      tracers.set(key, (tracer = tracerOf(sampler, sink)));
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
