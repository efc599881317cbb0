import { ingestErrors } from "../../errors.ts";
import { objectOf, parseJson, textOf, utf8Text } from "../json.ts";
import type { Loose } from "../json.ts";

/** One item of an envelope. */
export interface EnvelopeItem {
  readonly type: string;
  readonly header: Loose;
  readonly payload: Uint8Array;
}

/** An envelope: what it says of itself, and its items. */
export interface Envelope {
  readonly header: Loose;
  readonly items: readonly EnvelopeItem[];
}

/** Items of one envelope. */
const itemsMax = 1_000;
/** Bytes of the JSON that says what follows. */
const headerBytesMax = 64 * 1024;

const newline = 10;

function malformed(message: string): Error {
  return ingestErrors.MOR_INGEST_MALFORMED(message, {
    details: { reason: "envelope", field: "" },
  });
}

/** The JSON object on the line that begins at `start`. */
function lineAt(bytes: Uint8Array, start: number, what: string): readonly [Loose, next: number] {
  const found = bytes.indexOf(newline, start);
  const end = found < 0 ? bytes.length : found;
  if (end - start > headerBytesMax) throw malformed(`${what} is longer than ${headerBytesMax}`);
  const header = objectOf(parseJson(utf8Text(bytes.subarray(start, end)), what));
  if (header === undefined) throw malformed(`${what} is no object`);
  return [header, end + 1];
}

/**
 * Reads an envelope (https://develop.sentry.dev/sdk/data-model/envelopes): a line of JSON for all,
 * then for each item a line of JSON and its payload, as long as `length` says or to the line's end.
 * @throws MOR_INGEST_MALFORMED
 */
export function readEnvelope(bytes: Uint8Array): Envelope {
  const [header, first] = lineAt(bytes, 0, "the envelope's header");
  const items: EnvelopeItem[] = [];
  let at = first;
  while (at < bytes.length) {
    if (bytes[at] === newline) {
      at++;
      continue;
    }
    if (items.length === itemsMax) throw malformed(`more than ${itemsMax} items`);
    const name = `the header of item ${items.length + 1}`;
    const [itemHeader, start] = lineAt(bytes, at, name);
    const { length } = itemHeader;
    let end: number;
    if (length === undefined || length === null) {
      const found = bytes.indexOf(newline, start);
      end = found < 0 ? bytes.length : found;
    } else {
      if (typeof length !== "number" || !Number.isInteger(length) || length < 0) {
        throw malformed(`${name} has no valid length`);
      }
      end = start + length;
      if (end > bytes.length) throw malformed(`${name} says ${length} bytes, there are fewer`);
      if (end < bytes.length && bytes[end] !== newline) {
        throw malformed(`what ${name} names does not end with its line`);
      }
    }
    const payload = bytes.subarray(Math.min(start, bytes.length), end);
    items.push({ type: textOf(itemHeader["type"], 100), header: itemHeader, payload });
    at = end + 1;
  }
  return { header, items };
}
