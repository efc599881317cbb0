import { serviceOf, spanKinds } from "../../signals/records.ts";
import type { Attributes, AttributeValue, Origin, SpanRecord } from "../../signals/records.ts";
import { textOf } from "../../signals/rows.ts";
import type { Trace } from "../../signals/store.ts";

/** A typed pair (Jaeger's `KeyValue`). */
export interface JaegerTag {
  readonly key: string;
  readonly type: "string" | "bool" | "int64" | "float64" | "binary";
  readonly value: string | number | boolean;
}

/** A span in the JSON of Jaeger's UI (`model/json`). Times are microseconds since 1970. */
export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly {
    readonly refType: "CHILD_OF" | "FOLLOWS_FROM";
    readonly traceID: string;
    readonly spanID: string;
  }[];
  readonly startTime: number;
  readonly duration: number;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerTag[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

/** A trace in the JSON of Jaeger's UI. */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<
    Record<string, { readonly serviceName: string; readonly tags: readonly JaegerTag[] }>
  >;
  readonly warnings: readonly string[] | null;
}

/** A pair with the type that its value has. */
function tag(key: string, value: AttributeValue): JaegerTag {
  if (typeof value === "boolean") return { key, type: "bool", value };
  if (typeof value === "number") {
    return { key, type: Number.isInteger(value) ? "int64" : "float64", value };
  }
  const [text] = textOf(value);
  // A double holds no such integer: as text it stays exact.
  if (typeof value === "bigint") return { key, type: "int64", value: text };
  return { key, type: value instanceof Uint8Array ? "binary" : "string", value: text };
}

const tagsOf = (attributes: Attributes): JaegerTag[] =>
  Object.entries(attributes).map(([key, value]) => tag(key, value));

const micros = (ns: bigint): number => Number(ns / 1000n);

function ownTags({ kind, status, statusMessage, traceState, origin }: SpanRecord): JaegerTag[] {
  const { scopeName, scopeVersion } = origin;
  const text = (key: string, value: string): JaegerTag[] => (value === "" ? [] : [tag(key, value)]);
  return [
    ...(kind > 0 ? text("span.kind", spanKinds[kind] ?? "") : []),
    ...(status === 2 ? [tag("error", true), tag("otel.status_code", "ERROR")] : []),
    ...(status === 1 ? [tag("otel.status_code", "OK")] : []),
    ...text("otel.status_description", statusMessage),
    ...text("otel.scope.name", scopeName),
    ...text("otel.scope.version", scopeVersion),
    ...text("w3c.tracestate", traceState),
  ];
}

function spanOf(span: SpanRecord, processID: string): JaegerSpan {
  const { traceId, spanId, parentSpanId, links, events } = span;
  const parent = { refType: "CHILD_OF", traceID: traceId, spanID: parentSpanId } as const;
  return {
    traceID: traceId,
    spanID: spanId,
    operationName: span.name,
    references: [
      ...(parentSpanId === "" ? [] : [parent]),
      ...links.map((link) => ({
        refType: "FOLLOWS_FROM" as const,
        traceID: link.traceId,
        spanID: link.spanId,
      })),
    ],
    startTime: micros(span.startNs),
    duration: micros(span.durationNs),
    tags: [...tagsOf(span.attributes), ...ownTags(span)].sort((a, b) => (a.key < b.key ? -1 : 1)),
    logs: events.map(({ timeNs, name, attributes }) => ({
      timestamp: micros(timeNs),
      fields: [...(name === "" ? [] : [tag("event", name)]), ...tagsOf(attributes)],
    })),
    processID,
    warnings: null,
  };
}

function processOf(origin: Origin): { serviceName: string; tags: readonly JaegerTag[] } {
  const tags = tagsOf(origin.resource).filter(({ key }) => key !== "service.name");
  return { serviceName: serviceOf(origin), tags };
}

/** A stored trace as Jaeger's UI and Grafana's Jaeger data source read it. */
export function jaegerTrace(trace: Trace): JaegerTrace {
  const processes: Record<string, { serviceName: string; tags: readonly JaegerTag[] }> = {};
  const byOrigin = new Map<Origin, string>();
  const byContent = new Map<string, string>();
  const processId = (origin: Origin): string => {
    const known = byOrigin.get(origin);
    if (known !== undefined) return known;
    const made = processOf(origin);
    const key = JSON.stringify(made);
    const id = byContent.get(key) ?? `p${byContent.size + 1}`;
    byContent.set(key, id);
    byOrigin.set(origin, id);
    processes[id] = made;
    return id;
  };
  const spans = trace.spans.map((span) => spanOf(span, processId(span.origin)));
  const cut = trace.spansLeftOut > 0 ? [`${trace.spansLeftOut} spans are left out`] : null;
  return { traceID: trace.traceId, spans, processes, warnings: cut };
}
