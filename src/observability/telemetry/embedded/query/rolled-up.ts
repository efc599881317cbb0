import type { Filter } from "../../../signals/filter.ts";
import { levelRanges } from "../../../signals/filter.ts";
import type { Signal } from "../../../signals/records.ts";
import { spanKinds, statusCodes } from "../../../signals/records.ts";
import type { Range } from "../../../signals/store.ts";
import { quoted } from "../duck.ts";
import type { SegmentPart } from "../segment.ts";
import type { View } from "../view.ts";
import { literal } from "./field-sql.ts";
import { bucketSql, rowsSql } from "./measuring.ts";
import type { Asked } from "./measuring.ts";
import type { Reading } from "./search.ts";
import { branchesOf, overlaps } from "./source.ts";
import type { DataFile } from "./source.ts";

/** Rollups are by minute. */
const minuteNs: bigint = 60_000_000_000n;
const minuteMs = 60_000;

/** A rollup that can stand for the rows of a signal, and its columns as fields. */
interface Rollup {
  readonly part: SegmentPart;
  readonly fields: Readonly<Record<string, string>>;
  readonly weight: string;
  /** Numbers that it has: the value that a row's bucket stands for. */
  readonly numbers: Readonly<Record<string, string>>;
}

const listed = (names: readonly string[], column: string): string =>
  `list_value(${names.map(quoted).join(", ")})[${column} + 1]`;

const filled = (column: string): string => `nullif(${column}, '')`;

const rollups: { readonly [S in Signal]?: Rollup } = {
  logs: {
    part: "counts",
    weight: "lines::double",
    numbers: {},
    fields: {
      service: filled("service"),
      environment: filled("environment"),
      pattern: filled("pattern"),
      severity: "severity::varchar",
      level: listed(Object.keys(levelRanges), "least(6, (greatest(severity, 0) + 3) // 4)"),
    },
  },
  spans: {
    part: "red",
    weight: "calls",
    numbers: {
      duration: "if(bucket = -100000, 0, 2 * pow(1.02, bucket) / 2.02)",
    },
    fields: {
      service: filled("service"),
      environment: filled("environment"),
      version: filled("version"),
      name: filled("name"),
      kind: listed(spanKinds, "kind"),
      status: listed(statusCodes, "status"),
      "http.request.method": filled("http_method"),
      "http.route": filled("http_route"),
      "messaging.destination.name": filled("destination"),
      "db.system.name": filled("db_system"),
    },
  },
};

/** Whether a rollup can tell whether a filter holds; and how. */
function rollupCondition(filter: Filter, { fields }: Rollup, certain: boolean): string | undefined {
  const leaf = (sql: string): string => (certain ? `coalesce(${sql}, false)` : `(${sql})`);
  switch (filter.op) {
    case "all":
      return "true";
    case "and":
    case "or": {
      const parts = filter.of.map((one) => rollupCondition(one, { fields } as Rollup, certain));
      if (parts.some((part) => part === undefined)) return undefined;
      if (parts.length === 0) return filter.op === "and" ? "true" : "false";
      return `(${parts.join(` ${filter.op} `)})`;
    }
    case "not": {
      const inside = rollupCondition(filter.of, { fields } as Rollup, true);
      return inside === undefined ? undefined : `(not ${inside})`;
    }
    case "ne":
      return rollupCondition(
        { op: "not", of: { ...filter, op: "eq" } },
        { fields } as Rollup,
        certain,
      );
    case "eq": {
      const { field, value } = filter;
      const column = Object.hasOwn(fields, field) ? fields[field] : undefined;
      if (column === undefined || typeof value !== "string") return undefined;
      return leaf(`${column} = ${literal(value)}`);
    }
    case "in": {
      const each = filter.values.map((value): Filter => ({ op: "eq", field: filter.field, value }));
      return rollupCondition({ op: "or", of: each }, { fields } as Rollup, certain);
    }
    default:
      return undefined;
  }
}

