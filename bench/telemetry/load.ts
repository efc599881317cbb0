/** The requests that every store is sent: made once, so that each gets the same bytes. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { seededRandom } from "../../src/core/ids.ts";
import type { LogRecord, SpanRecord } from "../../src/observability/signals/records.ts";
import { logsRequest, spansRequest } from "./otlp.ts";
import type { Sent } from "./peers/peer.ts";
import { logsJson, Shop, spansJson } from "./shop.ts";

/** Records of a request: the default of SDKs' batch processors. */
const size = 512;

/** A file of requests, each with its length before it. */
export interface Load {
  readonly file: string;
  readonly signal: Sent;
  readonly records: number;
  readonly requests: number;
  readonly bytes: number;
  /** Of the same records written as OTLP/JSON. */
  readonly jsonBytesPerRecord: number;
  readonly sha256: string;
}

type Batch = readonly (LogRecord | SpanRecord)[];

/** The batches of a shop, until there are `total` records. */
function* batches(signal: Sent, total: number, startNs: bigint): Generator<Batch> {
  const shop = new Shop(seededRandom(1), { startNs, stepNs: 60_000 });
  let waiting: (LogRecord | SpanRecord)[] = [];
  for (let records = 0; records < total;) {
    waiting.push(...shop.next()[signal]);
    if (waiting.length < size) continue;
    records += waiting.length;
    yield waiting;
    waiting = [];
  }
}

function bodyOf(signal: Sent, batch: Batch): Buffer {
  return signal === "logs"
    ? logsRequest(batch as readonly LogRecord[])
    : spansRequest(batch as readonly SpanRecord[]);
}

function jsonSize(signal: Sent, batch: Batch): number {
  const json =
    signal === "logs"
      ? logsJson(batch as readonly LogRecord[])
      : spansJson(batch as readonly SpanRecord[]);
  return Buffer.byteLength(json);
}

/**
 * Makes at least `total` records of a signal and writes them to `file` as requests: fewer of them
 * are the first of more, where `startNs` is the same.
 */
export function makeLoad(file: string, signal: Sent, total: number, startNs: bigint): Load {
  const output = openSync(file, "w");
  const hash = createHash("sha256");
  const head = Buffer.alloc(4);
  let [records, requests, bytes, jsonBytes, jsonRecords] = [0, 0, 0, 0, 0];
  for (const batch of batches(signal, total, startNs)) {
    const body = bodyOf(signal, batch);
    head.writeUInt32LE(body.length);
    writeSync(output, head);
    writeSync(output, body);
    hash.update(body);
    records += batch.length;
    bytes += body.length;
    // Every tenth request is enough to know how long JSON would be.
    if (requests++ % 10 !== 0) continue;
    jsonRecords += batch.length;
    jsonBytes += jsonSize(signal, batch);
  }
  closeSync(output);
  const jsonBytesPerRecord = jsonBytes / jsonRecords;
  return { file, signal, records, requests, bytes, jsonBytesPerRecord, sha256: hash.digest("hex") };
}

/** The requests of a file. */
export function readLoad(file: string): Buffer[] {
  const all = readFileSync(file);
  const bodies: Buffer[] = [];
  for (let at = 0; at < all.length;) {
    const end = at + 4 + all.readUInt32LE(at);
    bodies.push(all.subarray(at + 4, end));
    at = end;
  }
  return bodies;
}
