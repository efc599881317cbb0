import type { FieldType } from "./json-fields.ts";
import type { WireWriter } from "./writer.ts";

/** Why a value does not fit: what is expected instead, in words. */
export const refused = {
  text: "a string",
  boolean: "true or false",
  hex: "an even number of hex digits",
  base64: "base64",
  integer: "an integer as a number or a string",
  range: "an integer in range",
  enumeration: "an integer",
  double: "a number",
  /** The number was parsed to the nearest double: it has to be read from its digits. */
  inexact: "an exact integer",
} as const;

/** One of them. */
export type Refused = (typeof refused)[keyof typeof refused];

const wholeNumber = /^-?\d{1,20}$/;
const hexDigits = /^(?:[\dA-Fa-f]{2})*$/;
const base64Text = /^[\w+/-]*={0,2}$/;
const decimal = /^-?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?$/;

/** Smallest and largest of each integer type. */
const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  fixed64: [0n, 2n ** 64n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
};

/** An integer as it was written; a safe one stays a number. */
function integerOf(value: unknown, exact: boolean): number | bigint | Refused {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") {
    if (!Number.isInteger(value)) return refused.integer;
    if (!exact && !Number.isSafeInteger(value)) return refused.inexact;
    return Number.isSafeInteger(value) ? value : BigInt(value);
  }
  if (typeof value !== "string" || !wholeNumber.test(value)) return refused.integer;
  return value.length < 16 ? Number(value) : BigInt(value);
}

function doubleOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  return typeof value === "string" && decimal.test(value) ? Number(value) : undefined;
}

function putText(
  writer: WireWriter,
  field: number,
  type: "string" | "hex" | "bytes",
  value: unknown,
): Refused | undefined {
  if (typeof value !== "string") return refused.text;
  if (type === "string") writer.text(field, value);
  else if (type === "hex") {
    if (!hexDigits.test(value)) return refused.hex;
    writer.data(field, Buffer.from(value, "hex"));
  } else {
    if (!base64Text.test(value)) return refused.base64;
    // Node reads both alphabets.
    writer.data(field, Buffer.from(value, "base64"));
  }
  return undefined;
}

function putInteger(
  writer: WireWriter,
  field: number,
  type: FieldType,
  value: unknown,
  exact: boolean,
): Refused | undefined {
  const integer = integerOf(value, exact);
  if (typeof integer === "string") return integer;
  const [least, most] = ranges[type] ?? [0n, 0n];
  if (integer < least || integer > most) return refused.range;
  if (type === "fixed64" || type === "sfixed64") writer.fixed64(field, integer);
  else if (type === "fixed32") writer.fixed32(field, Number(integer));
  else if (type === "sint32") writer.sint32(field, Number(integer));
  else writer.varint(field, integer);
  return undefined;
}

/**
 * Writes one value of a field.
 * @param exact whether integers past 2 ** 53 were parsed as bigints
 * @returns what is expected where the value does not fit
 */
export function putScalar(
  writer: WireWriter,
  field: number,
  type: FieldType,
  value: unknown,
  exact: boolean,
): Refused | undefined {
  switch (type) {
    case "string":
    case "hex":
    case "bytes":
      return putText(writer, field, type, value);
    case "bool":
      if (typeof value !== "boolean") return refused.boolean;
      writer.varint(field, value ? 1 : 0);
      return undefined;
    case "double": {
      const double = doubleOf(value);
      if (double === undefined) return refused.double;
      writer.double(field, double);
      return undefined;
    }
    case "enum":
      // Names of enums are not allowed, other than in protobuf's own JSON.
      if (typeof value !== "number" || !Number.isInteger(value)) return refused.enumeration;
      if (Math.abs(value) >= 2 ** 31) return refused.range;
      writer.varint(field, value);
      return undefined;
    default:
      return putInteger(writer, field, type, value, exact);
  }
}
