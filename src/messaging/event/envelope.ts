import { currentContext, extract, inject } from "../../core/context.ts";
import type { Carrier, Context } from "../../core/context.ts";
import { coreErrors } from "../../core/errors.ts";
import { eventErrors } from "./errors.ts";

/** EventBridge's envelope: what patterns see and subscriptions get, on every driver. */
export interface EventEnvelope {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 in UTC, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
  /** On a replayed event only. */
  readonly "replay-name"?: string;
}

/** The member of `detail` that is the platform's own. */
export const reservedMember = "_morning";

/** What the reserved member carries. */
export interface Reserved extends Carrier {
  /** Version of the schema, where it is not 1. */
  readonly version?: number;
  /** Attributes of the CloudEvent that the event came as. */
  readonly cloudevent?: Readonly<Record<string, unknown>>;
}

/** Largest envelope, bytes: a message of 1 MiB with room for the attribute that goes with it. */
export const eventBytesMax: number = 2 ** 20 - 1024;

/** Time as envelopes have it. */
export function envelopeTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * JSON text of `detail`: the data, and the reserved member in front of it.
 * @param subject for messages: `event order.placed`
 * @throws MOR_INVALID when the data is no object or uses the reserved member, MOR_EVENT_TOO_LARGE
 */
export function sealDetail(
  data: unknown,
  subject: string,
  more: Pick<Reserved, "version" | "cloudevent"> = {},
  context: Context | undefined = currentContext(),
): string {
  if (!isObject(data)) {
    throw coreErrors.MOR_INVALID(`${subject}: the data is not an object, as an event's must be`);
  }
  if (reservedMember in data) {
    throw coreErrors.MOR_INVALID(`${subject}: the member ${reservedMember} is the platform's own`);
  }
  const reserved: Reserved = { ...inject(context), ...more };
  const text = jsonOf(data, subject);
  const head = JSON.stringify(reserved);
  const sealed =
    head === "{}"
      ? text
      : `{"${reservedMember}":${head}${text === "{}" ? "" : ","}${text.slice(1)}`;
  const bytes = Buffer.byteLength(sealed);
  if (bytes > eventBytesMax) {
    throw eventErrors.MOR_EVENT_TOO_LARGE(`${subject}: ${bytes} bytes, at most ${eventBytesMax}`);
  }
  return sealed;
}

function jsonOf(data: object, subject: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (cause) {
    throw coreErrors.MOR_INVALID(`${subject}: the data has no JSON: ${String(cause)}`, { cause });
  }
  if (text?.startsWith("{")) return text;
  throw coreErrors.MOR_INVALID(`${subject}: the data is not an object, as an event's must be`);
}

/** The data of a `detail` and what the reserved member said. */
export function openDetail(detail: Readonly<Record<string, unknown>>): {
  readonly data: Readonly<Record<string, unknown>>;
  readonly reserved: Reserved;
} {
  const { [reservedMember]: own, ...data } = detail;
  return { data, reserved: isObject(own) ? (own as Reserved) : {} };
}

/** The context that the reserved member carries. */
export function contextOf(reserved: Reserved): Context | undefined {
  return typeof reserved.traceparent === "string" ? extract(reserved) : undefined;
}

/** An envelope without the reserved member: what leaves the platform. */
export function plainEnvelope(envelope: EventEnvelope): EventEnvelope {
  return { ...envelope, detail: openDetail(envelope.detail).data };
}

/**
 * A value without the reserved member at any depth: what a transformed event may have taken along.
 */
export function withoutReserved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReserved);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== reservedMember);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutReserved(member)]));
}
