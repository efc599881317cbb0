import { RE2JS } from "re2js";
import type { Distribution, Signal } from "../../../signals/records.ts";
import { temporalities } from "../../../signals/tables.ts";
import type {
  FieldInfo,
  FieldValue,
  MetricInfo,
  MetricSeries,
  Range,
  SeriesQuery,
} from "../../../signals/store.ts";
import type { Filter } from "../../../signals/filter.ts";
import { builtInFields, everything } from "../../../signals/filter.ts";
import { named } from "../duck.ts";
import { timeColumns } from "../segment.ts";
import type { View } from "../view.ts";
import { readErrors } from "./errors.ts";
import { FieldSql, literal } from "./field-sql.ts";
import { filterSql } from "./filter-sql.ts";
import type { Reading } from "./search.ts";
import { branchesOf, candidates, fromSql } from "./source.ts";
import type { Branch } from "./source.ts";

/** Points that one question brings at most. */
const pointsMax = 2_000_000;
/** Files that are looked into for fields and their values, the newest. */
const sampledFiles = 12;

/** Which metrics a query names, as a condition on the name. */
function nameFilter({ name }: SeriesQuery): Filter {
  if (name === undefined) return everything;
  if (!name.regex) return { op: "eq", field: "name", value: name.value };
  return { op: "regex", field: "name", pattern: `^(?:${name.value})$` };
}

function pointColumns({ shape }: Branch, fields: FieldSql): string {
  const columns = shape.columns.map((key) => `d.${named(`@${key}`)}`);
  const texts = columns.length === 0 ? "[]::varchar[]" : `[${columns.join(", ")}]`;
  return `d.name, d.unit, d.kind, d.temporality, d.monotonic, d.time_ns, d.value,
    d.count::double as n, d.distribution, ${fields.origin("service")} as service,
    ${fields.origin("instance")} as instance, ${texts} as texts,
    map_keys(d.attributes) as keys, map_values(d.attributes) as vals`;
}

interface Gathered {
  readonly head: Omit<MetricSeries, "timesMs" | "values" | "counts" | "distributions">;
  readonly points: { timeMs: number; value: number; count: number; distribution: string }[];
}

function labelsOf(row: Readonly<Record<string, unknown>>, keys: readonly string[]) {
  const labels: Record<string, string> = {};
  const texts = row["texts"] as readonly (string | null)[];
  keys.forEach((key, at) => {
    const value = texts[at];
    if (typeof value === "string") labels[key] = value;
  });
  const values = (row["vals"] ?? []) as readonly string[];
  ((row["keys"] ?? []) as readonly string[]).forEach((key, at) => {
    labels[key] = values[at] ?? "";
  });
  labels["service"] = String(row["service"]);
  if (row["instance"] !== "") labels["instance"] = String(row["instance"]);
  return labels;
}

function parsed(text: string): Distribution | undefined {
  return text === "" ? undefined : (JSON.parse(text) as Distribution);
}

function seriesOf({ head, points }: Gathered): MetricSeries {
  points.sort((a, b) => a.timeMs - b.timeMs);
  const distributed = points.some(({ distribution }) => distribution !== "");
  return {
    ...head,
    timesMs: Float64Array.from(points, ({ timeMs }) => timeMs),
    values: Float64Array.from(points, ({ value }) => value),
    ...(distributed
      ? {
          counts: Float64Array.from(points, ({ count }) => count),
          distributions: points.map(({ distribution }) => parsed(distribution)),
        }
      : {}),
  };
}

/** @throws MOR_TELEMETRY_QUERY for an expression that is none */
function checkName({ name }: SeriesQuery): void {
  if (name?.regex !== true) return;
  try {
    RE2JS.compile(name.value);
  } catch (cause) {
    throw readErrors.MOR_TELEMETRY_QUERY(`the expression ${name.value} is wrong`, { cause });
  }
}

/** Series of metrics. */
export async function series(
  { engine, pool }: Reading,
  view: View,
  query: SeriesQuery,
): Promise<readonly MetricSeries[]> {
  checkName(query);
  const filter: Filter = { op: "and", of: [nameFilter(query), query.filter] };
  const files = await candidates(engine, view, "points", query, filter);
  const branches = await branchesOf(engine, view, files);
  const found = new Map<string, Gathered>();
  for (const branch of branches) {
    const fields = new FieldSql("points", branch);
    const where = filterSql(filter, fields);
    const rows = await pool.rows(`select ${pointColumns(branch, fields)}
      from ${fromSql(branch, fields.needsOrigin)}
      where d.time_ns >= ${query.fromNs} and d.time_ns < ${query.toNs} and ${where}
      limit ${pointsMax + 1}`);
    if (rows.length > pointsMax) {
      throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(`series: more than ${pointsMax} points`);
    }
    for (const row of rows) gather(found, row, branch, query.seriesMax);
  }
  return [...found.values()].map(seriesOf);
}

