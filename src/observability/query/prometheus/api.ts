import type { Clock } from "../../../core/clock.ts";
import { evaluate, evaluateMatrix, promqlLimits } from "../../metrics/promql/evaluate.ts";
import type { Evaluation, PromqlLimits } from "../../metrics/promql/evaluate.ts";
import { parsePromql } from "../../metrics/promql/parse.ts";
import { readerSource, storeRange } from "../../metrics/promql/reader-source.ts";
import { jsonAnswer, parametersOf, segmentsOf } from "../parameters.ts";
import type { Parameters } from "../parameters.ts";
import { BadParameter, failure, failureOf } from "./failure.ts";
import { labelNames, labelValues, metadata, selectorsOf, seriesLabels } from "./labels.ts";
import type { LabelReader } from "./labels.ts";
import { instantResult, rangeResult, seriesResult } from "./results.ts";
import { instantOf, spanOf } from "./times.ts";

/** What the API reads, and by which clock. */
export interface PrometheusOptions {
  readonly reader: LabelReader;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly limits?: Partial<PromqlLimits>;
  /** The platform's version, for `status/buildinfo`. */
  readonly version?: string;
}

/** Where the API is served. */
export const prometheusPrefix = "/compat/prometheus/api/v1/";

/** How far back questions about labels look where no start is given, milliseconds. */
const lookMs = 6 * 3_600_000;

type Data = unknown;

function evaluation(
  options: PrometheusOptions,
  parameters: Parameters,
  startMs: number,
  endMs: number,
  stepMs: number,
): Evaluation {
  const { reader, clock } = options;
  const limits = { ...promqlLimits, ...options.limits };
  const timeoutMs = Math.min(limits.timeoutMs, spanOf(parameters, "timeout") ?? limits.timeoutMs);
  const lookbackMs = spanOf(parameters, "lookback_delta") ?? limits.lookbackMs;
  return {
    expr: parsePromql(parameters.get("query") ?? ""),
    startMs,
    endMs,
    stepMs,
    source: readerSource(reader),
    clock,
    limits: { ...limits, timeoutMs, lookbackMs },
  };
}

async function instant(options: PrometheusOptions, parameters: Parameters): Promise<Data> {
  const timeMs = instantOf(parameters, "time", options.clock.now());
  const asked = evaluation(options, parameters, timeMs, timeMs, 0);
  const { type } = asked.expr;
  if (type === "matrix" || type === "subquery") return seriesResult(await evaluateMatrix(asked));
  return instantResult(await evaluate(asked));
}

function requiredInstant(parameters: Parameters, name: string): number {
  const ms = instantOf(parameters, name, Number.NaN);
  if (Number.isNaN(ms)) {
    throw new BadParameter(`invalid parameter "${name}": cannot parse "" to a valid timestamp`);
  }
  return ms;
}

async function overRange(options: PrometheusOptions, parameters: Parameters): Promise<Data> {
  const startMs = requiredInstant(parameters, "start");
  const endMs = requiredInstant(parameters, "end");
  if (endMs < startMs) {
    throw new BadParameter('invalid parameter "end": end timestamp must not be before start time');
  }
  const stepMs = spanOf(parameters, "step") ?? 0;
  if (stepMs <= 0) {
    throw new BadParameter(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. ' +
        "Try a positive integer",
    );
  }
  if ((endMs - startMs) / stepMs >= promqlLimits.stepsMax) {
    throw new BadParameter(
      `exceeded maximum resolution of ${promqlLimits.stepsMax} points per timeseries. Try ` +
        "decreasing the query resolution (?step=XX)",
    );
  }
  return rangeResult(await evaluate(evaluation(options, parameters, startMs, endMs, stepMs)));
}

interface Bounds {
  readonly fromMs: number;
  readonly toMs: number;
}

function boundsOf({ clock }: PrometheusOptions, parameters: Parameters): Bounds {
  const toMs = instantOf(parameters, "end", clock.now());
  return { fromMs: instantOf(parameters, "start", toMs - lookMs), toMs };
}

