import { everything, levelRanges } from "../../../signals/filter.ts";
import { signals, spanKinds, statusCodes } from "../../../signals/records.ts";
import type { Signal } from "../../../signals/records.ts";
import { temporalities } from "../../../signals/tables.ts";
import { named, quoted } from "../duck.ts";
import { FieldSql, literal } from "./field-sql.ts";
import type { Session } from "./session.ts";
import { fromSql } from "./source.ts";
import type { Branch } from "./source.ts";

type Columns = Readonly<Record<string, string>>;

const listed = (names: readonly string[], column: string): string =>
  `list_value(${names.map(quoted).join(", ")})[${column} + 1]`;

const trace = "nullif(replace(d.trace_id::varchar, '-', ''), repeat('0', 32))";
const span = (column: string): string => `nullif(lower(hex(d.${column})), repeat('0', 16))`;

/** The columns that people see, and how they are made of a file's. */
const own: { readonly [S in Signal]: Columns } = {
  logs: {
    time: "make_timestamp_ns(d.time_ns)",
    time_ns: "d.time_ns",
    level: listed(Object.keys(levelRanges), "least(6, (greatest(d.severity, 0) + 3) // 4)"),
    severity: "d.severity",
    severity_text: "d.severity_text",
    body: "d.body",
    event: "nullif(d.event, '')",
    pattern: "nullif(d.pattern, '')",
    trace_id: trace,
    span_id: span("span_id"),
  },
  spans: {
    time: "make_timestamp_ns(d.start_ns)",
    time_ns: "d.start_ns",
    duration_ms: "d.duration_ns / 1e6",
    name: "d.name",
    kind: listed(spanKinds, "d.kind"),
    status: listed(statusCodes, "d.status"),
    status_message: "nullif(d.status_message, '')",
    trace_id: trace,
    span_id: span("span_id"),
    parent_span_id: span("parent_span_id"),
    weight: "d.weight",
    events: "nullif(d.events, '')",
    links: "nullif(d.links, '')",
  },
  points: {
    time: "make_timestamp_ns(d.time_ns)",
    time_ns: "d.time_ns",
    name: "d.name",
    unit: "d.unit",
    description: "d.description",
    value: "d.value",
    count: "d.count",
    temporality: listed(temporalities, "d.temporality"),
    monotonic: "d.monotonic = 1",
    distribution: "nullif(d.distribution, '')",
  },
  errors: {
    time: "make_timestamp_ns(d.time_ns)",
    time_ns: "d.time_ns",
    type: "d.type",
    message: "d.message",
    stack: "d.stack",
    fingerprint: "d.fingerprint",
    source: "d.source",
    handled: "d.handled = 1",
    release: "nullif(d.release, '')",
    user: "nullif(d.\"user\", '')",
    trace_id: trace,
    span_id: span("span_id"),
    breadcrumbs: "nullif(d.breadcrumbs, '')",
  },
};

const originNames = ["service", "version", "environment", "instance", "scope"] as const;

const types: Columns = {
  time: "timestamp_ns",
  time_ns: "bigint",
  severity: "integer",
  duration_ms: "double",
  weight: "double",
  value: "double",
  count: "bigint",
  monotonic: "boolean",
  handled: "boolean",
  attributes: "map(varchar, varchar)",
  resource: "map(varchar, varchar)",
};

/** What statements of users see of one attribute: a column, so that its file's column is read. */
export const attributeColumn = (key: string): string => `attributes.${key}`;

/** All attributes of a row as one map, those with a column of their own among them. */
function attributesSql({ shape }: Branch): string {
  const { columns } = shape;
  if (columns.length === 0) return "d.attributes";
  const keys = columns.map(literal).join(", ");
  const values = columns.map((key) => `d.${named(`@${key}`)}`).join(", ");
  const pairs = `list_filter(list_zip([${keys}], [${values}]), lambda pair: pair[2] is not null)`;
  return `map_concat(d.attributes, map_from_entries(${pairs}))`;
}

function branchSql(signal: Signal, branch: Branch, keys: readonly string[]): string {
  const fields = new FieldSql(signal, branch);
  const columns = [
    ...Object.entries(own[signal]).map(([name, sql]) => `${sql} as ${named(name)}`),
    ...originNames.map((name) => `nullif(${fields.origin(name)}, '') as ${name}`),
    `${attributesSql(branch)} as attributes`,
    "o.resource as resource",
    ...keys.map((key) => {
      return `${fields.attribute(key) ?? "null::varchar"} as ${named(attributeColumn(key))}`;
    }),
  ];
  return `select ${columns.join(", ")} from ${fromSql(branch, true)}`;
}

/** A table without rows, where nothing is stored. */
function emptySql(signal: Signal, keys: readonly string[]): string {
  const names = [
    ...Object.keys(own[signal]),
    ...originNames,
    "attributes",
    "resource",
    ...keys.map(attributeColumn),
  ];
  const columns = names.map((name) => `null::${types[name] ?? "varchar"} as ${named(name)}`);
  return `select ${columns.join(", ")} where false`;
}

/** The tables of a statement. */
export interface SqlViews {
  /** Statements that make them. */
  readonly statements: readonly string[];
  /** The files that they read. */
  readonly paths: readonly string[];
  /** Attributes that have a column of their own; see {@link attributeColumn}. */
  readonly keys: readonly string[];
}

/** Keys that a statement asks attributes for, at most. */
const keysMax = 100;

const always = { fromNs: -(2n ** 62n), toNs: 2n ** 62n };

/** The tables that a statement names, and perhaps others. */
export async function viewsOf(session: Session, text: string): Promise<SqlViews> {
  const found = text.matchAll(/\battributes\s*\[\s*'((?:[^']|'')*)'\s*\]/gi);
  const asked = [...found].map(([, key = ""]) => key.replaceAll("''", "'"));
  // Names of columns do not know case: such a key is looked for in the map.
  const plain = asked.filter((key) => key === key.toLowerCase() && !key.includes("\u0000"));
  const keys = [...new Set(plain)].slice(0, keysMax);
  const statements: string[] = [];
  const paths: string[] = [];
  for (const signal of signals) {
    if (!new RegExp(`\\b${signal}\\b`, "i").test(text)) continue;
    const branches = await session.branches(await session.files(signal, always, everything));
    for (const branch of branches) paths.push(...branch.paths, ...branch.origins);
    const parts = branches.map((branch) => branchSql(signal, branch, keys));
    const body = parts.length === 0 ? emptySql(signal, keys) : parts.join(" union all ");
    statements.push(`create view ${signal} as ${body}`);
  }
  return { statements, paths: [...new Set(paths)], keys };
}
