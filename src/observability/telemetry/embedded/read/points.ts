import { RE2JS } from "re2js";
import type { Filter } from "../../../signals/filter.ts";
import { everything } from "../../../signals/filter.ts";
import type { MetricInfo, MetricSeries, Range, SeriesQuery } from "../../../signals/store.ts";
import { temporalities } from "../../../signals/tables.ts";
import { distributionOf } from "./decode.ts";
import type { DuckRow } from "./duck-pool.ts";
import { readErrors } from "./errors.ts";
import { literal } from "./field-sql.ts";
import { attributeList } from "./records-sql.ts";
import { checkFilter, checkLimit } from "./search.ts";
import { rangeSql, unionSql } from "./session.ts";
import type { Session } from "./session.ts";

/** Names at most in a list of metrics. */
const metricsMax = 20_000;

/** Points at most in one answer. */
const pointsMax = 2_000_000;

const seriesMaxOfAll = 100_000;

/** The metrics that have points in a range. */
export async function metricsIn(session: Session, range: Range): Promise<MetricInfo[]> {
  const branches = await session.branches(await session.files("points", range, everything));
  if (branches.length === 0) return [];
  const found = unionSql("points", branches, everything, {
    where: rangeSql("points", range),
    columns: (branch, fields) => `d.name as name, d.unit as unit, d.description as description,
      d.kind as kind, d.temporality as temporality, d.monotonic as monotonic, d.time_ns as ns,
      hash(${fields.origin("service")}, ${fields.origin("instance")}, ${attributeList(branch)})
        as labels`,
  });
  const latest = ["unit", "description", "kind", "temporality", "monotonic"]
    .map((column) => `arg_max(${column}, ns) as ${column}`)
    .join(", ");
  const rows = await session.rows(`select name, ${latest}, count(distinct labels) as series
    from (${found}) group by name order by name limit ${metricsMax}`);
  return rows.map((row) => ({
    name: String(row["name"]),
    unit: String(row["unit"]),
    description: String(row["description"]),
    kind: Number(row["kind"]),
    temporality: temporalities[Number(row["temporality"])] ?? "none",
    monotonic: Number(row["monotonic"]) !== 0,
    series: Number(row["series"]),
  }));
}

function nameCondition({ name }: SeriesQuery): string {
  if (name === undefined) return "true";
  if (!name.regex) return `d.name = ${literal(name.value)}`;
  try {
    RE2JS.compile(name.value);
  } catch (cause) {
    throw readErrors.MOR_TELEMETRY_QUERY(`the expression ${name.value} is wrong`, { cause });
  }
  return `regexp_full_match(d.name, ${literal(name.value)})`;
}

/** Lets files be passed over that have no point of the name. */
function filterWithName({ filter, name }: SeriesQuery): Filter {
  if (name === undefined || name.regex) return filter;
  return { op: "and", of: [{ op: "eq", field: "name", value: name.value }, filter] };
}

function labelsOf(row: DuckRow): Record<string, string> {
  const pairs = (row["labels"] as readonly string[]).map((pair): [string, string] => {
    const cut = pair.indexOf("\u0001");
    return [pair.slice(0, cut), pair.slice(cut + 1)];
  });
  const instance = String(row["instance"]);
  return {
    ...Object.fromEntries(pairs),
    service: String(row["service"]),
    ...(instance === "" ? {} : { instance }),
  };
}

function seriesFrom(row: DuckRow): MetricSeries {
  const kind = Number(row["kind"]);
  const times = row["times"] as readonly bigint[];
  return {
    name: String(row["name"]),
    unit: String(row["unit"]),
    kind,
    temporality: temporalities[Number(row["temporality"])] ?? "none",
    monotonic: Number(row["monotonic"]) !== 0,
    labels: labelsOf(row),
    timesMs: Float64Array.from(times, Number),
    values: Float64Array.from(row["nums"] as readonly number[]),
    ...(kind < 2
      ? {}
      : {
          counts: Float64Array.from(row["counts"] as readonly bigint[], Number),
          distributions: (row["distributions"] as readonly string[]).map(distributionOf),
        }),
  };
}

/** The series that a selection finds, with their points in the range. */
export async function seriesIn(session: Session, query: SeriesQuery): Promise<MetricSeries[]> {
  checkFilter(query.filter);
  checkLimit(query.seriesMax, seriesMaxOfAll);
  const files = await session.files("points", query, filterWithName(query));
  const branches = await session.branches(files);
  if (branches.length === 0) return [];
  const found = unionSql("points", branches, query.filter, {
    where: `${rangeSql("points", query)} and ${nameCondition(query)}`,
    columns: (branch, fields) => `d.name as name, d.unit as unit, d.kind as kind,
      d.temporality as temporality, d.monotonic as monotonic, d.time_ns as ns, d.value as num,
      d.count as observed, d.distribution as distribution, ${attributeList(branch)} as labels,
      ${fields.origin("service")} as service, ${fields.origin("instance")} as instance`,
  });
  const latest = ["unit", "kind", "temporality", "monotonic"]
    .map((column) => `arg_max(${column}, ns) as ${column}`)
    .join(", ");
  const tooMany = (what: string): Error =>
    readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE(`the selection has over ${what}`);
  const rows = await session.rows(`select name, labels, service, instance, ${latest},
      list(ns // 1000000 order by ns) as times, list(num order by ns) as nums,
      list(observed order by ns) filter (kind >= 2) as counts,
      list(distribution order by ns) filter (kind >= 2) as distributions,
      sum(count(*)) over () as whole
    from (select * from (${found}) limit ${pointsMax + 1})
    group by name, labels, service, instance limit ${query.seriesMax + 1}`);
  if (rows.length > query.seriesMax) throw tooMany(`${query.seriesMax} series`);
  if (Number(rows[0]?.["whole"] ?? 0) > pointsMax) throw tooMany(`${pointsMax} points`);
  return rows.map(seriesFrom);
}
