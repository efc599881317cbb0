import { AsyncLocalStorage } from "node:async_hooks";
import type { Ids } from "./ids.ts";

/** A position in a distributed trace (W3C Trace Context). */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** `tracestate`, passed on; only the sampling of OpenTelemetry is read from it. */
  readonly state?: string | undefined;
}

/** What travels with every piece of work, through HTTP, messages, events and steps. */
export interface Context {
  readonly trace: TraceContext;
  /** W3C baggage. */
  readonly baggage: Readonly<Record<string, string>>;
  /** Whoever the work is done for, where it is known. */
  readonly identity?: string;
}

/** A context as text headers. Absent members were empty. */
export interface Carrier {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly identity?: string;
}

/** W3C Baggage, 3.3.2: what must be passed on at least is also what we pass on at most. */
const baggageBytesMax = 8192;
const baggageEntriesMax = 64;
const identityLengthMax = 256;

/** W3C Trace Context, 3.3.1.1: at least this much of `tracestate` is passed on; so much at most. */
const traceStateForm = /^[\x20-\x7e]{1,512}$/;
/** A baggage key is a token (RFC 9110, 5.6.2): anything else would not survive a header. */
const baggageKeyForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const traceparentForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;

/** Reads a `traceparent` header (W3C Trace Context, 3.2); undefined when it is not valid. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const match = text === undefined ? null : traceparentForm.exec(text.trim());
  if (match === null) return undefined;
  const [, version = "", traceId = "", spanId = "", flags = "", rest] = match;
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (zeros.test(traceId) || zeros.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Writes a `traceparent` header. */
export function formatTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? "01" : "00"}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Reads a `baggage` header (W3C Baggage); what is malformed or past the limits is left out. */
export function parseBaggage(text: string | undefined): Record<string, string> {
  const baggage: Record<string, string> = Object.create(null) as Record<string, string>;
  if (text === undefined || text.length > baggageBytesMax) return baggage;
  for (const member of text.split(",").slice(0, baggageEntriesMax)) {
    const pair = member.split(";", 1)[0] ?? "";
    const equals = pair.indexOf("=");
    const key = pair.slice(0, Math.max(0, equals)).trim();
    const value = decoded(pair.slice(equals + 1).trim());
    if (value !== undefined && baggageKeyForm.test(key)) baggage[key] = value;
  }
  return baggage;
}

/** Writes a `baggage` header, without members past the limits; empty when there are none. */
export function formatBaggage(baggage: Readonly<Record<string, string>>): string {
  let text = "";
  for (const [key, value] of Object.entries(baggage).slice(0, baggageEntriesMax)) {
    const member = `${text === "" ? "" : ","}${key}=${encodeURIComponent(value.toWellFormed())}`;
    const fits = text.length + member.length <= baggageBytesMax;
    if (fits && baggageKeyForm.test(key)) text += member;
  }
  return text;
}

const storage: AsyncLocalStorage<Context> = new AsyncLocalStorage<Context>();

/** The context of the work under way, if there is one. */
export function currentContext(): Context | undefined {
  return storage.getStore();
}

/** Runs `work` within `context`. */
export function withContext<T>(context: Context, work: () => T): T {
  return storage.run(context, work);
}

/** Runs `work` outside of any context: the platform's own work, whoever began it. */
export function withoutContext<T>(work: () => T): T {
  return storage.exit(work);
}

/** A new position below `parent` in its trace, or the root of a new trace. */
export function childContext(ids: Ids, parent: Context | undefined = currentContext()): Context {
  if (parent === undefined) {
    const trace = { traceId: ids.hex(16), spanId: ids.hex(8), sampled: true };
    return { trace, baggage: {} };
  }
  const { traceId, sampled, state } = parent.trace;
  const trace = { traceId, spanId: ids.hex(8), sampled };
  return { ...parent, trace: state === undefined ? trace : { ...trace, state } };
}

/** The context as text headers, to travel with a call, a message or an event. */
export function inject(context: Context | undefined = currentContext()): Carrier {
  if (context === undefined) return {};
  const baggage = formatBaggage(context.baggage);
  return {
    traceparent: formatTraceparent(context.trace),
    ...(context.trace.state === undefined ? {} : { tracestate: context.trace.state }),
    ...(baggage === "" ? {} : { baggage }),
    ...(context.identity === undefined ? {} : { identity: context.identity }),
  };
}

/** The context that a carrier brought; undefined when it brought no valid trace. */
export function extract(carrier: Carrier): Context | undefined {
  const trace = parseTraceparent(carrier.traceparent);
  if (trace === undefined) return undefined;
  const { identity, tracestate: state } = carrier;
  return {
    trace: state !== undefined && traceStateForm.test(state) ? { ...trace, state } : trace,
    baggage: parseBaggage(carrier.baggage),
    ...(identity === undefined || identity.length > identityLengthMax ? {} : { identity }),
  };
}
