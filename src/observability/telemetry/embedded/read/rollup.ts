import { mainText } from "../../../signals/filter.ts";
import type { Filter } from "../../../signals/filter.ts";
import type { Signal } from "../../../signals/records.ts";
import type { AggregateQuery, Range } from "../../../signals/store.ts";
import type { Segment } from "../segment.ts";
import type { Session } from "./session.ts";
import { lacks, overlaps } from "./source.ts";
import type { Branch } from "./source.ts";

/** Nanoseconds of a minute, the grain of rollups. */
export const minuteNs = 60_000_000_000n;

/** Attributes that spans' rollups have; the column is empty, or 0, where a span has none. */
const spanAttributes: Readonly<Record<string, string>> = {
  "http.request.method": "nullif(d.http_method, '')",
  "http.route": "nullif(d.http_route, '')",
  "http.response.status_code": "nullif(d.http_status, 0)::varchar",
};

const fieldsOf: { readonly [S in Signal]?: ReadonlySet<string> } = {
  logs: new Set(["service", "environment", "level", "severity", "pattern"]),
  spans: new Set([
    "service",
    "environment",
    "version",
    "name",
    "kind",
    "status",
    ...Object.keys(spanAttributes),
  ]),
};

/**
 * Built-in fields that may be empty: a record's attribute of that name stands for them then, which
 * rollups do not know.
 */
const maybeEmpty = new Set(["environment", "version", "pattern", "name"]);

/** The fields that a filter reads. */
function filterFields(filter: Filter, signal: Signal): string[] {
  switch (filter.op) {
    case "all":
      return [];
    case "and":
    case "or":
      return filter.of.flatMap((one) => filterFields(one, signal));
    case "not":
      return filterFields(filter.of, signal);
    case "text":
      return [mainText[signal]];
    default:
      return [filter.field];
  }
}

/** The fields of a query, if its answer can be made of rollups; what of a minute is asked. */
function rollupFields(query: AggregateQuery): string[] | undefined {
  const { signal, stepMs, by, measures, filter } = query;
  const known = fieldsOf[signal];
  if (known === undefined || (stepMs !== undefined && stepMs % 60_000 !== 0)) return undefined;
  const used = [...filterFields(filter, signal), ...by];
  for (const measure of measures) {
    if (measure.fn === "count-if") used.push(...filterFields(measure.filter, signal));
    else if (measure.fn !== "count") {
      // Of durations only buckets and sums are known.
      const summed = measure.fn === "sum" || measure.fn === "avg" || measure.fn === "quantile";
      if (signal === "spans" && measure.field === "duration" && summed) continue;
      used.push(measure.field);
    }
  }
  return used.every((field) => known.has(field)) ? used : undefined;
}

/** What rollups answer of a query, and what is left to be read record by record. */
export interface RolledUp {
  readonly branch: Branch;
  /** The whole minutes, which the rollups answer. */
  readonly minutes: Range;
  readonly segments: ReadonlySet<Segment>;
}

/**
 * The rollups that answer a query, if they answer it exactly: its whole minutes, in segments that
 * have rollups. Rollups count what sampling left out, record by record.
 */
export async function rolledUp(
  session: Session,
  query: AggregateQuery,
): Promise<RolledUp | undefined> {
  const used = rollupFields(query);
  if (used === undefined) return undefined;
  const minutes = {
    fromNs: ((query.fromNs + minuteNs - 1n) / minuteNs) * minuteNs,
    toNs: (query.toNs / minuteNs) * minuteNs,
  };
  if (minutes.fromNs >= minutes.toNs) return undefined;
  const part = query.signal === "logs" ? "counts" : "red";
  const doubtful = used.filter((field) => maybeEmpty.has(field));
  const segments = session.view.segments.filter(
    (segment) =>
      segment.signal === query.signal &&
      segment.files[part] !== undefined &&
      overlaps(segment, minutes) &&
      doubtful.every((field) => lacks(segment, field)),
  );
  if (segments.length === 0) return undefined;
  await Promise.all(segments.map((segment) => session.engine.hold(segment)));
  const branch: Branch = {
    isFresh: false,
    shape: { columns: [], types: [], mixed: [], rest: [] },
    paths: segments.map(({ files }) => files[part] ?? ""),
    origins: [],
    rollup: query.signal === "spans" ? spanAttributes : {},
  };
  return { branch, minutes, segments: new Set(segments) };
}
