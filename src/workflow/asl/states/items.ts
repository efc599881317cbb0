import type { Json } from "../../../core/json.ts";
import { fill, pathField } from "../dataflow.ts";
import { StateFailure } from "../failure.ts";
import { isExpression } from "../language/jsonata.ts";
import type { Frame } from "../run.ts";
import { own, parseText, textOf, bytesOf } from "../values.ts";
import type { JsonObject } from "../values.ts";

/** Bytes of one batch of items: AWS's limit of a payload. */
const batchBytesMax = 262_144;

/** The number of a field within ItemReader or ItemBatcher, or of its twin that is a path. */
export async function innerNumber(
  frame: Frame,
  holder: Json | undefined,
  name: string,
  effective: Json,
): Promise<number | undefined> {
  const value = own(holder, name);
  if (typeof value === "number") return value;
  if (typeof value === "string" && frame.language === "JSONata" && isExpression(value)) {
    return Number(await fill(frame, value, name));
  }
  const path = own(holder, `${name}Path`);
  return typeof path === "string"
    ? Number(pathField(frame, path, `${name}Path`, effective))
    : undefined;
}

/** Reads one item a line of JSON. @throws StateFailure */
export function jsonLines(text: string): Json[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => {
      try {
        return parseText(line);
      } catch (error) {
        throw readerFailed(`Line ${index + 1} is not JSON: ${(error as Error).message}`);
      }
    });
}

/** `States.ItemReaderFailed`. */
export function readerFailed(cause: string): StateFailure {
  return new StateFailure({ error: "States.ItemReaderFailed", cause });
}

const delimiters: Readonly<Record<string, string>> = {
  COMMA: ",",
  PIPE: "|",
  SEMICOLON: ";",
  SPACE: " ",
  TAB: "\t",
};

/** The rows of a CSV text (RFC 4180). */
export function csvRows(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let isQuoted = false;
  const endRow = (): void => {
    if (row.length > 0 || field !== "") rows.push([...row, field]);
    row = [];
    field = "";
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (isQuoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text[at++];
      else isQuoted = false;
    } else if (char === '"' && field === "") isQuoted = true;
    else if (char === delimiter) {
      row.push(field);
      field = "";
    } else if (char === "\n") endRow();
    else if (char !== "\r") field += char;
  }
  endRow();
  return rows;
}

/** The items of a CSV text: objects by the names in its head. */
export function csvItems(text: string, config: Json | undefined): Json[] {
  const named = own(config, "CSVDelimiter");
  const delimiter = (typeof named === "string" ? delimiters[named] : undefined) ?? ",";
  const rows = csvRows(text.replace(/^\uFEFF/, ""), delimiter);
  const given = own(config, "CSVHeaders");
  const isGiven = own(config, "CSVHeaderLocation") === "GIVEN" && Array.isArray(given);
  const head = isGiven ? (given as readonly Json[]).map(String) : (rows.shift() ?? []);
  return rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? ""])));
}

interface Batch {
  readonly items: Json[];
  bytes: number;
}

/** Items in batches, with what all of them get. */
export async function batched(
  frame: Frame,
  items: readonly Json[],
  effective: Json,
): Promise<readonly Json[]> {
  const batcher = own(frame.state.fields, "ItemBatcher");
  if (batcher === undefined) return items;
  const countMax = await innerNumber(frame, batcher, "MaxItemsPerBatch", effective);
  const bytesMax = await innerNumber(frame, batcher, "MaxInputBytesPerBatch", effective);
  const given = own(batcher, "BatchInput");
  const common: JsonObject =
    given === undefined
      ? {}
      : { BatchInput: await fill(frame, given, "ItemBatcher/BatchInput", { input: effective }) };
  const overhead = bytesOf(textOf({ ...common, Items: [] }));
  const limit = Math.min(bytesMax ?? batchBytesMax, batchBytesMax);
  const batches: Batch[] = [];
  for (const item of items) {
    const bytes = bytesOf(textOf(item)) + 1;
    const last = batches.at(-1);
    const isFull =
      last === undefined ||
      last.items.length >= (countMax ?? Infinity) ||
      last.bytes + bytes > limit;
    if (isFull) batches.push({ items: [item], bytes: overhead + bytes });
    else {
      last.items.push(item);
      last.bytes += bytes;
    }
  }
  return batches.map((batch) => ({ ...common, Items: batch.items }));
}
