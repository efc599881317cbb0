import { bucketBounds } from "../core/metrics.ts";
import type { Labels, Series } from "../core/metrics.ts";

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

function labelText(labels: Labels, extra = ""): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (found) => escapes[found] ?? "")}"`,
  );
  if (extra !== "") pairs.push(extra);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function histogramLines({ name, labels, value, count = 0, buckets = [] }: Series): string[] {
  let sum = 0;
  const lines = bucketBounds.map((bound, index) => {
    sum += buckets[index] ?? 0;
    return `${name}_bucket${labelText(labels, `le="${bound}"`)} ${sum}`;
  });
  lines.push(`${name}_bucket${labelText(labels, 'le="+Inf"')} ${count}`);
  lines.push(
    `${name}_sum${labelText(labels)} ${value}`,
    `${name}_count${labelText(labels)} ${count}`,
  );
  return lines;
}

/** Metrics in Prometheus's text exposition format 0.0.4. */
export function exposition(series: readonly Series[]): string {
  const families = new Map<string, Series[]>();
  for (const one of series) {
    const family = families.get(one.name);
    if (family === undefined) families.set(one.name, [one]);
    else family.push(one);
  }
  const lines: string[] = [];
  for (const [name, family] of families) {
    const [first] = family;
    if (first === undefined) continue;
    if (first.help !== "") lines.push(`# HELP ${name} ${first.help.replace(/[\\\n]/g, " ")}`);
    lines.push(`# TYPE ${name} ${first.kind}`);
    for (const one of family) {
      if (one.kind === "histogram") lines.push(...histogramLines(one));
      else lines.push(`${name}${labelText(one.labels)} ${one.value}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Series of several processes as one: counters and histograms add up, gauges too. */
export function mergeSeries(processes: readonly (readonly Series[])[]): readonly Series[] {
  const merged = new Map<string, Series>();
  for (const series of processes.flat()) {
    const key = `${series.name} ${JSON.stringify(series.labels)}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? series : addSeries(known, series));
  }
  return [...merged.values()];
}

function addSeries(left: Series, right: Series): Series {
  const value = left.value + right.value;
  if (left.kind !== "histogram") return { ...left, value };
  const count = (left.count ?? 0) + (right.count ?? 0);
  const buckets = (left.buckets ?? []).map((n, index) => n + (right.buckets?.[index] ?? 0));
  return { ...left, value, count, buckets };
}
