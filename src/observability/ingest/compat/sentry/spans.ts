import type { Attributes, Origin, SpanLink, SpanRecord } from "../../../signals/records.ts";
import { AttributeList, idOf, listOf, numberOf, objectOf, textOf, valueOf } from "../json.ts";
import type { Loose } from "../json.ts";
import type { Tally } from "../tally.ts";
import { instantNs } from "./event.ts";
import { originOf, tagsOf } from "./scope.ts";
import type { Sender } from "./scope.ts";

/** Kinds by the beginning of Sentry's operations; indexes of `spanKinds`. */
const kinds: readonly (readonly [RegExp, number])[] = [
  [/^(?:http\.server|websocket\.server|rpc\.server|grpc\.server)/, 2],
  [/^(?:http\.client|http$|db|cache|rpc|grpc|graphql\.client|gen_ai)/, 3],
  [/^(?:queue\.(?:publish|submit|create|send)|messag\w*\.(?:publish|send))/, 4],
  [/^(?:queue\.(?:process|receive|task)|messag\w*\.(?:process|receive))/, 5],
];

/** The weight of a share that was sampled: a thousandth at least, against mistakes. */
function weightOf(header: Loose): number {
  const rate = numberOf(objectOf(header["trace"])?.["sample_rate"]);
  return rate === undefined || rate <= 0 || rate > 1 ? 1 : Math.min(1_000, 1 / rate);
}

/** The kind that a span of OpenTelemetry has said, or that the operation means. */
function kindOf(said: unknown, op: string): number {
  const named = ["internal", "server", "client", "producer", "consumer"];
  const index = named.indexOf(textOf(said, 50).toLowerCase());
  if (index >= 0) return index + 1;
  return kinds.find(([pattern]) => pattern.test(op))?.[1] ?? 1;
}

/** Index of `statusCodes`: Sentry has a word for every status of gRPC. */
function statusOf(value: unknown): readonly [status: number, message: string] {
  const status = textOf(value, 200);
  if (status === "ok") return [1, ""];
  return status === "" || status === "unset" ? [0, ""] : [2, status === "error" ? "" : status];
}

/** What every span has, whichever form it came in. */
interface Told {
  readonly span: Loose;
  readonly endKey: "timestamp" | "end_timestamp";
  readonly name: string;
  readonly op: string;
  readonly kind: unknown;
  readonly traceId: string;
  readonly attributes: AttributeList;
  readonly links: readonly SpanLink[];
}

function takeSpan(told: Told, origin: Origin, weight: number, tally: Tally): void {
  const { span, traceId, attributes } = told;
  const spanId = idOf(span["span_id"], 8);
  if (traceId === "" || spanId === "") {
    tally.reject("spans", "invalid-id", "a span has no trace_id or span_id of hex digits", span);
    return;
  }
  const startNs = instantNs(span["start_timestamp"]);
  if (startNs === undefined) {
    tally.reject("spans", "invalid-time", "a span has no start_timestamp", span);
    return;
  }
  const endNs = instantNs(span[told.endKey]) ?? startNs;
  const [status, statusMessage] = statusOf(span["status"]);
  attributes.add("sentry.op", told.op);
  if (attributes.leftOut > 0) {
    tally.note("spans", "attributes", `${attributes.leftOut} attributes past the limit`, span);
  }
  const record: SpanRecord = {
    origin,
    traceId,
    spanId,
    parentSpanId: idOf(span["parent_span_id"], 8),
    traceState: "",
    name: told.name === "" ? "(unnamed)" : told.name,
    kind: kindOf(told.kind, told.op),
    startNs,
    durationNs: endNs > startNs ? endNs - startNs : 0n,
    status,
    statusMessage,
    attributes: attributes.attributes,
    events: [],
    links: told.links,
    weight,
  };
  tally.span(record);
}

/** A span as transactions hold it, and as the item `span` of the first form is one. */
function plainSpan(span: Loose, traceId: string): Told {
  const op = textOf(span["op"], 200);
  const data = objectOf(span["data"]) ?? {};
  const attributes = new AttributeList();
  attributes.addAll(data);
  attributes.addAll(tagsOf(span["tags"]));
  attributes.add("sentry.origin", textOf(span["origin"], 200));
  return {
    span,
    endKey: "timestamp",
    name: textOf(span["description"], 2_000) || op,
    op,
    kind: data["otel.kind"] ?? span["kind"],
    traceId: idOf(span["trace_id"], 16) || traceId,
    attributes,
    links: linksOf(span, traceId),
  };
}