async function series(options: PrometheusOptions, parameters: Parameters): Promise<Data> {
  const selectors = selectorsOf(parameters.getAll("match[]"));
  if (selectors.length === 0) throw new BadParameter("no match[] parameter provided");
  const { fromMs, toMs } = boundsOf(options, parameters);
  const found = await seriesLabels(options.reader, selectors, fromMs, toMs);
  return cut(found, parameters);
}

function cut<T>(list: readonly T[], parameters: Parameters): readonly T[] {
  const limit = Number(parameters.get("limit") ?? 0);
  return Number.isInteger(limit) && limit > 0 ? list.slice(0, limit) : list;
}

async function labels(options: PrometheusOptions, parameters: Parameters): Promise<Data> {
  const { fromMs, toMs } = boundsOf(options, parameters);
  const selectors = selectorsOf(parameters.getAll("match[]"));
  if (selectors.length === 0) {
    return cut(await labelNames(options.reader, storeRange(fromMs, toMs)), parameters);
  }
  const found = await seriesLabels(options.reader, selectors, fromMs, toMs);
  return cut([...new Set(found.flatMap((one) => Object.keys(one)))].sort(compare), parameters);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function valuesOf(
  options: PrometheusOptions,
  parameters: Parameters,
  label: string,
): Promise<Data> {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(label)) {
    throw new BadParameter(`invalid label name: "${label}"`);
  }
  const { fromMs, toMs } = boundsOf(options, parameters);
  const selectors = selectorsOf(parameters.getAll("match[]"));
  if (selectors.length === 0) {
    return cut(await labelValues(options.reader, label, storeRange(fromMs, toMs)), parameters);
  }
  const found = await seriesLabels(options.reader, selectors, fromMs, toMs);
  const values = found.flatMap((one) => one[label] ?? []);
  return cut([...new Set(values)].sort(compare), parameters);
}

async function about(options: PrometheusOptions, parameters: Parameters): Promise<Data> {
  const { fromMs, toMs } = boundsOf(options, parameters);
  const limit = Number(parameters.get("limit") ?? 0);
  const many = Number.isInteger(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
  return metadata(options.reader, storeRange(fromMs, toMs), parameters.get("metric"), many);
}

/** The version of Prometheus whose answers these are: clients choose their features by it. */
function buildInfo({ version = "" }: PrometheusOptions): Data {
  return {
    version: "3.0.0",
    revision: `morning ${version}`.trim(),
    branch: "",
    buildUser: "",
    buildDate: "",
    goVersion: "",
  };
}

async function dispatch(
  options: PrometheusOptions,
  path: readonly string[],
  parameters: Parameters,
): Promise<Data> {
  const [first = "", second = "", third] = path;
  if (first === "label" && third === "values" && path.length === 3) {
    return valuesOf(options, parameters, second);
  }
  switch (path.join("/")) {
    case "query":
      return instant(options, parameters);
    case "query_range":
      return overRange(options, parameters);
    case "series":
      return series(options, parameters);
    case "labels":
      return labels(options, parameters);
    case "metadata":
      return about(options, parameters);
    case "status/buildinfo":
      return buildInfo(options);
    // Grafana asks for these beside every panel; Morning's alerts are no Prometheus rules.
    case "query_exemplars":
      return [];
    case "rules":
      return { groups: [] };
    case "alerts":
      return { alerts: [] };
    default:
      return undefined;
  }
}

/**
 * The part of Prometheus' HTTP API that Grafana's panels and variables use, over the telemetry
 * store, below `/compat/prometheus/api/v1/`.
 */
export function prometheusApi(options: PrometheusOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "GET" && request.method !== "POST") {
      return new Response(undefined, { status: 405, headers: { allow: "GET, POST" } });
    }
    try {
      const path = segmentsOf(request, prometheusPrefix) ?? [];
      const data = await dispatch(options, path, await parametersOf(request));
      if (data === undefined) return failure("not_found", `there is no ${path.join("/")}`);
      return jsonAnswer(200, { status: "success", data });
    } catch (error) {
      return failureOf(error);
    }
  };
}
