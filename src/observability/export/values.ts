import type { Attributes, AttributeValue } from "../signals/records.ts";
import { textOf } from "../signals/rows.ts";

/** An attribute's value as JSON has it: 64-bit integers that a number cannot hold as text. */
export function jsonValue(value: AttributeValue): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map((one: AttributeValue) => jsonValue(one));
  if (value !== null && typeof value === "object") return jsonValues(value as Attributes);
  return value;
}

/** Attributes as a JSON object. */
export function jsonValues(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, jsonValue(value)]),
  );
}

/** Attributes as texts. */
export function textValues(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, textOf(value)[0]]),
  );
}

/** Text as a request body. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

/** Nanoseconds since 1970 as ISO 8601 with nine digits. */
export function isoNs(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${(ns % 1_000_000_000n).toString().padStart(9, "0")}Z`;
}
