import { promqlErrors } from "./errors.ts";
import { formatValue } from "./literals.ts";

/** Labels by name, with `__name__` for the metric. */
export type Labels = Readonly<Record<string, string>>;

/** One series as it was stored. */
export interface RawSeries {
  readonly labels: Labels;
  /** Ascending, milliseconds since 1970. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** One series of an answer: a value at each step, where it has one. */
export interface Column {
  readonly labels: Labels;
  readonly values: Float64Array;
  /** 1 at the steps that have a value: NaN is a value too. */
  readonly has: Uint8Array;
}

/** What an expression answers over all steps. */
export type Value =
  | { readonly type: "scalar"; readonly values: Float64Array }
  | { readonly type: "string"; readonly text: string }
  | { readonly type: "vector"; readonly columns: readonly Column[]; readonly sorted?: boolean };

/** A text that is the same for the same labels. */
export function labelKey(labels: Labels): string {
  return Object.keys(labels)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => `${name}\u0001${labels[name]}`)
    .join("\u0002");
}

/** The labels of `names` that are there and not empty, as a key. */
export function keyOn(labels: Labels, names: readonly string[]): string {
  return names.map((name) => labels[name] ?? "").join("\u0002");
}

/** The labels without some, and without those that are empty. */
export function without(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    if (value !== "" && !names.has(name)) kept[name] = value;
  }
  return kept;
}

/** Only the labels of `names` that are there and not empty. */
export function only(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = labels[name];
    if (value !== undefined && value !== "") kept[name] = value;
  }
  return kept;
}

const metricName: ReadonlySet<string> = new Set(["__name__"]);

/** The labels without the metric's name: what is left when a value is no longer the metric's. */
export function nameless(labels: Labels): Labels {
  return labels["__name__"] === undefined ? labels : without(labels, metricName);
}

/** An empty column. */
export function columnOf(labels: Labels, steps: number): Column {
  return { labels, values: new Float64Array(steps), has: new Uint8Array(steps) };
}

/** Labels as Prometheus prints them: `{job="a"}`. */
export function printLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.join(", ")}}`;
}

/**
 * Columns with distinct labels: those of the same labels become one.
 * @throws MOR_PROMQL_EXECUTION where two have a value at the same step
 */
export function distinct(columns: readonly Column[]): readonly Column[] {
  const byKey = new Map<string, Column>();
  for (const column of columns) {
    const key = labelKey(column.labels);
    const known = byKey.get(key);
    if (known === undefined) {
      byKey.set(key, column);
      continue;
    }
    const merged = columnOf(known.labels, known.values.length);
    for (let step = 0; step < merged.values.length; step++) {
      const both = (known.has[step] ?? 0) + (column.has[step] ?? 0);
      if (both === 2) {
        throw promqlErrors.MOR_PROMQL_EXECUTION(
          `vector cannot contain metrics with the same labelset: ${printLabels(known.labels)}`,
        );
      }
      if (both === 0) continue;
      const source = known.has[step] === 1 ? known : column;
      merged.values[step] = source.values[step] ?? 0;
      merged.has[step] = 1;
    }
    byKey.set(key, merged);
  }
  return [...byKey.values()];
}

/** The columns that have a value at some step. */
export function present(columns: readonly Column[]): readonly Column[] {
  return columns.filter(({ has }) => has.includes(1));
}

/** Applies `change` to every value of a column. */
export function mapColumn(
  column: Column,
  labels: Labels,
  change: (value: number, step: number) => number,
): Column {
  const { has, values } = column;
  const changed = new Float64Array(values.length);
  for (let step = 0; step < values.length; step++) {
    if (has[step] === 1) changed[step] = change(values[step] as number, step);
  }
  return { labels, values: changed, has };
}

/** The value of a step as a sample's text. */
export const sampleText = (values: Float64Array, step: number): string =>
  formatValue(values[step] ?? Number.NaN);