/** Whether what is asked for can be had from a rollup. */
function canAnswer({ query, numbers, texts, filters }: Asked, rollup: Rollup): boolean {
  const known = (field: string): boolean => Object.hasOwn(rollup.fields, field);
  if (texts.length > 0 || !query.by.every(known)) return false;
  if (!numbers.every((field) => Object.hasOwn(rollup.numbers, field))) return false;
  // Only what buckets tell exactly enough: averages, sums and extremes come from the rows.
  const measured = query.measures.every(
    ({ fn }) => fn === "count" || fn === "count-if" || fn === "quantile",
  );
  if (!measured || (query.stepMs !== undefined && query.stepMs % minuteMs !== 0)) return false;
  return [query.filter, ...filters].every(
    (filter) => rollupCondition(filter, rollup, false) !== undefined,
  );
}

/** The whole minutes within a range; undefined where there are none. */
function wholeMinutes({ fromNs, toNs }: Range): Range | undefined {
  const from = ((fromNs + minuteNs - 1n) / minuteNs) * minuteNs;
  const to = (toNs / minuteNs) * minuteNs;
  return from < to ? { fromNs: from, toNs: to } : undefined;
}

function rollupSql(asked: Asked, rollup: Rollup, paths: readonly string[], whole: Range): string {
  const { query } = asked;
  const time = "minute * 1000000";
  const columns = [
    `${bucketSql(time, query)} as t`,
    ...query.by.map((field, at) => `${rollup.fields[field] ?? "null"} as b${at}`),
    `${rollup.weight} as w`,
    ...asked.numbers.map((field, at) => `${rollup.numbers[field] ?? "null"} as n${at}`),
    ...asked.filters.map((filter, at) => {
      const holds = rollupCondition(filter, rollup, false) ?? "false";
      return `coalesce(${holds}, false) as c${at}`;
    }),
  ];
  const where = rollupCondition(query.filter, rollup, false) ?? "true";
  return `select ${columns.join(", ")} from read_parquet([${paths.map(quoted).join(", ")}])
    where minute >= ${whole.fromNs / 1_000_000n} and minute < ${whole.toNs / 1_000_000n}
      and ${where}`;
}

/** Rows of files outside of the whole minutes: the ends of the range. */
async function endsSql(
  reading: Reading,
  view: View,
  asked: Asked,
  files: readonly DataFile[],
  ranges: readonly Range[],
): Promise<string[]> {
  const some = files.filter(({ facts }) => ranges.some((range) => overlaps(facts, range)));
  const branches = await branchesOf(reading.engine, view, some);
  return branches.map((branch) => rowsSql(asked, branch, ranges));
}

/**
 * What is asked for out of rollups: of sealed segments their minutes that lie whole in the range,
 * of the rest the rows. Undefined when rollups cannot answer.
 */
export async function rolledUp(
  reading: Reading,
  view: View,
  asked: Asked,
): Promise<string[] | undefined> {
  const { query } = asked;
  const rollup = rollups[query.signal];
  const whole = wholeMinutes(query);
  if (rollup === undefined || whole === undefined || !canAnswer(asked, rollup)) return undefined;
  const segments = view.segments.filter((one) => one.signal === query.signal);
  const within = segments.filter((segment) => overlaps(segment, whole));
  const paths = within.flatMap(({ files }) => files[rollup.part] ?? []);
  if (paths.length < within.length) return undefined;
  await Promise.all(within.map((segment) => reading.engine.hold(segment)));
  const fresh = view.fresh.filter((file) => file.signal === query.signal);
  const ends: Range[] = [
    { fromNs: query.fromNs, toNs: whole.fromNs },
    { fromNs: whole.toNs, toNs: query.toNs },
  ].filter(({ fromNs, toNs }) => fromNs < toNs);
  const sealed = segments.map((segment): DataFile => ({ segment, facts: segment }));
  const unsealed = fresh.map((file): DataFile => ({ fresh: file, facts: file }));
  return [
    ...(paths.length > 0 ? [rollupSql(asked, rollup, paths, whole)] : []),
    ...(ends.length > 0 ? await endsSql(reading, view, asked, sealed, ends) : []),
    ...(await endsSql(reading, view, asked, unsealed, [query])),
  ];
}
