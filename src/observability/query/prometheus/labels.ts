import type { LabelMatcher } from "../../metrics/promql/ast.ts";
import { labelName, promName, promType, seriesNames } from "../../metrics/promql/names.ts";
import { parsePromql } from "../../metrics/promql/parse.ts";
import { readerSource } from "../../metrics/promql/reader-source.ts";
import type { Labels } from "../../metrics/promql/values.ts";
import { labelKey } from "../../metrics/promql/values.ts";
import type { MetricInfo, Range, SignalReader } from "../../signals/store.ts";
import { BadParameter } from "./failure.ts";

/** What of the store the questions about labels need. */
export type LabelReader = Pick<SignalReader, "metrics" | "series" | "fields" | "fieldValues">;

/** Values of one label at most. */
const valuesMax = 10_000;

/** The selectors of `match[]`. */
export function selectorsOf(texts: readonly string[]): (readonly LabelMatcher[])[] {
  return texts.map((text) => {
    const expr = parsePromql(text);
    if (expr.type !== "vector") {
      throw new BadParameter('invalid parameter "match[]": a selector is expected');
    }
    return expr.matchers;
  });
}

/** Labels of all series that any of the selectors fits. */
export async function seriesLabels(
  reader: LabelReader,
  selectors: readonly (readonly LabelMatcher[])[],
  fromMs: number,
  toMs: number,
): Promise<readonly Labels[]> {
  const source = readerSource(reader);
  const found = new Map<string, Labels>();
  for (const matchers of selectors) {
    for (const { labels } of await source.select(matchers, fromMs, toMs)) {
      found.set(labelKey(labels), labels);
    }
  }
  return [...found.values()];
}

const sorted = (values: Iterable<string>): string[] =>
  [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** Fields of points that are no labels of their series. */
const notLabels: ReadonlySet<string> = new Set([
  "service",
  "name",
  "unit",
  "value",
  "version",
  "environment",
  "scope",
]);

const asField = (name: string): string =>
  name.startsWith("attributes.") ? name.slice("attributes.".length) : name;

async function labelFields(reader: LabelReader, range: Range): Promise<readonly string[]> {
  const fields = await reader.fields("points", range);
  return fields
    .map(({ name }) => name)
    .filter((name) => !notLabels.has(name) && !name.startsWith("resource."));
}

const bucketed = ({ kind }: MetricInfo): boolean => kind === 2 || kind === 3;

/** Names of all labels. */
export async function labelNames(reader: LabelReader, range: Range): Promise<string[]> {
  const infos = await reader.metrics(range);
  if (infos.length === 0) return [];
  const fields = await labelFields(reader, range);
  return sorted([
    "__name__",
    "job",
    ...fields.map((name) => labelName(asField(name))),
    ...(infos.some(bucketed) ? ["le"] : []),
    ...(infos.some(({ kind }) => kind === 4) ? ["quantile"] : []),
  ]);
}

/** Values of one label. */
export async function labelValues(
  reader: LabelReader,
  label: string,
  range: Range,
): Promise<string[]> {
  if (label === "__name__") {
    return sorted((await reader.metrics(range)).flatMap((info) => seriesNames(info)));
  }
  const fields = (await labelFields(reader, range)).filter(
    (name) => labelName(asField(name)) === label,
  );
  const wanted = label === "job" ? [...fields, "service"] : fields;
  const found: string[] = [];
  for (const field of wanted) {
    const values = await reader.fieldValues("points", field, range, "", valuesMax);
    found.push(...values.map(({ value }) => value));
  }
  return sorted(found.filter((value) => value !== "")).slice(0, valuesMax);
}

/** What is known of metrics by name, as `/api/v1/metadata` says it. */
export async function metadata(
  reader: LabelReader,
  range: Range,
  metric: string | null,
  limit: number,
): Promise<Record<string, { type: string; help: string; unit: string }[]>> {
  const about: Record<string, { type: string; help: string; unit: string }[]> = {};
  for (const info of await reader.metrics(range)) {
    const name = promName(info);
    if (metric !== null && metric !== "" && metric !== name) continue;
    if (Object.keys(about).length >= limit && about[name] === undefined) break;
    const entry = { type: promType(info), help: info.description, unit: info.unit };
    (about[name] ??= []).push(entry);
  }
  return about;
}
