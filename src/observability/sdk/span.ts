import type {
  Exception,
  Link,
  SpanAttributes,
  SpanAttributeValue,
  SpanContext,
  SpanStatus,
  TimeInput,
} from "@opentelemetry/api";
import { Position } from "../../core/tracing.ts";
import type { Span, SpanForm } from "../../core/tracing.ts";
import type { AttributeValue, SpanEvent, SpanLink } from "../signals/records.ts";

/** Limits of one span (the specification's usual ones); what is past them is left out. */
export const spanLimits = { attributesMax: 128, eventsMax: 128, linksMax: 128 } as const;

/** What is told of a span in which an exception was recorded. */
export interface FailedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly form: SpanForm;
}

/** Takes spans that have ended, and tells the time. */
export interface SpanSink {
  /** Wall-clock time with a fraction, milliseconds since the epoch. */
  nowMs(): number;
  ended(span: RecordedSpan): void;
  /** An exception that was recorded in a span, or in one that sampling left out. */
  failed(span: FailedSpan, event: SpanEvent): void;
}

/** Characters of an exception's message and stack that are kept. */
const messageMax = 4_000;
const stackMax = 16_000;

/** What an exception says of itself. */
function exceptionOf(exception: Exception): Record<string, AttributeValue> {
  if (typeof exception === "string") {
    return { "exception.type": "Error", "exception.message": exception.slice(0, messageMax) };
  }
  const { code, name, message, stack } = exception;
  const type = typeof code === "string" && code !== "" ? code : (name ?? code ?? "Error");
  return {
    "exception.type": String(type),
    "exception.message": (message ?? "").slice(0, messageMax),
    ...(stack === undefined ? {} : { "exception.stacktrace": stack.slice(0, stackMax) }),
  };
}

function msOf(time: TimeInput | undefined, nowMs: () => number): number {
  if (time === undefined) return nowMs();
  if (typeof time === "number") return time < performance.timeOrigin ? nowMs() : time;
  if (time instanceof Date) return time.getTime();
  return time[0] * 1000 + time[1] / 1e6;
}

const nanoseconds = (ms: number): bigint =>
  BigInt(Math.floor(ms)) * 1_000_000n + BigInt(Math.round((ms % 1) * 1e6));

/**
 * A span that is recorded: it is written to the batch when it ends, and keeps little until then.
 */
export class RecordedSpan implements Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled = true;
  readonly state: string | undefined;
  readonly parentSpanId: string;
  /** Whose span it is. */
  readonly service: string;
  readonly form: SpanForm;
  startMs: number;
  /** Keys and values in turn, beside those of the form. */
  readonly pairs: (string | AttributeValue)[] = [];
  name: string;
  endMs = 0;
  status = 0;
  statusMessage = "";
  events: SpanEvent[] | undefined = undefined;
  links: SpanLink[] | undefined = undefined;
  readonly #sink: SpanSink;

  constructor(
    sink: SpanSink,
    service: string,
    form: SpanForm,
    ids: { readonly traceId: string; readonly spanId: string; readonly parentSpanId: string },
    state: string | undefined,
    startMs: number,
  ) {
    this.traceId = ids.traceId;
    this.spanId = ids.spanId;
    this.parentSpanId = ids.parentSpanId;
    this.state = state;
    this.service = service;
    this.form = form;
    this.name = form.name;
    this.startMs = startMs;
    this.#sink = sink;
  }

  /** Says that it began at another time than when it was made. */
  startedAt(time: TimeInput): void {
    this.startMs = msOf(time, () => this.#sink.nowMs());
  }

  spanContext(): SpanContext {
    return { traceId: this.traceId, spanId: this.spanId, traceFlags: 1 };
  }

  setAttribute(key: string, value: SpanAttributeValue): this {
    const { pairs } = this;
    if (this.endMs > 0 || value === undefined) return this;
    for (let at = 0; at < pairs.length; at += 2) {
      if (pairs[at] !== key) continue;
      pairs[at + 1] = value as AttributeValue;
      return this;
    }
    if (pairs.length < 2 * spanLimits.attributesMax) pairs.push(key, value as AttributeValue);
    return this;
  }

  setAttributes(attributes: SpanAttributes): this {
    for (const key in attributes) this.setAttribute(key, attributes[key] as SpanAttributeValue);
    return this;
  }

  addEvent(name: string, given?: SpanAttributes | TimeInput, time?: TimeInput): this {
    if (this.endMs > 0) return this;
    this.events ??= [];
    if (this.events.length >= spanLimits.eventsMax) return this;
    const isTime = typeof given !== "object" || given instanceof Date || Array.isArray(given);
    const at = (isTime ? given : time) as TimeInput | undefined;
    const attributes = isTime ? {} : (given as SpanEvent["attributes"]);
    const nowMs = (): number => this.#sink.nowMs();
    this.events.push({ timeNs: nanoseconds(msOf(at, nowMs)), name, attributes });
    return this;
  }

  addLink({ context, attributes }: Link): this {
    this.links ??= [];
    if (this.endMs > 0 || this.links.length >= spanLimits.linksMax) return this;
    const { traceId, spanId } = context;
    this.links.push({ traceId, spanId, attributes: (attributes ?? {}) as SpanLink["attributes"] });
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus({ code, message }: SpanStatus): this {
    // Ok is final (specification, Set Status).
    if (this.endMs > 0 || this.status === 1) return this;
    this.status = code;
    this.statusMessage = code === 2 ? (message ?? this.statusMessage) : "";
    return this;
  }

  updateName(name: string): this {
    if (this.endMs === 0) this.name = name;
    return this;
  }

  isRecording(): boolean {
    return this.endMs === 0;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.addEvent("exception", exceptionOf(exception) as SpanAttributes, time);
    const event = this.events?.at(-1);
    if (this.endMs === 0 && event?.name === "exception") this.#sink.failed(this, event);
  }

  end(time?: TimeInput): void {
    if (this.endMs > 0) return;
    this.endMs = Math.max(
      this.startMs,
      msOf(time, () => this.#sink.nowMs()),
    );
    this.#sink.ended(this);
  }
}

/** A span that sampling left out: only what fails in it is recorded, so that errors are whole. */
export class UnrecordedSpan extends Position implements FailedSpan {
  readonly form: SpanForm;
  readonly #sink: SpanSink;

  constructor(sink: SpanSink, form: SpanForm, traceId: string, spanId: string, state?: string) {
    super(traceId, spanId, false, state);
    this.form = form;
    this.#sink = sink;
  }

  override recordException(exception: Exception, time?: TimeInput): void {
    const timeNs = nanoseconds(msOf(time, () => this.#sink.nowMs()));
    this.#sink.failed(this, { timeNs, name: "exception", attributes: exceptionOf(exception) });
  }
}
