import type { Attributes, AttributeValue } from "../../signals/records.ts";
import { attributesMax, textOf } from "../../signals/rows.ts";
import type { Context } from "./context.ts";
import type { KnownOrigin } from "./origin.ts";

/** The most characters of a stack that are kept. */
export const stackMax: number = 64 * 1024;

/** The most characters of an exception's message. */
export const messageMax: number = 8 * 1024;

/** Where and when an exception happened. */
export interface Occasion {
  readonly source: "span" | "log";
  readonly timeNs: bigint;
  readonly traceId: string;
  readonly spanId: string;
  readonly handled: boolean;
  /** What is known of it besides the exception itself. */
  readonly attributes: Attributes;
}

const text = (value: AttributeValue | undefined): string =>
  value === undefined || value === null ? "" : textOf(value)[0];

/**
 * Puts an exception among the errors of the request. `attributes` are those of the event or log
 * record that reports it (semantic conventions: `exception.type`, `.message`, `.stacktrace`). Says
 * nothing when they name neither a type nor a message.
 */
export function putException(
  context: Context,
  { origin, service, release }: KnownOrigin,
  attributes: Attributes,
  { attributes: around, ...occasion }: Occasion,
): void {
  const type = text(attributes["exception.type"]).slice(0, 1_000);
  const message = text(attributes["exception.message"]).slice(0, messageMax);
  const stack = text(attributes["exception.stacktrace"]).slice(0, stackMax);
  if (type === "" && message === "") return;
  const rest = Object.entries({ ...around, ...attributes }).filter(
    ([key]) => !key.startsWith("exception."),
  );
  context.errors.push({
    ...occasion,
    origin,
    type,
    message,
    stack,
    fingerprint: context.fingerprint(type, message, stack, service),
    release,
    user: text(around["user.id"] ?? around["enduser.id"] ?? attributes["user.id"]),
    attributes: Object.fromEntries(rest),
    breadcrumbs: "",
  });
}

/**
 * Puts the exception that the log record between two places reports; its row is written already.
 */
export function logError(context: Context, origin: KnownOrigin, start: number, end: number): void {
  const { wire, values } = context;
  const attributes = values.attributes(start, end, 0x32, attributesMax);
  let timeAt = -1;
  let observedAt = -1;
  let traceId = "";
  let spanId = "";
  let fatal = false;
  wire.at = start;
  while (wire.at < end) {
    const tag = wire.tag(end);
    if (tag === 0x09) timeAt = wire.fixed64(end);
    else if (tag === 0x59) observedAt = wire.fixed64(end);
    else if (tag === 0x10) fatal = wire.int32(end) >= 21;
    else if (tag === 0x4a || tag === 0x52) {
      const stop = wire.length(end);
      const size = tag === 0x4a ? 16 : 8;
      const id = context.validId(wire.at, stop, size) ? wire.hex(wire.at, stop) : "";
      if (size === 16) traceId = id;
      else spanId = id;
      wire.at = stop;
    } else wire.step(tag & 7, end);
  }
  const at = context.zero64(timeAt) ? observedAt : timeAt;
  const timeNs = context.zero64(at) ? context.nowNs() : wire.uint64(at);
  // A process that logs a fatal error did not get over it.
  const occasion = { source: "log", timeNs, traceId, spanId, handled: !fatal } as const;
  putException(context, origin, attributes, { ...occasion, attributes });
}
