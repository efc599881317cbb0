import { serviceOf, spanKinds } from "../../signals/records.ts";
import type { SpanRecord } from "../../signals/records.ts";
import { textOf as valueText } from "../../signals/rows.ts";
import { failureOf, postHttp, textOf } from "../http.ts";
import { delivered } from "../protocol.ts";
import type { Protocol, ProtocolContext } from "../protocol.ts";
import { textValues, utf8 } from "../values.ts";

const kinds: Readonly<Record<string, string>> = {
  server: "SERVER",
  client: "CLIENT",
  producer: "PRODUCER",
  consumer: "CONSUMER",
};

/** Attributes that name the other side, best first (OpenTelemetry to Zipkin transformation). */
const peerKeys = ["peer.service", "server.address", "net.peer.name", "messaging.destination.name"];

function remoteEndpoint({ kind, attributes }: SpanRecord): object {
  if (spanKinds[kind] !== "client" && spanKinds[kind] !== "producer") return {};
  const key = peerKeys.find((one) => typeof attributes[one] === "string");
  return key === undefined ? {} : { remoteEndpoint: { serviceName: attributes[key] } };
}

/** The instrumentation scope, under the names that the transformation prescribes. */
function scopeTags({ origin }: SpanRecord): Record<string, string> {
  const { scopeName, scopeVersion } = origin;
  if (scopeName === "") return {};
  const version = scopeVersion === "" ? {} : { "otel.scope.version": scopeVersion };
  return { "otel.scope.name": scopeName, ...version };
}

const microseconds = (ns: bigint): number => Number(ns / 1000n);

/** One span as Zipkin v2 JSON (OpenTelemetry specification, trace/sdk_exporters/zipkin.md). */
export function zipkinSpan(span: SpanRecord): object {
  const kind = kinds[spanKinds[span.kind] ?? ""];
  const isError = span.status === 2;
  const message = span.statusMessage === "" ? "true" : span.statusMessage;
  const status = span.status === 1 ? { "otel.status_code": "OK" } : {};
  return {
    traceId: span.traceId,
    id: span.spanId,
    ...(span.parentSpanId === "" ? {} : { parentId: span.parentSpanId }),
    name: span.name,
    ...(kind === undefined ? {} : { kind }),
    timestamp: microseconds(span.startNs),
    // Zipkin takes 0 for a duration that is not known.
    duration: Math.max(1, microseconds(span.durationNs)),
    localEndpoint: { serviceName: serviceOf(span.origin) },
    ...remoteEndpoint(span),
    annotations: span.events.map(({ timeNs, name, attributes }) => ({
      timestamp: microseconds(timeNs),
      value: Object.keys(attributes).length === 0 ? name : `${name}: ${valueText(attributes)[0]}`,
    })),
    tags: {
      ...textValues(span.attributes),
      ...scopeTags(span),
      ...status,
      ...(isError ? { error: message, "otel.status_code": "ERROR" } : {}),
      ...(span.weight === 1 ? {} : { "morning.weight": String(span.weight) }),
    },
  };
}

/** Zipkin v2 JSON over HTTP (https://zipkin.io/zipkin-api). */
export function zipkin({ destination, clock }: ProtocolContext): Protocol {
  const headers = { ...destination.headers, "content-type": "application/json" };
  const { url, compression, timeoutMs } = destination;
  return {
    encode: (_signal, records) => ({
      body: utf8(JSON.stringify((records as readonly SpanRecord[]).map(zipkinSpan))),
      count: records.length,
      unsupported: 0,
    }),
    async send(_signal, { body }, stop) {
      const answer = await postHttp({ url, headers, body, compression, timeoutMs, clock, stop });
      const isTaken = answer.status >= 200 && answer.status < 300;
      return isTaken ? delivered : failureOf(answer, clock, textOf(answer));
    },
    close: () => Promise.resolve(),
  };
}
