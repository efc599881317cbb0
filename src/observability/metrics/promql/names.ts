import type { MetricInfo } from "../../signals/store.ts";

/**
 * Units of UCUM as Prometheus spells them (OpenTelemetry's Prometheus compatibility, table of
 * units).
 */
const units: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  m: "meters",
  Cel: "celsius",
  Hz: "hertz",
  "%": "percent",
};

const perUnits: Readonly<Record<string, string>> = {
  s: "second",
  min: "minute",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

/** A label's name: every character that Prometheus does not know becomes `_`. */
export function labelName(key: string): string {
  const name = key.replaceAll(/[^A-Za-z0-9_]/g, "_");
  return /^\d/.test(name) ? `key_${name}` : name;
}

function unitWords(unit: string): readonly string[] {
  // What stands in braces is a remark: `{request}`.
  const plain = unit.replaceAll(/\{[^}]*\}/g, "").trim();
  if (plain === "" || plain === "1") return [];
  const [of = "", per] = plain.split("/");
  const first = units[of] ?? of;
  const words = [first, ...(per === undefined || per === "" ? [] : ["per", perUnits[per] ?? per])];
  return words.map((word) => word.replaceAll(/[^A-Za-z0-9]+/g, "_")).filter((word) => word !== "");
}

/** Index of kinds in `metricKinds`. */
const gauge = 0;
const sum = 1;

/**
 * The name under which Prometheus knows an OTLP metric: dots become `_`, the unit and `_total` are
 * put behind where they are not there already (OpenTelemetry, Prometheus and OpenMetrics
 * compatibility).
 */
export function promName({
  name,
  unit,
  kind,
  monotonic,
}: Pick<MetricInfo, "name" | "unit" | "kind" | "monotonic">): string {
  const counter = kind === sum && monotonic;
  const tokens = name
    .replaceAll(/[^A-Za-z0-9:]+/g, "_")
    .split("_")
    .filter((word) => word !== "");
  if (counter && tokens.at(-1) === "total") tokens.pop();
  const words = unitWords(unit);
  const has =
    words.length > 0 && words.every((word) => word.split("_").every((w) => tokens.includes(w)));
  if (!has) tokens.push(...words);
  if (kind === gauge && unit === "1" && !tokens.includes("ratio")) tokens.push("ratio");
  if (counter) tokens.push("total");
  const leading = name.startsWith("_") ? "_" : "";
  const made = leading + tokens.join("_");
  return /^\d/.test(made) ? `_${made}` : made;
}

/** The series that a metric has in Prometheus: histograms and summaries have several. */
export function seriesNames(
  info: Pick<MetricInfo, "name" | "unit" | "kind" | "monotonic">,
): string[] {
  const name = promName(info);
  if (info.kind < 2) return [name];
  if (info.kind === 4) return [name, `${name}_sum`, `${name}_count`];
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
}

/** Prometheus' word for the kind of a metric. */
export function promType({ kind, monotonic }: Pick<MetricInfo, "kind" | "monotonic">): string {
  if (kind === gauge) return "gauge";
  if (kind === sum) return monotonic ? "counter" : "gauge";
  return kind === 4 ? "summary" : "histogram";
}
