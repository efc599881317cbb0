import type { AttributeValue, Origin, SpanEvent, SpanRecord } from "../../signals/records.ts";
import type { Endpoint } from "../http/endpoint.ts";
import { mediaType } from "../http/endpoint.ts";
import type { Intake } from "../intake.ts";
import { ingestErrors } from "../errors.ts";
import { openBody } from "./body.ts";
import { AttributeList, idOf, listOf, numberOf, objectOf, parseJson } from "./json.ts";
import { textOf, utf8Text } from "./json.ts";
import type { Loose } from "./json.ts";
import { postEndpoint } from "./post.ts";
import type { Tally } from "./tally.ts";

const paths: ReadonlySet<string> = new Set(["/api/v2/spans", "/compat/zipkin/api/v2/spans"]);

/** Indexes of `spanKinds`. */
const kinds: Readonly<Record<string, number>> = { SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 };

/** Annotations of one span. */
const eventsMax = 1_000;

/** Microseconds until 2262. */
const microsMax = 9_223_372_036_854_000;

/** Tags by which exporters of OpenTelemetry carry what is no attribute. */
const carried = new Set([
  "error",
  "otel.status_code",
  "otel.status_description",
  "otel.scope.name",
  "otel.library.name",
  "otel.scope.version",
  "otel.library.version",
  "w3c.tracestate",
]);

/** Attributes of the resource that exporters send as tags of every span. */
const resourceTags = [
  "service.version",
  "deployment.environment.name",
  "service.instance.id",
  "telemetry.sdk.language",
] as const;

/** A trace id of 64 bits is the lower half of one of 128. */
function traceIdOf(value: unknown): string {
  const text = typeof value === "string" && value.length <= 32 ? value.padStart(32, "0") : "";
  return idOf(text, 16);
}

function spanIdOf(value: unknown): string {
  const text = typeof value === "string" && value.length <= 16 ? value.padStart(16, "0") : "";
  return value === "" ? "" : idOf(text, 8);
}

function microsNs(value: unknown): bigint | undefined {
  const micros = numberOf(value);
  if (micros === undefined || micros < 0 || micros > microsMax) return undefined;
  return BigInt(Math.round(micros)) * 1_000n;
}

/** The host that served the span, and what is true of all its spans. */
function originOf(span: Loose, tags: Loose, known: Map<string, Origin>): Origin {
  const local = objectOf(span["localEndpoint"]) ?? {};
  const service = textOf(local["serviceName"], 500);
  const resource: Record<string, AttributeValue> = {};
  if (service !== "") resource["service.name"] = service;
  for (const key of resourceTags) {
    const value = textOf(tags[key], 500);
    if (value !== "") resource[key] = value;
  }
  const ip = textOf(local["ipv4"], 100) || textOf(local["ipv6"], 100);
  if (ip !== "") resource["host.ip"] = ip;
  const scopeName = textOf(tags["otel.scope.name"] ?? tags["otel.library.name"], 500);
  const scopeVersion = textOf(tags["otel.scope.version"] ?? tags["otel.library.version"], 500);
  const key = JSON.stringify([resource, scopeName, scopeVersion]);
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = { resource, scopeName, scopeVersion, scopeAttributes: {} };
  known.set(key, made);
  return made;
}

function attributesOf(span: Loose, tags: Loose, kind: number): AttributeList {
  const list = new AttributeList();
  for (const [key, value] of Object.entries(tags)) {
    if (!carried.has(key)) list.add(key, textOf(value));
  }
  const remote = objectOf(span["remoteEndpoint"]) ?? {};
  const address = textOf(remote["ipv4"], 100) || textOf(remote["ipv6"], 100);
  // Who is called names itself otherwise than who calls.
  const isCallee = kind === 2 || kind === 5;
  list.add("peer.service", textOf(remote["serviceName"], 500));
  list.add("network.peer.address", address);
  list.add("network.peer.port", numberOf(remote["port"]));
  if (isCallee) list.add("client.address", address);
  if (span["shared"] === true) list.add("zipkin.shared", true);
  if (span["debug"] === true) list.add("zipkin.debug", true);
  return list;
}

