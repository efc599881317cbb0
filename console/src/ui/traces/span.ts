/** Something that happened within a span, at a moment of the same scale as the span's start. */
export interface SpanEvent {
  readonly atMs: number;
  readonly name: string;
}

/** A span as the drawings take it. Text in it comes from the app and is made safe when drawn. */
export interface TraceSpan {
  readonly spanId: string;
  /** Null or empty for the first of a trace. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly service: string;
  /** As in OpenTelemetry: server, client, producer, consumer, internal. */
  readonly kind: string;
  /** Milliseconds with fractions since the trace began, on a clock that skew is taken out of. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly status: "unset" | "ok" | "error";
  /** A stand-in: others name it as their parent, but it was not received. */
  readonly missing?: boolean | undefined;
  /**
   * How far the clock of its service was ahead of its parent's: it reported its start so many
   * milliseconds later than `startMs`.
   */
  readonly skewMs?: number | undefined;
  readonly onCriticalPath?: boolean | undefined;
  readonly events?: readonly SpanEvent[] | undefined;
  /** Stands before those of its parent that have a greater one, whenever they began. */
  readonly order?: number | undefined;
  /** Nothing is done meanwhile: it waits for a time, a message, somebody. Hatched. */
  readonly waits?: boolean | undefined;
  /** It has not ended: its length is what is known of it. */
  readonly goesOn?: boolean | undefined;
  /** How much of it is done, of 1. */
  readonly progress?: number | undefined;
  /** How often it was tried, where that was more than once. */
  readonly attempts?: number | undefined;
  /** What is below it is hidden until somebody opens it. */
  readonly folded?: boolean | undefined;
}

/** A trace as the drawings take it. */
export interface Trace {
  readonly spans: readonly TraceSpan[];
}

/** Spans of one trace that are drawn at most; the rest is counted. */
export const spansMax = 100_000;
