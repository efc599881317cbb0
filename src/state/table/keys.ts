import { tableErrors } from "./errors.ts";
import type { AnyTable } from "./table.ts";

/** Longest key as one text, bytes of UTF-8. */
export const keyBytesMax = 512;

/** Between the parts of a key: below every character that a part may hold. */
const separator = "\u0001";

/** Width of 2 ** 54 in decimal digits: every safe integer, moved above zero. */
const digits = 17;

/** A part of a key as text whose order is the value's. */
function encodedPart(table: AnyTable, field: string, value: unknown): string {
  if (typeof value === "number" && Number.isSafeInteger(value)) {
    return String(BigInt(value) + 2n ** 53n).padStart(digits, "0");
  }
  if (typeof value === "string" && value !== "" && !/[\u0000\u0001]/.test(value)) return value;
  throw tableErrors.MOR_TABLE_KEY(
    `table ${table.name}: the key field ${field} must be a text without control characters ` +
      `or a safe integer, and not empty`,
  );
}

/**
 * The leading parts of a key as one text, each ended by the separator unless it is the last field.
 */
export function encodedParts(table: AnyTable, values: readonly unknown[]): string {
  const parts = values.map((value, at) => encodedPart(table, table.keyFields[at] ?? "", value));
  const whole = parts.length === table.keyFields.length;
  const text = parts.join(separator) + (whole || parts.length === 0 ? "" : separator);
  const bytes = Buffer.byteLength(text);
  if (bytes > keyBytesMax) {
    const message = `table ${table.name}: a key of ${bytes} bytes, at most ${keyBytesMax}`;
    throw tableErrors.MOR_TABLE_KEY(message);
  }
  return text;
}

/** The key that names a row, as it is stored. @throws MOR_TABLE_KEY */
export function encodedKey(table: AnyTable, key: unknown): string {
  if (table.singleKey) return encodedParts(table, [key]);
  const fields = (key ?? {}) as Readonly<Record<string, unknown>>;
  return encodedParts(
    table,
    table.keyFields.map((field) => fields[field]),
  );
}

/** The key of a row, as it is stored. */
export function keyOfRow(table: AnyTable, row: Readonly<Record<string, unknown>>): string {
  return encodedParts(
    table,
    table.keyFields.map((field) => row[field]),
  );
}

/** A key in words, for messages. */
export function keyText(key: string): string {
  return JSON.stringify(key.replaceAll(separator, "/"));
}
