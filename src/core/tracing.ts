import type {
  Exception,
  Link,
  Span as ApiSpan,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
} from "@opentelemetry/api";
import { currentContext } from "./context.ts";
import type { Context, TraceContext } from "./context.ts";
import { MorningError } from "./errors.ts";
import type { Ids } from "./ids.ts";

/** Kinds of spans, as OpenTelemetry's API numbers them. */
export const spanKind: {
  readonly internal: SpanKind.INTERNAL;
  readonly server: SpanKind.SERVER;
  readonly client: SpanKind.CLIENT;
  readonly producer: SpanKind.PRODUCER;
  readonly consumer: SpanKind.CONSUMER;
} = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 };

/**
 * What the spans of one place say every time: made once, where the work is declared, so that
 * starting a span costs little.
 */
export interface SpanForm {
  /** Low cardinality: `POST /orders`, `send welcome-email`. */
  readonly name: string;
  readonly kind: SpanKind;
  /** Attributes by OpenTelemetry's semantic conventions. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Never recorded, nor what is done below it: reads of the telemetry itself. */
  readonly quiet?: true;
}

/** An OpenTelemetry span that is itself the position in the trace that it stands for. */
export interface Span extends ApiSpan, TraceContext {}

/** Starts the spans of one service. */
export interface Tracer {
  /** Whether anybody records; false: spans are positions only, and cost next to nothing. */
  readonly recording: boolean;
  /**
   * Starts a span below `parent`, or the root of a new trace. It is sampled as its parent is; a
   * root as the share says.
   */
  start(form: SpanForm, parent: TraceContext | undefined, links?: readonly TraceContext[]): Span;
}

/** Tracing of one process: every service has a tracer whose spans bear the service's resource. */
export interface Tracing {
  /** @param service a service's name, or `platform` for what serves them all */
  tracerFor(service: string): Tracer;
}

/** A position that nobody records. */
export class Position implements Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly state: string | undefined;

  constructor(traceId: string, spanId: string, sampled: boolean, state: string | undefined) {
    this.traceId = traceId;
    this.spanId = spanId;
    this.sampled = sampled;
    this.state = state;
  }

  spanContext(): SpanContext {
    return { traceId: this.traceId, spanId: this.spanId, traceFlags: this.sampled ? 1 : 0 };
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(_link: Link): this {
    return this;
  }

  addLinks(_links: Link[]): this {
    return this;
  }

  setStatus(_status: SpanStatus): this {
    return this;
  }

  updateName(_name: string): this {
    return this;
  }

  end(_endTime?: TimeInput): void {}

  isRecording(): boolean {
    return false;
  }

  recordException(_exception: Exception, _time?: TimeInput): void {}
}

/** Tracing that records nothing: positions are made, and travel, all the same. */
export function noTracing(ids: Ids): Tracing {
  const tracer: Tracer = {
    recording: false,
    start: (_form, parent) =>
      parent === undefined
        ? new Position(ids.hex(16), ids.hex(8), true, undefined)
        : new Position(parent.traceId, ids.hex(8), parent.sampled, parent.state),
  };
  return { tracerFor: () => tracer };
}

/** The context of the work that `span` stands for, below `parent`. */
export function contextAt(span: Span, parent: Context | undefined): Context {
  if (parent === undefined) return { trace: span, baggage: {} };
  const { baggage, identity } = parent;
  return identity === undefined ? { trace: span, baggage } : { trace: span, baggage, identity };
}

/**
 * The span of the work under way, to say more about it: `activeSpan()?.setAttribute("plan",
 * "free")`. Undefined outside of any work, and where nobody records.
 */
export function activeSpan(): Span | undefined {
  const trace = currentContext()?.trace as Partial<Span> | undefined;
  return trace?.isRecording?.() === true ? (trace as Span) : undefined;
}

/**
 * Starts a span for a call out of the work under way (a database, another service). Undefined
 * where nobody records, or no work is under way: the platform's own reads belong to no trace.
 */
export function startLeaf(tracer: Tracer, form: SpanForm): Span | undefined {
  if (!tracer.recording) return undefined;
  const context = currentContext();
  return context?.trace.sampled === true ? tracer.start(form, context.trace) : undefined;
}

/** The name of an error for `error.type`: its code, or its class. */
export function errorType(error: unknown): string {
  if (MorningError.is(error)) return error.code;
  return error instanceof Error ? error.name : "unknown";
}

/** Says that what the span stands for failed, and is passed on: whoever ends it records it. */
export function failSpan(span: Span, error: unknown): void {
  span.setAttribute("error.type", errorType(error));
  span.setStatus({ code: 2, message: error instanceof Error ? error.message : String(error) });
}

/**
 * Says that what the span stands for failed, and records the exception with its stack: also where
 * the trace is left out by sampling.
 */
export function recordFailure(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  failSpan(span, error);
}

/**
 * Ends `span` with the outcome of the call that it stands for. One promise more, and no function
 * that waits: an order makes dozens of these.
 */
export function endingWith<T>(span: Span, call: Promise<T>): Promise<T> {
  return call.then(
    (value) => {
      span.end();
      return value;
    },
    (error: unknown) => {
      failSpan(span, error);
      span.end();
      throw error;
    },
  );
}

/** Runs a call out of the work under way within a span of its own. */
export function withLeaf<T>(
  tracer: Tracer,
  form: SpanForm,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  const span = startLeaf(tracer, form);
  return span === undefined ? work(undefined) : endingWith(span, work(span));
}
