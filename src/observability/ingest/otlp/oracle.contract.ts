import type { Attributes, AttributeValue } from "../../signals/records.ts";
import { decode, encode } from "./requests.contract.ts";

/** A message as protobufjs gives it back, 64-bit integers as strings. */
export type Given = Readonly<Record<string, unknown>>;

const list = (value: unknown): readonly Given[] => (value ?? []) as readonly Given[];

const keyOf = (pair: Given): string => (pair["key"] as string | undefined) ?? "";

/** An integer as the store gives it back. */
function integer(text: string): number | bigint {
  const near = Number(text);
  return Number.isSafeInteger(near) ? near : BigInt(text);
}

/** Within JSON text everything is what JSON has for it. */
function nested(value: Given | undefined): AttributeValue {
  if (value === undefined) return null;
  if ("double_value" in value) {
    const double = value["double_value"] as number;
    return Number.isFinite(double) ? Number(String(double)) : String(double);
  }
  if ("int_value" in value) return Number(value["int_value"]);
  if ("bytes_value" in value) {
    return Buffer.from(value["bytes_value"] as Uint8Array).toString("base64");
  }
  return attribute(value);
}

/** What the store gives back of an attribute's value. */
export function attribute(value: Given | undefined): AttributeValue {
  if (value === undefined) return null;
  if ("string_value" in value) return value["string_value"] as string;
  if ("bool_value" in value) return value["bool_value"] as boolean;
  if ("int_value" in value) return integer(value["int_value"] as string);
  if ("double_value" in value) return Number(String(value["double_value"]));
  if ("bytes_value" in value) return Buffer.from(value["bytes_value"] as Uint8Array);
  if ("array_value" in value) {
    return list((value["array_value"] as Given)["values"]).map((one) => nested(one));
  }
  if ("kvlist_value" in value) {
    const pairs = list((value["kvlist_value"] as Given)["values"]);
    return Object.fromEntries(pairs.map((pair) => [keyOf(pair), nested(pair["value"] as Given)]));
  }
  return null;
}

/** Attributes; of two with one key the first counts. */
export function attributes(pairs: unknown): Attributes {
  const found = new Map<string, AttributeValue>();
  for (const pair of list(pairs)) {
    const key = keyOf(pair);
    if (!found.has(key)) found.set(key, attribute(pair["value"] as Given));
  }
  return Object.fromEntries(found);
}

/** The text of a log's body. */
export function bodyText(value: Given | undefined): string {
  if (value === undefined || Object.keys(value).length === 0) return "";
  if ("int_value" in value) return String(value["int_value"]);
  if ("bytes_value" in value) return nested(value) as string;
  const read = attribute(value);
  return typeof read === "object" ? "JSON" : String(read);
}

/** An id as hex digits; empty where it has not `size` bytes or only zeros. */
export function id(value: unknown, size: number): string {
  const bytes = (value ?? new Uint8Array(0)) as Uint8Array;
  return bytes.length === size && bytes.some((byte) => byte !== 0)
    ? Buffer.from(bytes).toString("hex")
    : "";
}

/**
 * Encodes a message with its fields in the order that `order` gives, which protobuf leaves to the
 * sender. Each field is encoded by protobufjs on its own.
 */
export function shuffled(type: string, value: Given, order: readonly number[]): Uint8Array {
  const keys = Object.keys(value).map((key, index) => [order[index] ?? index, key] as const);
  keys.sort(([left], [right]) => left - right);
  return Buffer.concat(keys.map(([, key]) => encode(type, { [key]: value[key] })));
}

/** What protobufjs reads from a record's bytes. */
export const readBack = (type: string, bytes: Uint8Array): Given => decode(type, bytes);
