import { currentContext, extract, inject } from "../../core/context.ts";
import type { Carrier, Context } from "../../core/context.ts";
import { coreErrors } from "../../core/errors.ts";
import type { ReceivedMessage, SendEntry } from "./driver.ts";
import { queueErrors } from "./errors.ts";
import { queueLimits } from "./limits.ts";
import type { SendOptions } from "./queue.ts";

/** The one attribute that is ours: context, and what the queue itself must know on receive. */
export const reservedAttribute = "morning";

/** What the reserved attribute carries as JSON. */
export interface Envelope extends Carrier {
  /** The singleton slot that the message holds until it is done. */
  readonly singleton?: { readonly key: string; readonly token: string };
}

const noncharacters = /[\ufffe\uffff]/g;

/**
 * The carrier of the work under way, with what else the envelope must say; undefined when it is
 * empty.
 */
export function envelopeText(
  more?: Pick<Envelope, "singleton">,
  context: Context | undefined = currentContext(),
): string | undefined {
  const carrier = inject(context);
  if (more?.singleton === undefined) {
    return carrier.traceparent === undefined ? undefined : JSON.stringify(carrier);
  }
  return JSON.stringify({ ...carrier, ...more });
}

/** Reads the reserved attribute; what is not ours is no envelope. */
export function envelopeOf(message: Pick<ReceivedMessage, "attributes">): Envelope | undefined {
  const text = message.attributes[reservedAttribute];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Envelope) : undefined;
  } catch {
    // Somebody else's attribute of that name: the message is handled without a context.
    return undefined;
  }
}

/** The context that a message brought. */
export function contextOf(envelope: Envelope | undefined): Context | undefined {
  return typeof envelope?.traceparent === "string" ? extract(envelope) : undefined;
}

/** Attributes without the reserved one. */
export function userAttributes(
  attributes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (attributes[reservedAttribute] === undefined) return attributes;
  const { [reservedAttribute]: _, ...rest } = attributes;
  return rest;
}

/**
 * JSON text of a message. U+FFFE and U+FFFF, which SQS refuses, become JSON escapes.
 * @throws MOR_INVALID when the value has no JSON
 */
export function jsonBody(queue: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw coreErrors.MOR_INVALID(`queue ${queue}: the message is not JSON: ${String(cause)}`, {
      cause,
    });
  }
  if (text === undefined) throw coreErrors.MOR_INVALID(`queue ${queue}: the message has no JSON`);
  return portableText(text);
}

/** JSON text within SQS's range of characters. */
export function portableText(json: string): string {
  return json.replace(noncharacters, (one) => (one === "\ufffe" ? "\\ufffe" : "\\uffff"));
}

/** How a message is sent, as its entry says it; defaults are left out. */
export type EntryOptions = Pick<
  SendOptions,
  "group" | "deduplicationId" | "delayMs" | "priority" | "attributes"
>;

/**
 * One message as the driver takes it; the driver checks it against the queue and SQS's limits.
 * @throws MOR_QUEUE_ATTRIBUTE when there is no room left for the reserved attribute, or it is used
 */
export function sendEntry(
  queue: string,
  body: string,
  options: EntryOptions | undefined,
  envelope: string | undefined,
): SendEntry {
  if (options === undefined) {
    return envelope === undefined
      ? { body }
      : { body, attributes: { [reservedAttribute]: envelope } };
  }
  const { attributes: own, group, deduplicationId, delayMs, priority } = options;
  if (own !== undefined) checkOwn(queue, own);
  const attributes = envelope === undefined ? own : { ...own, [reservedAttribute]: envelope };
  return {
    body,
    ...(attributes === undefined ? {} : { attributes }),
    ...(group === undefined ? {} : { group }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function checkOwn(queue: string, attributes: Readonly<Record<string, string>>): void {
  const count = Object.keys(attributes).length;
  if (count >= queueLimits.attributesMax) {
    throw queueErrors.MOR_QUEUE_ATTRIBUTE(
      `queue ${queue}: ${count} attributes; ${queueLimits.attributesMax - 1} at most`,
    );
  }
  if (attributes[reservedAttribute] === undefined) return;
  throw queueErrors.MOR_QUEUE_ATTRIBUTE(
    `queue ${queue}: the attribute ${reservedAttribute} is the platform's own`,
  );
}
