import { createHash } from "node:crypto";
import { makeOpenSearch } from "../../../engines/opensearch/client.ts";
import type { BulkAction, BulkItem } from "../../../engines/opensearch/bulk.ts";
import { bulkRetryable } from "../../../engines/opensearch/bulk.ts";
import { MorningError } from "../../../core/errors.ts";
import type { Json } from "../../../core/json.ts";
import { serviceOf, spanKinds, statusCodes } from "../../signals/records.ts";
import type { LogRecord, Origin, SpanRecord } from "../../signals/records.ts";
import type { Encoded, Outcome, Protocol, ProtocolContext } from "../protocol.ts";
import { isoNs, jsonValues, utf8 } from "../values.ts";
import { levelOf } from "./loki.ts";

function originFields(origin: Origin): object {
  return {
    serviceName: serviceOf(origin),
    resource: { attributes: jsonValues(origin.resource) },
    instrumentationScope: {
      name: origin.scopeName,
      version: origin.scopeVersion,
      attributes: jsonValues(origin.scopeAttributes),
    },
  };
}

/** A span as a document: names of OpenSearch's simple schema for observability (traces). */
export function spanDocument(span: SpanRecord): object {
  const endNs = span.startNs + span.durationNs;
  return {
    "@timestamp": isoNs(span.startNs),
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    traceState: span.traceState,
    name: span.name,
    kind: spanKinds[span.kind] ?? "unspecified",
    startTime: isoNs(span.startNs),
    endTime: isoNs(endNs),
    durationInNanos: Number(span.durationNs),
    status: { code: statusCodes[span.status] ?? "unset", message: span.statusMessage },
    attributes: jsonValues(span.attributes),
    events: span.events.map(({ timeNs, name, attributes }) => ({
      "@timestamp": isoNs(timeNs),
      name,
      attributes: jsonValues(attributes),
    })),
    links: span.links.map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: jsonValues(attributes),
    })),
    weight: span.weight,
    ...originFields(span.origin),
  };
}

/** A log record as a document: names of the simple schema (logs). */
export function logDocument(log: LogRecord): object {
  return {
    "@timestamp": isoNs(log.timeNs === 0n ? log.observedNs : log.timeNs),
    observedTimestamp: isoNs(log.observedNs),
    body: log.body,
    severity: { number: log.severity, text: log.severityText || levelOf(log.severity) },
    eventName: log.eventName,
    traceId: log.traceId,
    spanId: log.spanId,
    attributes: jsonValues(log.attributes),
    ...originFields(log.origin),
  };
}

/** The same for the same record, so that a repeated request makes no second document. */
function idOf(record: SpanRecord | LogRecord, document: string, order: number): string {
  if ("durationNs" in record) return `${record.traceId}-${record.spanId}`;
  // Two equal lines of one instant are two: what tells them apart is their order in the request.
  return createHash("sha256").update(`${document}\u0000${order}`).digest("base64url").slice(0, 32);
}

const keyword = { type: "keyword", ignore_above: 1024 } as const;
/** Any keys, without a field in the mapping for each: two of one name and two types would clash. */
const open = { properties: { attributes: { type: "flat_object" } } } as const;
const named = { properties: { name: keyword, version: keyword, ...open.properties } } as const;

const common = {
  "@timestamp": { type: "date_nanos" },
  traceId: keyword,
  spanId: keyword,
  serviceName: keyword,
  attributes: { type: "flat_object" },
  resource: open,
  instrumentationScope: named,
} as const;

const template = (index: string, properties: Json): Json => ({
  index_patterns: [`${index}-*`],
  priority: 200,
  template: { mappings: { dynamic: false, properties } },
});

const spanProperties: Json = {
  ...common,
  parentSpanId: keyword,
  name: keyword,
  kind: keyword,
  startTime: { type: "date_nanos" },
  endTime: { type: "date_nanos" },
  durationInNanos: { type: "long" },
  status: { properties: { code: keyword, message: { type: "text" } } },
  events: {
    properties: { "@timestamp": { type: "date_nanos" }, name: keyword, ...open.properties },
  },
  links: { properties: { traceId: keyword, spanId: keyword, ...open.properties } },
  weight: { type: "double" },
};

