import { ingestErrors } from "../errors.ts";
import type { Wire } from "../otlp/reader.ts";
import { fitsNs } from "./json.ts";
import type { Loose } from "./json.ts";
import { eachField, wireOf } from "./proto.ts";

/** One line of a stream. */
export interface LokiEntry {
  readonly timeNs: bigint | undefined;
  readonly line: string;
  readonly metadata: Loose;
}

/** The lines of one set of labels. */
export interface LokiStream {
  readonly labels: Readonly<Record<string, string>>;
  readonly entries: readonly LokiEntry[];
  /** What could not be read of it. */
  readonly broken: readonly unknown[];
}

/** Labels of one stream. */
const labelsMax = 128;

const pair = /\s*([a-zA-Z_][\w.:/-]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/**
 * Reads `{app="a", level="info"}`.
 * @throws MOR_INGEST_MALFORMED
 */
export function readLabels(text: string): Readonly<Record<string, string>> {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  const labels: Record<string, string> = {};
  let at = 0;
  while (inner !== undefined && at < inner.trimEnd().length) {
    pair.lastIndex = at;
    const found = pair.exec(inner);
    if (found === null) break;
    const [whole, key = "", value = ""] = found;
    at += whole.length;
    if (Object.keys(labels).length < labelsMax) {
      labels[key] = value.replaceAll(/\\(.)/g, (_all, one: string) => escapes[one] ?? one);
    }
  }
  if (inner === undefined || at < inner.trimEnd().length) {
    throw ingestErrors.MOR_INGEST_MALFORMED(`the labels cannot be read: ${text.slice(0, 200)}`, {
      details: { reason: "labels", field: "streams.labels" },
    });
  }
  return labels;
}

function timestamp(wire: Wire, start: number, end: number): bigint | undefined {
  let seconds = 0n;
  let nanos = 0n;
  eachField(wire, start, end, ({ number, varint }) => {
    if (number === 1) seconds = varint;
    else if (number === 2) nanos = varint;
  });
  const ns = seconds * 1_000_000_000n + nanos;
  return fitsNs(ns) ? ns : undefined;
}

function metadata(wire: Wire, start: number, end: number, into: Record<string, string>): void {
  let name = "";
  let value = "";
  eachField(wire, start, end, (field) => {
    if (field.number === 1) name = wire.text(field.start, field.end);
    else if (field.number === 2) value = wire.text(field.start, field.end);
  });
  if (name !== "__proto__") into[name] = value;
}

function entry(wire: Wire, start: number, end: number): LokiEntry {
  let timeNs: bigint | undefined;
  let line = "";
  const pairs: Record<string, string> = {};
  eachField(wire, start, end, (field) => {
    if (field.number === 1) timeNs = timestamp(wire, field.start, field.end);
    else if (field.number === 2) line = wire.text(field.start, field.end);
    else if (field.number === 3) metadata(wire, field.start, field.end, pairs);
  });
  return { timeNs, line, metadata: pairs };
}

/** Reads a `logproto.PushRequest`. @throws MOR_INGEST_MALFORMED */
export function lokiStreams(bytes: Uint8Array): readonly LokiStream[] {
  const wire = wireOf(bytes);
  const streams: LokiStream[] = [];
  eachField(wire, 0, bytes.length, (stream) => {
    if (stream.number !== 1 || stream.type !== 2) return;
    let labels: Readonly<Record<string, string>> = {};
    const entries: LokiEntry[] = [];
    eachField(wire, stream.start, stream.end, (field) => {
      if (field.type !== 2) return;
      if (field.number === 1) labels = readLabels(wire.text(field.start, field.end));
      else if (field.number === 2) entries.push(entry(wire, field.start, field.end));
    });
    streams.push({ labels, entries, broken: [] });
  });
  return streams;
}