function eventsOf(span: Loose, tally: Tally): readonly SpanEvent[] {
  const annotations = listOf(span["annotations"]);
  if (annotations.length > eventsMax) {
    tally.note("spans", "events", `more than ${eventsMax} annotations`, "");
  }
  return annotations.slice(0, eventsMax).flatMap((one) => {
    const annotation = objectOf(one) ?? {};
    const timeNs = microsNs(annotation["timestamp"]);
    const name = textOf(annotation["value"]);
    return timeNs === undefined ? [] : [{ timeNs, name, attributes: {} }];
  });
}

/** `error` says why, or just that; what OpenTelemetry says of the status comes first. */
function statusOf(tags: Loose): readonly [status: number, message: string] {
  const code = textOf(tags["otel.status_code"], 20).toUpperCase();
  const error = tags["error"];
  const isError = code === "ERROR" || (code !== "OK" && error !== undefined && error !== "false");
  if (!isError) return [code === "OK" ? 1 : 0, ""];
  const why = textOf(tags["otel.status_description"], 8_000) || textOf(error, 8_000);
  return [2, why === "true" ? "" : why];
}

function takeSpan(value: unknown, tally: Tally, origins: Map<string, Origin>): void {
  const span = objectOf(value);
  const traceId = traceIdOf(span?.["traceId"]);
  const spanId = spanIdOf(span?.["id"]);
  if (span === undefined || traceId === "" || spanId === "") {
    tally.reject("spans", "invalid-id", "a span has no traceId or id of hex digits", value);
    return;
  }
  const tags = objectOf(span["tags"]) ?? {};
  const kind = kinds[textOf(span["kind"], 20).toUpperCase()] ?? 1;
  const startNs = microsNs(span["timestamp"]) ?? tally.nowNs;
  const [status, statusMessage] = statusOf(tags);
  const attributes = attributesOf(span, tags, kind);
  if (attributes.leftOut > 0) {
    tally.note("spans", "attributes", `${attributes.leftOut} tags past the limit`, value);
  }
  const parent = spanIdOf(span["parentId"]);
  const record: SpanRecord = {
    origin: originOf(span, tags, origins),
    traceId,
    spanId: span["shared"] === true ? sharedId(spanId) : spanId,
    // The server's half of a shared span is the child of the client's half.
    parentSpanId: span["shared"] === true ? spanId : parent,
    traceState: textOf(tags["w3c.tracestate"], 512),
    name: textOf(span["name"], 2_000) || "(unnamed)",
    kind,
    startNs,
    durationNs: microsNs(span["duration"]) ?? 0n,
    status,
    statusMessage,
    attributes: attributes.attributes,
    events: eventsOf(span, tally),
    links: [],
    weight: 1,
  };
  tally.span(record);
}

/**
 * Client and server share one id in Zipkin's older model, which would be one span twice: the
 * server's half gets an id of its own. Its children point to the client's half, as they say.
 */
function sharedId(spanId: string): string {
  const turned = BigInt.asUintN(64, ~BigInt(`0x${spanId}`))
    .toString(16)
    .padStart(16, "0");
  return /^0+$/.test(turned) ? spanId : turned;
}

/**
 * Zipkin's spans of version 2 in JSON. Source: https://zipkin.io/zipkin-api/ (POST /spans), and
 * OpenTelemetry's transformation to Zipkin backwards.
 */
export function zipkinEndpoint(intake: Intake): Endpoint {
  return postEndpoint(intake, {
    source: "zipkin",
    signal: "spans",
    owns: (path) => paths.has(path),
    check({ headers }) {
      const type = mediaType(headers);
      if (type === "" || type === "application/json") return;
      throw ingestErrors.MOR_INGEST_MEDIA_TYPE(
        `${type.slice(0, 100)} is not application/json, the only form of spans that is read`,
      );
    },
    open: openBody,
    decode(body, _request, tally) {
      const value = parseJson(utf8Text(body), "the body");
      if (!Array.isArray(value)) {
        throw ingestErrors.MOR_INGEST_MALFORMED("the body is no list of spans", {
          details: { reason: "json", field: "" },
        });
      }
      const origins = new Map<string, Origin>();
      for (const span of value as unknown[]) takeSpan(span, tally, origins);
    },
    answer: () => ({ status: 202, headers: {}, body: new Uint8Array(0) }),
  });
}
