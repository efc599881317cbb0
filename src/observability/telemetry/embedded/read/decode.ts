import type {
  Attributes,
  AttributeValue,
  ErrorRecord,
  LogRecord,
  Origin,
  Signal,
  SpanEvent,
  SpanLink,
  SpanRecord,
} from "../../../signals/records.ts";
import { valueOf } from "../../../signals/rows.ts";
import { named } from "../duck.ts";
import type { DuckRow } from "./duck-pool.ts";
import type { Branch } from "./source.ts";

const noTrace = "0".repeat(32);
const noSpan = "0".repeat(16);

/** The columns of the origin that records need. */
const originColumns = `o.scope as o_scope, o.scope_version as o_scope_version,
  map_keys(o.resource) as o_keys, map_values(o.resource) as o_values, o.resource_types as o_types,
  map_keys(o.scope_attributes) as o_scope_keys, map_values(o.scope_attributes) as o_scope_values,
  o.scope_attribute_types as o_scope_types, d.origin as origin`;

const tracing = "d.trace_id::varchar as trace_id, lower(hex(d.span_id)) as span_id";

const own: { readonly [S in Exclude<Signal, "points">]: string } = {
  logs: `d.time_ns, d.observed_ns, d.severity, d.severity_text, d.body, d.event, d.pattern,
    ${tracing}`,
  spans: `${tracing}, lower(hex(d.parent_span_id)) as parent_span_id, d.trace_state, d.name,
    d.kind, d.start_ns, d.duration_ns, d.status, d.status_message, d.events, d.links, d.weight`,
  errors: `d.time_ns, d.type, d.message, d.stack, d.fingerprint, d.source, d.handled, d.release,
    d."user", ${tracing}, d.breadcrumbs`,
};

/** What a query selects of a branch's rows to make records of them. */
export function recordColumns(signal: Exclude<Signal, "points">, { shape }: Branch): string {
  const columns = shape.columns.map((key, at) => `d.${named(`@${key}`)} as a${at}`);
  const attributes = `map_keys(d.attributes) as keys, map_values(d.attributes) as vals,
    d.attribute_types, d.column_types`;
  return [own[signal], attributes, ...columns, originColumns].join(", ");
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const numberOf = (value: unknown): number => Number(value ?? 0);

function idOf(value: unknown, none: string): string {
  const id = textOf(value).replaceAll("-", "");
  return id === none ? "" : id;
}

/** A value as its type says; text that does not read as its type stays text. */
function typed(text: string, type: string): AttributeValue {
  try {
    return valueOf(text, type);
  } catch {
    return text;
  }
}

function pairs(keys: unknown, values: unknown, types: string): [string, AttributeValue][] {
  const texts = (values ?? []) as readonly string[];
  return ((keys ?? []) as readonly string[]).map((key, at) => [
    key,
    typed(texts[at] ?? "", types[at] ?? "s"),
  ]);
}

/** Makes records of the rows of one branch. */
export class Decoder {
  readonly #branch: Branch;
  readonly #origins = new Map<bigint, Origin>();

  constructor(branch: Branch) {
    this.#branch = branch;
  }

  #origin(row: DuckRow): Origin {
    const id = row["origin"] as bigint;
    let origin = this.#origins.get(id);
    if (origin === undefined) {
      origin = {
        resource: Object.fromEntries(pairs(row["o_keys"], row["o_values"], textOf(row["o_types"]))),
        scopeName: textOf(row["o_scope"]),
        scopeVersion: textOf(row["o_scope_version"]),
        scopeAttributes: Object.fromEntries(
          pairs(row["o_scope_keys"], row["o_scope_values"], textOf(row["o_scope_types"])),
        ),
      };
      this.#origins.set(id, origin);
    }
    return origin;
  }

  #attributes(row: DuckRow): Attributes {
    const { columns, types } = this.#branch.shape;
    const inMap = pairs(row["keys"], row["vals"], textOf(row["attribute_types"]));
    const given = textOf(row["column_types"]);
    let at = 0;
    const inColumns = columns.flatMap((key, index): [string, AttributeValue][] => {
      const value = row[`a${index}`];
      if (typeof value !== "string") return [];
      const type = given === "" ? types[index] : given[at++];
      return [[key, typed(value, type ?? "s")]];
    });
    return Object.fromEntries([...inColumns, ...inMap]);
  }

  log(row: DuckRow): LogRecord & { readonly pattern: string } {
    return {
      origin: this.#origin(row),
      timeNs: row["time_ns"] as bigint,
      observedNs: row["observed_ns"] as bigint,
      severity: numberOf(row["severity"]),
      severityText: textOf(row["severity_text"]),
      body: textOf(row["body"]),
      eventName: textOf(row["event"]),
      traceId: idOf(row["trace_id"], noTrace),
      spanId: idOf(row["span_id"], noSpan),
      attributes: this.#attributes(row),
      pattern: textOf(row["pattern"]),
    };
  }

  span(row: DuckRow): SpanRecord {
    return {
      origin: this.#origin(row),
      traceId: idOf(row["trace_id"], noTrace),
      spanId: idOf(row["span_id"], noSpan),
      parentSpanId: idOf(row["parent_span_id"], noSpan),
      traceState: textOf(row["trace_state"]),
      name: textOf(row["name"]),
      kind: numberOf(row["kind"]),
      startNs: row["start_ns"] as bigint,
      durationNs: row["duration_ns"] as bigint,
      status: numberOf(row["status"]),
      statusMessage: textOf(row["status_message"]),
      attributes: this.#attributes(row),
      events: eventsOf(textOf(row["events"])),
      links: listOf<SpanLink>(textOf(row["links"])),
      weight: numberOf(row["weight"]),
    };
  }

  error(row: DuckRow): ErrorRecord {
    return {
      origin: this.#origin(row),
      timeNs: row["time_ns"] as bigint,
      type: textOf(row["type"]),
      message: textOf(row["message"]),
      stack: textOf(row["stack"]),
      fingerprint: textOf(row["fingerprint"]),
      source: textOf(row["source"]) as ErrorRecord["source"],
      handled: numberOf(row["handled"]) === 1,
      release: textOf(row["release"]),
      user: textOf(row["user"]),
      traceId: idOf(row["trace_id"], noTrace),
      spanId: idOf(row["span_id"], noSpan),
      attributes: this.#attributes(row),
      breadcrumbs: textOf(row["breadcrumbs"]),
    };
  }
}

function listOf<T>(text: string): readonly T[] {
  if (text === "") return [];
  try {
    const found = JSON.parse(text) as unknown;
    return Array.isArray(found) ? (found as T[]) : [];
  } catch {
    return [];
  }
}

function eventsOf(text: string): readonly SpanEvent[] {
  return listOf<{ timeNs: string; name: string; attributes: Attributes }>(text).map(
    ({ timeNs, name, attributes }) => ({ timeNs: BigInt(timeNs), name, attributes }),
  );
}