const logProperties: Json = {
  ...common,
  observedTimestamp: { type: "date_nanos" },
  body: { type: "text" },
  severity: { properties: { number: { type: "integer" }, text: keyword } },
  eventName: keyword,
};

/** An index a day, so that retention is the deletion of an index. */
function encodeDocuments(prefix: string, records: readonly (SpanRecord | LogRecord)[]): Encoded {
  const seen = new Map<string, number>();
  const lines = records.map((record) => {
    const isSpan = "durationNs" in record;
    const document = isSpan ? spanDocument(record) : logDocument(record);
    const text = JSON.stringify(document);
    const order = seen.get(text) ?? 0;
    seen.set(text, order + 1);
    const day = String((document as Record<string, unknown>)["@timestamp"]).slice(0, 10);
    const index = `${prefix}-${isSpan ? "spans" : "logs"}-${day}`;
    return JSON.stringify({ index, id: idOf(record, text, order), document });
  });
  return { body: utf8(lines.join("\n")), count: records.length, unsupported: 0 };
}

function actionsOf(body: Uint8Array): BulkAction[] {
  const lines = Buffer.from(body).toString("utf8").split("\n");
  return lines.map((line) => {
    const parsed = JSON.parse(line) as { index: string; id: string; document: Json };
    return { op: "create", ...parsed };
  });
}

/** 409 is a document that is there already: what a lost answer leaves behind. */
const isTaken = ({ status }: BulkItem): boolean => status < 300 || status === 409;

/** The outcome of a bulk by its items. */
export function outcomeOfBulk(items: readonly BulkItem[]): Outcome {
  const again = items.flatMap(({ status }, index) => (bulkRetryable.has(status) ? [index] : []));
  const failed = items.filter((item) => !isTaken(item));
  const rejected = failed.length - again.length;
  const reason = failed.find(({ status }) => !bulkRetryable.has(status))?.reason ?? "";
  if (again.length === 0) return { type: "delivered", rejected, message: reason };
  const first = items[again[0] ?? 0];
  return { type: "retry", reason: first?.reason ?? "", only: again, rejected };
}

/** The outcome of a bulk that failed whole. */
function outcomeOfError(error: unknown): Outcome {
  if (!MorningError.is(error)) return { type: "retry", reason: String(error) };
  const { code, message, details } = error;
  const status = Number(details["status"] ?? 0);
  if (status === 413) return { type: "too-large" };
  if (code === "MOR_OVERLOADED") {
    const wait = details["retryAfterMs"];
    const afterMs = typeof wait === "number" ? { afterMs: wait } : {};
    return { type: "retry", reason: message, ...afterMs };
  }
  const isPassing = ["MOR_ENGINE_UNAVAILABLE", "MOR_TIMEOUT", "MOR_CANCELLED"].includes(code);
  return isPassing
    ? { type: "retry", reason: message }
    : { type: "refused", reason: message, status };
}

/** OpenSearch: documents of the simple schema for observability, an index a signal and day. */
export function opensearch({ destination, clock }: ProtocolContext): Protocol {
  const { url, headers, timeoutMs, compression, index } = destination;
  const client = makeOpenSearch({
    url,
    headers,
    timeoutMs,
    clock,
    compress: compression !== "none",
  });
  const templates = { [`${index}-spans`]: spanProperties, [`${index}-logs`]: logProperties };
  let prepared = false;
  const prepare = async (): Promise<void> => {
    for (const [name, properties] of Object.entries(templates)) {
      try {
        await client.putTemplate(name, template(name, properties));
      } catch (error) {
        // A user that may only write relies on templates that an administrator made.
        if (!MorningError.is(error, "MOR_OPENSEARCH_DENIED")) throw error;
      }
    }
    prepared = true;
  };
  return {
    encode: (_signal, records) =>
      encodeDocuments(index, records as readonly (SpanRecord | LogRecord)[]),
    async send(_signal, { body }, stop) {
      try {
        if (!prepared) await prepare();
        return outcomeOfBulk(await client.bulk(actionsOf(body), stop));
      } catch (error) {
        return outcomeOfError(error);
      }
    },
    close: () => Promise.resolve(),
  };
}
