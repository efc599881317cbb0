import type {
  Attributes,
  AttributeValue,
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Origin,
  Signal,
  SpanEvent,
  SpanLink,
  SpanRecord,
} from "../../../signals/records.ts";
import { valueOf } from "../../../signals/rows.ts";
import type { FileFacts } from "../segment.ts";
import type { DuckRow } from "./duck-pool.ts";

/** A record of each signal that searches give. */
export interface RecordOf {
  readonly logs: LogRecord & { readonly pattern: string };
  readonly spans: SpanRecord;
  readonly errors: ErrorRecord;
}

/** What the files that rows came from say of them. */
export interface Decoding {
  /** The facts of a file by its path. */
  facts(path: string): FileFacts | undefined;
  origin(id: bigint): Origin;
}

interface Pair {
  readonly key: string;
  readonly value: string;
}

/** The value of a text; as it is where its type does not fit, as when it was cut. */
function valueFrom(text: string, type: string): AttributeValue {
  try {
    return valueOf(text, type);
  } catch {
    return text;
  }
}

function pairsOf(map: unknown, types: unknown): (readonly [string, AttributeValue])[] {
  const chars = String(types);
  return (map as readonly Pair[]).map(({ key, value }, at) => [
    key,
    valueFrom(value, chars[at] ?? "s"),
  ]);
}

/** Attributes of a row: its map and its columns. */
export function attributesOf(row: DuckRow, decoding: Decoding): Attributes {
  const pairs = pairsOf(row["attributes"], row["attribute_types"]);
  const shredded = row["shredded"] as readonly string[];
  if (shredded.length > 0) {
    const own = String(row["column_types"]);
    const facts = decoding.facts(String(row["file"]));
    for (const [at, pair] of shredded.entries()) {
      const cut = pair.indexOf("\u0001");
      const key = pair.slice(0, cut);
      const usual = own === "" ? facts?.types[facts.columns.indexOf(key)] : own[at];
      pairs.push([key, valueFrom(pair.slice(cut + 1), usual ?? "s")]);
    }
  }
  return Object.fromEntries(pairs);
}

const bigintAt = (row: DuckRow, name: string): bigint => BigInt(row[name] as bigint);
const textAt = (row: DuckRow, name: string): string => String(row[name]);
const numberAt = (row: DuckRow, name: string): number => Number(row[name]);

const noTrace = "0".repeat(32);
const noSpan = "0".repeat(16);

function idAt(row: DuckRow, name: string): string {
  const id = textAt(row, name);
  return id === noTrace || id === noSpan ? "" : id;
}

function listAt(row: DuckRow, name: string): readonly Readonly<Record<string, unknown>>[] {
  const text = textAt(row, name);
  if (text === "") return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? (list as Readonly<Record<string, unknown>>[]) : [];
  } catch {
    return [];
  }
}

const plainText = (value: unknown): string => (typeof value === "string" ? value : "");

const instant = (value: unknown): bigint => {
  const text = plainText(value);
  return /^-?\d+$/.test(text) ? BigInt(text) : 0n;
};

function eventsAt(row: DuckRow): SpanEvent[] {
  return listAt(row, "events").map((event) => ({
    timeNs: instant(event["timeNs"]),
    name: plainText(event["name"]),
    attributes: (event["attributes"] ?? {}) as Attributes,
  }));
}

function linksAt(row: DuckRow): SpanLink[] {
  return listAt(row, "links").map((link) => ({
    traceId: plainText(link["traceId"]),
    spanId: plainText(link["spanId"]),
    attributes: (link["attributes"] ?? {}) as Attributes,
  }));
}

/** The distribution of a point from its JSON text. */
export function distributionOf(text: string): MetricPoint["distribution"] {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as MetricPoint["distribution"];
  } catch {
    return undefined;
  }
}

type Decoder<S extends keyof RecordOf> = (row: DuckRow, decoding: Decoding) => RecordOf[S];

const decoders: { readonly [S in keyof RecordOf]: Decoder<S> } = {
  logs: (row, decoding) => ({
    origin: decoding.origin(bigintAt(row, "origin")),
    timeNs: bigintAt(row, "time_ns"),
    observedNs: bigintAt(row, "observed_ns"),
    severity: numberAt(row, "severity"),
    severityText: textAt(row, "severity_text"),
    body: textAt(row, "body"),
    eventName: textAt(row, "event"),
    traceId: idAt(row, "trace_id"),
    spanId: idAt(row, "span_id"),
    attributes: attributesOf(row, decoding),
    pattern: textAt(row, "pattern"),
  }),
  spans: (row, decoding) => ({
    origin: decoding.origin(bigintAt(row, "origin")),
    traceId: idAt(row, "trace_id"),
    spanId: idAt(row, "span_id"),
    parentSpanId: idAt(row, "parent_span_id"),
    traceState: textAt(row, "trace_state"),
    name: textAt(row, "name"),
    kind: numberAt(row, "kind"),
    startNs: bigintAt(row, "start_ns"),
    durationNs: bigintAt(row, "duration_ns"),
    status: numberAt(row, "status"),
    statusMessage: textAt(row, "status_message"),
    attributes: attributesOf(row, decoding),
    events: eventsAt(row),
    links: linksAt(row),
    weight: numberAt(row, "weight"),
  }),
  errors: (row, decoding) => ({
    origin: decoding.origin(bigintAt(row, "origin")),
    timeNs: bigintAt(row, "time_ns"),
    type: textAt(row, "type"),
    message: textAt(row, "message"),
    stack: textAt(row, "stack"),
    fingerprint: textAt(row, "fingerprint"),
    source: textAt(row, "source") as ErrorRecord["source"],
    handled: numberAt(row, "handled") !== 0,
    release: textAt(row, "release"),
    user: textAt(row, "user"),
    traceId: idAt(row, "trace_id"),
    spanId: idAt(row, "span_id"),
    attributes: attributesOf(row, decoding),
    breadcrumbs: textAt(row, "breadcrumbs"),
  }),
};

/** The record of a row that was read by `recordColumns`. */
export function decodeRecord<S extends keyof RecordOf & Signal>(
  signal: S,
  row: DuckRow,
  decoding: Decoding,
): RecordOf[S] {
  return decoders[signal](row, decoding);
}

/** An origin from its row of the table `origins`. */
export function decodeOrigin(row: DuckRow): Origin {
  return {
    resource: Object.fromEntries(pairsOf(row["resource"], row["resource_types"])),
    scopeName: textAt(row, "scope"),
    scopeVersion: textAt(row, "scope_version"),
    scopeAttributes: Object.fromEntries(
      pairsOf(row["scope_attributes"], row["scope_attribute_types"]),
    ),
  };
}
