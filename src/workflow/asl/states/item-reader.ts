import { gunzipSync } from "node:zlib";
import type { Json } from "../../../core/json.ts";
import { fill } from "../dataflow.ts";
import { valueAtPointer } from "../language/pointer.ts";
import type { ObjectStore } from "../host.ts";
import type { Frame } from "../run.ts";
import { own, parseText, shownText } from "../values.ts";
import { csvItems, csvRows, innerNumber, jsonLines, readerFailed } from "./items.ts";

/** Bytes of one object that is read, and items of one Map: more does not fit in memory. */
const objectBytesMax = 64 * 1_048_576;
const itemsMax = 1_000_000;

/** What an ItemReader reads. */
interface Reading {
  readonly objects: ObjectStore;
  readonly config: Json | undefined;
  readonly bucket: string;
  /** A key, or for a list the prefix. */
  readonly key: string;
}

function unzipped(body: Uint8Array): Uint8Array {
  const isZipped = body[0] === 0x1f && body[1] === 0x8b;
  return isZipped ? gunzipSync(body, { maxOutputLength: objectBytesMax }) : body;
}

async function textAt({ objects }: Reading, bucket: string, key: string): Promise<string> {
  const body = await objects.get(bucket, key);
  if (body === undefined) {
    throw readerFailed(`Attempting to read object s3://${bucket}/${key}: it does not exist.`);
  }
  if (body.byteLength > objectBytesMax) {
    throw readerFailed(`The object s3://${bucket}/${key} has more than ${objectBytesMax} bytes.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(unzipped(body));
  } catch (error) {
    throw readerFailed(`s3://${bucket}/${key} cannot be read: ${(error as Error).message}`);
  }
}

function parsed(text: string): Json {
  try {
    return parseText(text);
  } catch (error) {
    throw readerFailed(`Attempting to parse the object failed: ${(error as Error).message}`);
  }
}

function jsonItems(text: string, config: Json | undefined): Json[] {
  const pointer = own(config, "ItemsPointer");
  const document = parsed(text);
  const items = typeof pointer === "string" ? valueAtPointer(document, pointer) : document;
  if (Array.isArray(items)) return items as Json[];
  throw readerFailed("Attempting to map over non-iterable node.");
}

/** An S3 inventory: `files` of rows that `fileSchema` names. */
async function inventoryItems(reading: Reading, manifest: Json): Promise<Json[]> {
  const schema = own(manifest, "fileSchema");
  const files = own(manifest, "files");
  if (typeof schema !== "string" || !Array.isArray(files)) {
    throw readerFailed("The manifest has no fileSchema and files.");
  }
  const head = schema.split(",").map((name) => name.trim());
  const items: Json[] = [];
  for (const file of files as readonly Json[]) {
    const key = own(file, "key");
    const text = await textAt(reading, reading.bucket, typeof key === "string" ? key : "");
    for (const row of csvRows(text, ",")) {
      items.push(Object.fromEntries(head.map((name, index) => [name, row[index] ?? ""])));
    }
    if (items.length > itemsMax) throw readerFailed(`A Map has at most ${itemsMax} items.`);
  }
  return items;
}

/** A manifest of Athena: one `s3://bucket/key` of a data file a line. */
async function listedItems(reading: Reading, text: string): Promise<Json[]> {
  const items: Json[] = [];
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const found = /^"?s3:\/\/([^/]+)\/(.+?)"?\s*$/.exec(line);
    if (found === null) throw readerFailed(`The manifest names no object: ${line}`);
    const part = await textAt(reading, found[1] ?? "", found[2] ?? "");
    const isCsv = own(reading.config, "InputType") === "CSV";
    items.push(...(isCsv ? csvItems(part, reading.config) : jsonLines(part)));
  }
  return items;
}

async function manifestItems(reading: Reading, text: string): Promise<Json[]> {
  const kind = own(reading.config, "ManifestType") ?? "S3_INVENTORY";
  return kind === "ATHENA_DATA"
    ? listedItems(reading, text)
    : inventoryItems(reading, parsed(text));
}

async function listed({ objects, bucket, key }: Reading): Promise<Json[]> {
  const found = await objects.list(bucket, key);
  return found.map((one) => ({
    Etag: one.etag,
    Key: one.key,
    LastModified: Math.floor(one.modifiedMs / 1000),
    Size: one.size,
    StorageClass: "STANDARD",
  }));
}

async function itemsFrom(reading: Reading, action: string): Promise<Json[]> {
  if (action.endsWith(":listObjectsV2")) return listed(reading);
  const { bucket, key, config } = reading;
  const text = await textAt(reading, bucket, key);
  const type = own(config, "InputType");
  if (type === "MANIFEST" || own(config, "ManifestType") !== undefined) {
    return manifestItems(reading, text);
  }
  if (type === "CSV") return csvItems(text, config);
  if (type === "JSON") return jsonItems(text, config);
  if (type === "JSONL") return jsonLines(text);
  throw readerFailed(
    `The InputType ${shownText(type)} cannot be read: JSON, JSONL, CSV or MANIFEST.`,
  );
}

/** The items that a Map's ItemReader reads from the host's objects. @throws StateFailure */
export async function readItems(frame: Frame, effective: Json): Promise<readonly Json[]> {
  const reader = own(frame.state.fields, "ItemReader");
  const { objects } = frame.run.host;
  if (objects === undefined) throw readerFailed("There is no object store to read items from.");
  const isExpression = frame.language === "JSONata";
  const field = isExpression ? "Arguments" : "Parameters";
  const template = own(reader, field) ?? {};
  const where = await fill(frame, template, `ItemReader/${field}`, { input: effective });
  const config = own(reader, "ReaderConfig");
  const [bucket, key, prefix] = ["Bucket", "Key", "Prefix"].map((name) => own(where, name));
  const items = await itemsFrom(
    { objects, config, bucket: shownText(bucket), key: shownText(key ?? prefix) },
    shownText(own(reader, "Resource")),
  );
  const most = await innerNumber(frame, config, "MaxItems", effective);
  const kept = most === undefined || most === 0 ? items : items.slice(0, most);
  if (kept.length > itemsMax) throw readerFailed(`A Map has at most ${itemsMax} items.`);
  return kept;
}
