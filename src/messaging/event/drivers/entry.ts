import { coreErrors, MorningError } from "../../../core/errors.ts";
import { isObject } from "../driver.ts";
import type { EventEntry, PublishResult } from "../driver.ts";

/** EventBridge's limits of names, characters. */
const typeLengthMax = 128;
const sourceLengthMax = 256;

/** Checks what every engine demands of an entry. @throws MOR_INVALID */
export function checkEntry({ type, source, resources = [], atMs }: EventEntry): void {
  const named =
    type.length > 0 &&
    type.length <= typeLengthMax &&
    source.length > 0 &&
    source.length <= sourceLengthMax;
  if (!named) {
    throw coreErrors.MOR_INVALID(
      `event ${type}: a type has 1 to ${typeLengthMax} characters, ` +
        `a source 1 to ${sourceLengthMax}`,
    );
  }
  if (!resources.every((resource) => typeof resource === "string")) {
    throw coreErrors.MOR_INVALID(`event ${type}: resources are texts`);
  }
  // 1 January 10000 has no ISO 8601 text of four digits.
  if (atMs !== undefined && !(Number.isFinite(atMs) && atMs >= 0 && atMs < 253_402_300_800_000)) {
    throw coreErrors.MOR_INVALID(`event ${type}: atMs is ${atMs}, not milliseconds since 1970`);
  }
}

/** The detail of an entry, parsed. @throws MOR_INVALID */
export function detailOf({ type, detail }: EventEntry): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(detail);
  } catch (cause) {
    throw coreErrors.MOR_INVALID(`event ${type}: the detail is not JSON`, { cause });
  }
  if (isObject(value)) return value;
  throw coreErrors.MOR_INVALID(`event ${type}: the detail is not an object`);
}

/** A refusal as the result of one entry. */
export function refused(error: unknown): PublishResult {
  if (!MorningError.is(error)) throw error;
  return { error: { code: error.code, message: error.message } };
}
