/** Functions and aggregations that the platform knows, for those who write an expression. */
export const promqlWords: readonly string[] = [
  "rate(",
  "increase(",
  "irate(",
  "sum(",
  "sum by (",
  "avg(",
  "avg by (",
  "max(",
  "max by (",
  "min(",
  "count(",
  "topk(",
  "bottomk(",
  "histogram_quantile(",
  "avg_over_time(",
  "max_over_time(",
  "min_over_time(",
  "sum_over_time(",
  "delta(",
  "deriv(",
  "absent(",
  "clamp_min(",
  "label_replace(",
  "abs(",
  "ceil(",
  "round(",
];

/** What stands at a place of an expression. */
export interface PromqlPlace {
  readonly kind: "name" | "label" | "none";
  /** What is typed of it so far, and where that begins. */
  readonly typed: string;
  readonly from: number;
  /** The metric whose braces are open. */
  readonly metric: string;
}

const quotes = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;

/** What could stand at the cursor of an expression: a label within braces, else a name. */
export function promqlAt(text: string, cursor: number): PromqlPlace {
  const before = text.slice(0, cursor).replaceAll(quotes, (one) => "_".repeat(one.length));
  const typed = /[A-Za-z_:][\w:]*$/.exec(before)?.[0] ?? "";
  const from = cursor - typed.length;
  const none = { kind: "none", typed, from, metric: "" } as const;
  if (/["']/.test(before) || /\[[^\]]*$/.test(before)) return none;
  const brace = /([A-Za-z_:][\w:]*)?\s*\{([^{}]*)$/.exec(before);
  if (brace !== null) {
    if (/=~?\s*$|!=\s*$|!~\s*$/.test(before)) return none;
    return { kind: "label", typed, from, metric: brace[1] ?? "" };
  }
  if (/\b(by|without|on|ignoring)\s*\([^()]*$/.test(before)) {
    return { kind: "label", typed, from, metric: "" };
  }
  return { kind: "name", typed, from, metric: "" };
}

/** An expression to begin with for a metric: counters by their rate, histograms by a quantile. */
export function firstExpression(name: string, names: readonly string[]): string {
  if (name.endsWith("_bucket")) return `histogram_quantile(0.95, sum by (le) (rate(${name}[5m])))`;
  const bucket = `${name}_bucket`;
  if (names.includes(bucket)) return firstExpression(bucket, names);
  if (/_(total|count|sum)$/.test(name)) return `sum(rate(${name}[5m]))`;
  return /^[A-Za-z_:][\w:]*$/.test(name) ? name : `{__name__=${JSON.stringify(name)}}`;
}
