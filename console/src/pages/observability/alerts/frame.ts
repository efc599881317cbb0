/** A span of time, milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One line of a frame. */
export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** Values over time: all lines have a value, or null, at each moment. */
export interface Frame {
  readonly atMs: readonly number[];
  readonly lines: readonly Line[];
  /** Lines that there was no room for. */
  readonly leftOut: number;
}

/** A value of a row. */
export type Cell = string | number | boolean | null;

/** Rows as SQL gives them. */
export interface Grid {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Lines that one chart shows. */
export const linesMax = 20;

const second = 1000;
const steps: readonly number[] = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
].map((one) => one * second);
const pointsMax = 150;

/** A round step that gives a span at most 150 points, milliseconds. */
export function stepOf({ fromMs, toMs }: Span): number {
  const least = (toMs - fromMs) / pointsMax;
  return steps.find((one) => one >= least) ?? 86_400 * second;
}

/** A group's values at some moments. */
export interface Sample {
  readonly label: string;
  readonly atMs: number;
  readonly value: number | null;
}

const sizeOf = ({ values }: Line): number =>
  values.reduce<number>((sum, one) => sum + Math.abs(one ?? 0), 0);

/**
 * Samples as lines, the largest first. Moments between the first and the last that have no sample
 * are `absent`: nought for counts, a gap for what is measured.
 */
export function framed(
  samples: readonly Sample[],
  moments: readonly number[],
  absent: 0 | null,
): Frame {
  const places = new Map(moments.map((atMs, at) => [atMs, at]));
  const byLabel = new Map<string, (number | null)[]>();
  for (const { label, atMs, value } of samples) {
    const at = places.get(atMs);
    if (at === undefined) continue;
    const values = byLabel.get(label) ?? moments.map(() => absent as number | null);
    values[at] = value;
    byLabel.set(label, values);
  }
  const lines = [...byLabel]
    .map(([label, values]) => ({ label, values }))
    .sort((a, b) => sizeOf(b) - sizeOf(a));
  return {
    atMs: moments,
    lines: lines.slice(0, linesMax),
    leftOut: Math.max(0, lines.length - linesMax),
  };
}

/** The moments of a span at which a whole step begins. */
export function momentsOf({ fromMs, toMs }: Span, stepMs: number): readonly number[] {
  const moments: number[] = [];
  for (let at = Math.floor(fromMs / stepMs) * stepMs; at + stepMs <= toMs; at += stepMs) {
    moments.push(at);
  }
  return moments;
}

const isTime = (type: string): boolean => /^(TIMESTAMP|DATE)/i.test(type);
const isNumber = (type: string): boolean => /INT|DOUBLE|FLOAT|DECIMAL|REAL/i.test(type);

/** The moment that a cell says, in UTC as the store writes it. */
export function momentOf(cell: Cell | undefined): number | undefined {
  if (typeof cell !== "string") return undefined;
  const text = cell.trim().replace(" ", "T");
  const zoned = /T.*(Z|[+-]\d\d(:?\d\d)?)$/.test(text)
    ? text.replace(/([+-]\d\d)$/, "$1:00")
    : `${text}Z`;
  const atMs = Date.parse(
    /^\d{4}-\d\d-\d\d$/.test(text) ? text : zoned.replace(/(\.\d{3})\d+/, "$1"),
  );
  return Number.isNaN(atMs) ? undefined : atMs;
}

function labelOf(texts: readonly string[], name: string, isAlone: boolean): string {
  if (texts.length === 0) return name;
  return [...texts, ...(isAlone ? [] : [name])].join(" · ");
}

/**
 * Rows as lines, where they have a column of times and one of numbers: columns of text name the
 * lines. Undefined where they cannot be drawn.
 */
export function frameOfGrid({ columns, rows }: Grid): Frame | undefined {
  const time = columns.findIndex(({ type }) => isTime(type));
  const numbers = columns.flatMap(({ type }, at) => (isNumber(type) ? [at] : []));
  const names = columns.flatMap(({ type }, at) => (/VARCHAR|ENUM|BOOLEAN/i.test(type) ? [at] : []));
  if (time < 0 || numbers.length === 0 || rows.length === 0) return undefined;
  const samples: Sample[] = [];
  for (const row of rows) {
    const atMs = momentOf(row[time]);
    if (atMs === undefined) continue;
    const texts = names.map((at) => String(row[at] ?? "–"));
    for (const at of numbers) {
      const value = row[at];
      const label = labelOf(texts, columns[at]?.name ?? "", numbers.length === 1);
      samples.push({ label, atMs, value: typeof value === "number" ? value : null });
    }
  }
  const moments = [...new Set(samples.map(({ atMs }) => atMs))].sort((a, b) => a - b);
  return moments.length === 0 ? undefined : framed(samples, moments, null);
}

/** The first number of the first row: what a panel of one number shows. */
export function numberOfGrid({ columns, rows }: Grid): number | null {
  const at = columns.findIndex(({ type }) => isNumber(type));
  const value = rows[0]?.[at];
  return typeof value === "number" ? value : null;
}

/** A moment as SQL writes it, in UTC. */
const instant = (atMs: number): string =>
  `timestamp '${new Date(atMs).toISOString().replace("T", " ").replace("Z", "")}'`;

/** A statement in which `$from`, `$to` and `$step` stand for the span that is shown. */
export function withSpan(sql: string, span: Span): string {
  return sql
    .replaceAll(/\$from\b/g, instant(span.fromMs))
    .replaceAll(/\$to\b/g, instant(span.toMs))
    .replaceAll(/\$step\b/g, `interval ${Math.round(stepOf(span) / second)} second`);
}

/** The labels of a series in one line; its name where it has none; empty where it has neither. */
export function seriesLabel(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = "", ...labels } = metric;
  const said = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return said.length === 0 ? name : said.join(" ");
}

/** Labels that all series share tell nothing apart: they are left out. */
export function telling(
  series: readonly Readonly<Record<string, string>>[],
): readonly Readonly<Record<string, string>>[] {
  const [first] = series;
  if (first === undefined || series.length < 2) return series;
  const shared = new Set(
    Object.entries(first)
      .filter(([label, value]) => series.every((one) => one[label] === value))
      .map(([label]) => label),
  );
  return series.map((one) =>
    Object.fromEntries(Object.entries(one).filter(([label]) => !shared.has(label))),
  );
}
