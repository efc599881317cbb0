import type {
  Exception,
  Link,
  SpanAttributes,
  SpanAttributeValue,
  SpanContext,
  SpanStatus,
  TimeInput,
} from "@opentelemetry/api";
import type { TraceContext } from "../../core/context.ts";
import { Position } from "../../core/tracing.ts";
import type { Span, SpanForm } from "../../core/tracing.ts";
import type { AttributeValue, SpanEvent, SpanLink } from "../signals/records.ts";
import type { KnownOrigin } from "./buffer.ts";
import { spanIdOf, wordOfHex } from "./ids.ts";
import type { TraceId } from "./ids.ts";

/** Limits of one span (the specification's usual ones); what is past them is left out. */
export const spanLimits = { attributesMax: 128, eventsMax: 128, linksMax: 128 } as const;

/** What is told of a span in which an exception was recorded. */
export interface FailedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly form: SpanForm;
}

/** Takes spans of one service that have ended; tells the time and gives ids. */
export interface SpanSink {
  readonly service: string;
  readonly origin: KnownOrigin;
  /** Wall-clock time with a fraction, milliseconds since the epoch. */
  nowMs(): number;
  /** 32 random bits. */
  word(): number;
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

/** Keys and values in turn. */
type Pairs = readonly (string | AttributeValue)[];

/** Most spans say nothing of their own. */
const nothingSaid: Pairs = [];

/** What few spans have: most are small, since they are many and live until they are written. */
interface RareParts {
  /** Another than the form's. */
  name: string | undefined;
  status: number;
  statusMessage: string;
  events: SpanEvent[] | undefined;
  links: SpanLink[] | undefined;
}

/**
 * A span that is recorded. It keeps little until its batch is cut; ids are numbers, since most of
 * them are never asked for as text.
 */
export class RecordedSpan implements Span {
  readonly trace: TraceId;
  readonly high: number;
  readonly low: number;
  /** Words of the parent's id; zeros for a root. */
  readonly parentHigh: number;
  readonly parentLow: number;
  readonly state: string | undefined;
  readonly form: SpanForm;
  startMs: number;
  /** 0 until it ends. */
  endMs = 0;
  /** Attributes beside those of the form. */
  pairs: Pairs = nothingSaid;
  rare: RareParts | undefined = undefined;
  #spanId: string | undefined = undefined;
  readonly #sink: SpanSink;

  constructor(
    sink: SpanSink,
    form: SpanForm,
    trace: TraceId,
    parent: TraceContext | undefined,
    state: string | undefined,
  ) {
    this.trace = trace;
    this.high = sink.word();
    this.low = sink.word();
    if (parent instanceof RecordedSpan) {
      this.parentHigh = parent.high;
      this.parentLow = parent.low;
    } else {
      this.parentHigh = parent === undefined ? 0 : wordOfHex(parent.spanId, 0);
      this.parentLow = parent === undefined ? 0 : wordOfHex(parent.spanId, 8);
    }
    this.state = state;
    this.form = form;
    this.startMs = sink.nowMs();
    this.#sink = sink;
  }

  get traceId(): string {
    return this.trace.text;
  }

  get spanId(): string {
    return (this.#spanId ??= spanIdOf(this.high, this.low));
  }

  get sampled(): true {
    return true;
  }

  get origin(): KnownOrigin {
    return this.#sink.origin;
  }

  /** Whose span it is. */
  get service(): string {
    return this.#sink.service;
  }

  /** Says that it began at another time than when it was made. */
  startedAt(time: TimeInput): void {
    this.startMs = msOf(time, () => this.#sink.nowMs());
  }

  spanContext(): SpanContext {
    return { traceId: this.traceId, spanId: this.spanId, traceFlags: 1 };
  }

  setAttribute(key: string, value: SpanAttributeValue): this {
    if (this.endMs > 0 || value === undefined) return this;
    if (this.pairs === nothingSaid) {
      this.pairs = [key, value as AttributeValue];
      return this;
    }
    const pairs = this.pairs as (string | AttributeValue)[];
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
    const events = (this.#parts().events ??= []);
    if (events.length >= spanLimits.eventsMax) return this;
    const isTime = typeof given !== "object" || given instanceof Date || Array.isArray(given);
    const at = (isTime ? given : time) as TimeInput | undefined;
    const attributes = isTime ? {} : (given as SpanEvent["attributes"]);
    const nowMs = (): number => this.#sink.nowMs();
    events.push({ timeNs: nanoseconds(msOf(at, nowMs)), name, attributes });
    return this;
  }

  /** Says where it comes from beside its parent, as it begins. */
  linkedTo(links: SpanLink[]): void {
    this.#parts().links = links;
  }

  addLink({ context, attributes }: Link): this {
    if (this.endMs > 0) return this;
    const links = (this.#parts().links ??= []);
    if (links.length >= spanLimits.linksMax) return this;
    const { traceId, spanId } = context;
    links.push({ traceId, spanId, attributes: (attributes ?? {}) as SpanLink["attributes"] });
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus({ code, message }: SpanStatus): this {
    // Ok is final (specification, Set Status).
    if (this.endMs > 0 || this.rare?.status === 1) return this;
    const parts = this.#parts();
    parts.status = code;
    parts.statusMessage = code === 2 ? (message ?? parts.statusMessage) : "";
    return this;
  }

  updateName(name: string): this {
    if (this.endMs === 0) this.#parts().name = name;
    return this;
  }

  isRecording(): boolean {
    return this.endMs === 0;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.addEvent("exception", exceptionOf(exception) as SpanAttributes, time);
    const event = this.rare?.events?.at(-1);
    if (this.endMs === 0 && event?.name === "exception") this.#sink.failed(this, event);
  }

  end(time?: TimeInput): void {
    if (this.endMs > 0) return;
    const sink = this.#sink;
    const endMs = time === undefined ? sink.nowMs() : msOf(time, () => sink.nowMs());
    this.endMs = Math.max(this.startMs, endMs);
    sink.ended(this);
  }

  #parts(): RareParts {
    const none = { name: undefined, events: undefined, links: undefined };
    return (this.rare ??= { ...none, status: 0, statusMessage: "" });
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
