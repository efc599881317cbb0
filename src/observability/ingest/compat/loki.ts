import { severityOf } from "../../logs/parsing/index.ts";
import type { AttributeValue, Origin } from "../../signals/records.ts";
import { ingestErrors } from "../errors.ts";
import type { Endpoint } from "../http/endpoint.ts";
import { mediaType } from "../http/endpoint.ts";
import type { Intake } from "../intake.ts";
import { openBody, openSnappy } from "./body.ts";
import { AttributeList, fitsNs, idOf, listOf, objectOf, parseJson, textOf } from "./json.ts";
import { utf8Text } from "./json.ts";
import type { Loose } from "./json.ts";
import { levelInText } from "./level.ts";
import { lokiStreams } from "./loki-proto.ts";
import type { LokiEntry, LokiStream } from "./loki-proto.ts";
import { noContent, postEndpoint } from "./post.ts";
import type { Tally } from "./tally.ts";

const paths: ReadonlySet<string> = new Set([
  "/loki/api/v1/push",
  "/compat/loki/loki/api/v1/push",
  "/compat/loki/api/v1/push",
]);

/** Bytes of one line. */
const lineCharsMax = 1024 * 1024;

/** Labels that name the service, best first: as Loki's own discovery of `service_name`. */
const serviceLabels = [
  "service_name",
  "service",
  "app",
  "application",
  "app_name",
  "name",
  "app_kubernetes_io_name",
  "container",
  "container_name",
  "component",
  "workload",
  "job",
] as const;

/** Labels that are attributes of the resource under another name. */
const resourceLabels: Readonly<Record<string, string>> = {
  service_version: "service.version",
  version: "service.version",
  service_instance_id: "service.instance.id",
  instance: "service.instance.id",
  env: "deployment.environment.name",
  environment: "deployment.environment.name",
  deployment_environment: "deployment.environment.name",
  deployment_environment_name: "deployment.environment.name",
  host: "host.name",
  hostname: "host.name",
  namespace: "k8s.namespace.name",
  pod: "k8s.pod.name",
  container: "k8s.container.name",
  filename: "log.file.path",
};

const levelKeys = ["detected_level", "level", "severity", "severity_text", "lvl"] as const;
const traceKeys = ["trace_id", "traceId", "traceID", "traceid"] as const;
const spanKeys = ["span_id", "spanId", "spanID", "spanid"] as const;

function first(from: Loose, keys: readonly string[]): string {
  return keys.map((key) => textOf(from[key], 500)).find((value) => value !== "") ?? "";
}

function originOf(labels: Readonly<Record<string, string>>): Origin {
  const resource: Record<string, AttributeValue> = {};
  const service = first(labels, serviceLabels);
  if (service !== "") resource["service.name"] = service;
  for (const [key, value] of Object.entries(labels)) {
    if (levelKeys.some((one) => one === key)) continue;
    const name = Object.hasOwn(resourceLabels, key) ? resourceLabels[key] : undefined;
    resource[name ?? key] ??= value;
  }
  return { resource, scopeName: "", scopeVersion: "", scopeAttributes: {} };
}

function takeStream({ labels, entries, broken }: LokiStream, tally: Tally): void {
  const origin = originOf(labels);
  const streamLevel = first(labels, levelKeys);
  for (const one of broken) {
    tally.reject("logs", "malformed", "an entry is no [nanoseconds, line]", one);
  }
  for (const { timeNs, line, metadata } of entries) {
    if (line.length > lineCharsMax) {
      tally.note("logs", "cut", `a line of ${line.length} characters was cut`, line);
    }
    const said = first(metadata, levelKeys) || streamLevel;
    const severity = severityOf(said) ?? levelInText(line);
    const list = new AttributeList();
    list.addAll(metadata);
    if (list.leftOut > 0) tally.note("logs", "attributes", "too much metadata", metadata);
    tally.log({
      origin,
      timeNs: timeNs ?? tally.nowNs,
      observedNs: tally.nowNs,
      severity,
      severityText: said,
      body: line.slice(0, lineCharsMax),
      eventName: "",
      traceId: idOf(first(metadata, traceKeys), 16),
      spanId: idOf(first(metadata, spanKeys), 8),
      attributes: list.attributes,
    });
  }
}

/** `[nanoseconds as text, line, metadata]`. */
function entryOf(value: unknown): LokiEntry | undefined {
  const [time, line, metadata] = listOf(value);
  const isTime = typeof time === "string" && /^\d{1,19}$/.test(time);
  if (!isTime || typeof line !== "string") return undefined;
  const timeNs = BigInt(time);
  return fitsNs(timeNs) ? { timeNs, line, metadata: objectOf(metadata) ?? {} } : undefined;
}

function jsonStreams(body: Uint8Array): readonly LokiStream[] {
  const streams = objectOf(parseJson(utf8Text(body), "the body"))?.["streams"];
  if (!Array.isArray(streams)) {
    throw ingestErrors.MOR_INGEST_MALFORMED("the body has no list `streams`", {
      details: { reason: "json", field: "streams" },
    });
  }
  return streams.map((one: unknown) => {
    const stream = objectOf(one);
    const values = stream?.["values"];
    const labels = Object.entries(objectOf(stream?.["stream"]) ?? {}).map(
      ([key, value]) => [key, textOf(value, 4_096)] as const,
    );
    const broken: unknown[] = Array.isArray(values) ? [] : [one];
    const entries: LokiEntry[] = [];
    for (const value of listOf(values)) {
      const entry = entryOf(value);
      if (entry === undefined) broken.push(value);
      else entries.push(entry);
    }
    return { labels: Object.fromEntries(labels.slice(0, 128)), entries, broken };
  });
}

/**
 * Loki's push: JSON, or protobuf in snappy. Labels become attributes of the resource, structured
 * metadata those of the record.
 * Source: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export function lokiEndpoint(intake: Intake): Endpoint {
  const isJson = (headers: Readonly<Record<string, string>>): boolean =>
    mediaType(headers) === "application/json";
  return postEndpoint(intake, {
    source: "loki",
    signal: "logs",
    owns: (path) => paths.has(path),
    check({ headers }) {
      const type = mediaType(headers);
      if (["", "application/json", "application/x-protobuf"].includes(type)) return;
      throw ingestErrors.MOR_INGEST_MEDIA_TYPE(
        `${type.slice(0, 100)} is neither application/json nor application/x-protobuf`,
      );
    },
    async open(request) {
      // Protobuf is always in snappy, whether a header says so or not.
      return isJson(request.headers) ? openBody(request) : openSnappy(request.body, request.grant);
    },
    decode(body, request, tally) {
      const streams = isJson(request.headers) ? jsonStreams(body) : lokiStreams(body);
      for (const stream of streams) takeStream(stream, tally);
    },
    answer: () => noContent,
  });
}