function gather(
  found: Map<string, Gathered>,
  row: Readonly<Record<string, unknown>>,
  { shape }: Branch,
  seriesMax: number,
): void {
  const labels = labelsOf(row, shape.columns);
  const name = String(row["name"]);
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([name, row["kind"], pairs]);
  let one = found.get(key);
  if (one === undefined) {
    if (found.size >= seriesMax) {
      throw readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(`series: more than ${seriesMax} series`);
    }
    const head = {
      name,
      unit: String(row["unit"]),
      kind: Number(row["kind"]),
      temporality: temporalities[Number(row["temporality"])] ?? "none",
      monotonic: Number(row["monotonic"]) === 1,
      labels,
    };
    found.set(key, (one = { head, points: [] }));
  }
  one.points.push({
    timeMs: Number((row["time_ns"] as bigint) / 1_000_000n),
    value: Number(row["value"]),
    count: Number(row["n"]),
    distribution: String(row["distribution"]),
  });
}

/** Metrics that points were stored of. */
export async function metrics(
  { engine, pool }: Reading,
  view: View,
  range: Range,
): Promise<readonly MetricInfo[]> {
  const files = await candidates(engine, view, "points", range, everything);
  const branches = await branchesOf(engine, view, files);
  const parts = branches.map((branch) => {
    const fields = new FieldSql("points", branch);
    const columns = branch.shape.columns.map((key) => `d.${named(`@${key}`)}`);
    return `select d.name, d.unit, d.description, d.kind, d.temporality, d.monotonic,
      hash(d.origin, d.attributes, ${[...columns, "0"].join(", ")}) as series
      from ${fromSql(branch, fields.needsOrigin)}
      where d.time_ns >= ${range.fromNs} and d.time_ns < ${range.toNs}`;
  });
  if (parts.length === 0) return [];
  const rows = await pool.rows(`select name, any_value(unit) as unit,
    any_value(description) as description, any_value(kind) as kind,
    any_value(temporality) as temporality, any_value(monotonic) as monotonic,
    count(distinct series) as series
    from (${parts.join(" union all ")}) group by name order by name limit 10000`);
  return rows.map((row) => ({
    name: String(row["name"]),
    unit: String(row["unit"]),
    description: String(row["description"]),
    kind: Number(row["kind"]),
    temporality: temporalities[Number(row["temporality"])] ?? "none",
    monotonic: Number(row["monotonic"]) === 1,
    series: Number(row["series"]),
  }));
}

/** Fields that records of the newest files have. */
export async function fields(
  { engine, pool }: Reading,
  view: View,
  signal: Signal,
  range: Range,
): Promise<readonly FieldInfo[]> {
  const files = (await candidates(engine, view, signal, range, everything)).slice(0, sampledFiles);
  const counts = new Map<string, number>();
  for (const branch of await branchesOf(engine, view, files)) {
    const time = `d.${timeColumns[signal]}`;
    const where = `${time} >= ${range.fromNs} and ${time} < ${range.toNs}`;
    const columns = branch.shape.columns.map((key, at) => `count(d.${named(`@${key}`)}) as c${at}`);
    const from = fromSql({ ...branch, isFresh: false }, false);
    const select = ["count(*) as n", ...columns].join(", ");
    const [row] = await pool.rows(`select ${select} from ${from} where ${where}`);
    branch.shape.columns.forEach((key, at) => {
      counts.set(key, (counts.get(key) ?? 0) + Number(row?.[`c${at}`] ?? 0));
    });
    const rare = await pool.rows(`select key, count(*) as n
      from (select unnest(map_keys(d.attributes)) as key from ${from} where ${where})
      group by key order by n desc limit 500`);
    for (const one of rare) {
      const key = String(one["key"]);
      counts.set(key, (counts.get(key) ?? 0) + Number(one["n"]));
    }
  }
  const own = builtInFields[signal].map(({ name, type }) => ({ name, type, records: 0 }));
  const found = [...counts]
    .filter(([, records]) => records > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, records]) => ({ name, type: "text" as const, records }));
  return [...own, ...found.filter(({ name }) => !own.some((one) => one.name === name))];
}

/** The most frequent values of a field in the newest files. */
export async function fieldValues(
  { engine, pool }: Reading,
  view: View,
  asked: {
    readonly signal: Signal;
    readonly field: string;
    readonly range: Range;
    readonly prefix: string;
    readonly limit: number;
  },
): Promise<readonly FieldValue[]> {
  const { signal, field, range, prefix, limit } = asked;
  const exists: Filter = { op: "exists", field };
  const files = (await candidates(engine, view, signal, range, exists)).slice(0, sampledFiles);
  const branches = await branchesOf(engine, view, files);
  const time = `d.${timeColumns[signal]}`;
  const parts = branches.map((branch) => {
    const sql = new FieldSql(signal, branch);
    const value = sql.text(field);
    return `select ${value} as v from ${fromSql(branch, sql.needsOrigin)}
      where ${time} >= ${range.fromNs} and ${time} < ${range.toNs}`;
  });
  if (parts.length === 0) return [];
  const rows = await pool.rows(`select v, count(*) as n from (${parts.join(" union all ")})
    where v is not null and starts_with(lower(v), ${literal(prefix.toLowerCase())})
    group by v order by n desc, v limit ${Math.min(Math.max(1, limit), 1000)}`);
  return rows.map((row) => ({ value: String(row["v"]), count: Number(row["n"]) }));
}