/** `{ type, value }` of each attribute as its value. */
export function typedAttributes(value: unknown): AttributeList {
  const list = new AttributeList();
  for (const [key, one] of Object.entries(objectOf(value) ?? {})) {
    const typed = objectOf(one);
    const plain = typed !== undefined && "value" in typed ? typed["value"] : one;
    if (plain !== null && plain !== undefined) list.add(key, valueOf(plain));
  }
  return list;
}

function linksOf(span: Loose, traceId: string): readonly SpanLink[] {
  return listOf(span["links"])
    .slice(0, 128)
    .flatMap((one) => {
      const link = objectOf(one) ?? {};
      const spanId = idOf(link["span_id"], 8);
      const trace = idOf(link["trace_id"], 16) || traceId;
      if (spanId === "") return [];
      const { attributes } = typedAttributes(link["attributes"]);
      return [{ traceId: trace, spanId, attributes }];
    });
}

/** Takes a transaction: its root, which `contexts.trace` describes, and the spans within. */
export function takeTransaction(
  transaction: Loose,
  header: Loose,
  sender: Sender,
  tally: Tally,
): void {
  const origin = originOf(transaction, header, sender);
  const weight = weightOf(header);
  const trace = objectOf(objectOf(transaction["contexts"])?.["trace"]) ?? {};
  const traceId = idOf(trace["trace_id"], 16);
  const { start_timestamp, timestamp, tags } = transaction;
  const request = objectOf(transaction["request"]) ?? {};
  const root = plainSpan({ ...trace, start_timestamp, timestamp, tags }, traceId);
  root.attributes.add("http.request.method", textOf(request["method"], 50));
  root.attributes.add("url.full", textOf(request["url"], 8_000));
  const user = objectOf(transaction["user"]) ?? {};
  root.attributes.add("user.id", textOf(user["id"], 500));
  const name = textOf(transaction["transaction"], 2_000) || root.name;
  takeSpan({ ...root, name }, origin, weight, tally);
  for (const one of listOf(transaction["spans"])) {
    const span = objectOf(one);
    if (span === undefined) tally.reject("spans", "malformed", "a span is no object", one);
    else takeSpan(plainSpan(span, traceId), origin, weight, tally);
  }
}

/** A span of the second form: `{ name, attributes: { key: { type, value } } }`. */
function streamedSpan(span: Loose): Told {
  const attributes = typedAttributes(span["attributes"]);
  const said = attributes.attributes;
  const traceId = idOf(span["trace_id"], 16);
  return {
    span,
    endKey: "end_timestamp",
    name: textOf(span["name"], 2_000),
    op: textOf(said["sentry.op"], 200),
    kind: said["otel.kind"] ?? said["sentry.kind"],
    traceId,
    attributes,
    links: linksOf(span, traceId),
  };
}

/** What the attributes of a streamed span, log or metric say of its sender. */
export function streamedScope(attributes: Attributes): Loose {
  return {
    release: attributes["sentry.release"],
    environment: attributes["sentry.environment"],
    // `server.address` is the host of a log record, but the called host of a span.
    server_name: attributes["sentry.server_name"],
    tags: { "service.name": attributes["service.name"] },
    sdk: { name: attributes["sentry.sdk.name"], version: attributes["sentry.sdk.version"] },
  };
}

/** Takes the item `span`: one span, or a list of the second form. */
export function takeSpans(payload: Loose, header: Loose, sender: Sender, tally: Tally): void {
  const weight = weightOf(header);
  const { items } = payload;
  if (!Array.isArray(items)) {
    takeSpan(plainSpan(payload, ""), originOf(payload, header, sender), weight, tally);
    return;
  }
  const origins = new Map<string, Origin>();
  for (const one of items as unknown[]) {
    const span = objectOf(one);
    if (span === undefined) {
      tally.reject("spans", "malformed", "a span is no object", one);
      continue;
    }
    const told = streamedSpan(span);
    const scope = streamedScope(told.attributes.attributes);
    const origin = sharedOrigin(origins, scope, header, sender);
    takeSpan(told, origin, weight, tally);
  }
}

/** One origin object for all items that say the same of their sender. */
export function sharedOrigin(
  origins: Map<string, Origin>,
  scope: Loose,
  header: Loose,
  sender: Sender,
): Origin {
  const key = JSON.stringify(scope);
  const known = origins.get(key);
  if (known !== undefined) return known;
  const made = originOf(scope, header, sender);
  origins.set(key, made);
  return made;
}
