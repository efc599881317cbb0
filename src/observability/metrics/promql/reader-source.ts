import { everything } from "../../signals/filter.ts";
import type { Filter } from "../../signals/filter.ts";
import type { MetricInfo, Range, SignalReader } from "../../signals/store.ts";
import type { LabelMatcher } from "./ast.ts";
import { classicSeries } from "./classic.ts";
import { promqlErrors } from "./errors.ts";
import type { SeriesSource } from "./evaluate.ts";
import { labelTest, seriesTest } from "./matchers.ts";
import { seriesNames } from "./names.ts";
import type { RawSeries } from "./values.ts";

/** Series that one selector may read. */
export const seriesMax = 10_000;

/** Metrics that one selector may name. */
const metricsMax = 500;

/** A range of milliseconds, both ends included, as the store wants it. */
export function storeRange(fromMs: number, toMs: number): Range {
  return {
    fromNs: BigInt(Math.floor(fromMs)) * 1_000_000n,
    toNs: (BigInt(Math.floor(toMs)) + 1n) * 1_000_000n,
  };
}

/**
 * What the store can filter itself: labels whose names are the same on both sides. The rest is
 * filtered by the labels of what comes back.
 */
function pushedDown(matchers: readonly LabelMatcher[]): Filter {
  const of = matchers.flatMap(({ label, op, value }): Filter[] => {
    if (op !== "=" || value === "" || !/^[A-Za-z0-9]+$/.test(label)) return [];
    if (label === "le" || label === "quantile") return [];
    if (label === "job" || label === "instance" || label === "service") return [];
    return [{ op: "eq", field: `attributes.${label}`, value }];
  });
  return of.length === 0 ? everything : { op: "and", of };
}

async function metricsOf(
  reader: Pick<SignalReader, "metrics">,
  matchers: readonly LabelMatcher[],
  range: Range,
): Promise<readonly MetricInfo[]> {
  const tests = matchers.filter(({ label }) => label === "__name__").map((one) => labelTest(one));
  const infos = await reader.metrics(range);
  const found = infos.filter((info) =>
    seriesNames(info).some((name) => tests.every((test) => test(name))),
  );
  if (found.length > metricsMax) {
    throw promqlErrors.MOR_PROMQL_LIMIT(`a selector names over ${metricsMax} metrics`);
  }
  return found;
}

/** Series of the telemetry store under the names that Prometheus would give them. */
export function readerSource(reader: Pick<SignalReader, "metrics" | "series">): SeriesSource {
  return {
    async select(matchers, fromMs, toMs) {
      const range = storeRange(fromMs, toMs);
      const fits = seriesTest(matchers);
      const filter = pushedDown(matchers);
      const names = new Set((await metricsOf(reader, matchers, range)).map(({ name }) => name));
      const found: RawSeries[] = [];
      for (const value of names) {
        const series = await reader.series({
          ...range,
          name: { value, regex: false },
          filter,
          seriesMax,
        });
        for (const one of series) {
          for (const classic of classicSeries(one)) if (fits(classic.labels)) found.push(classic);
        }
        if (found.length > seriesMax * 20) {
          throw promqlErrors.MOR_PROMQL_LIMIT(`a selector finds over ${seriesMax * 20} series`);
        }
      }
      return found;
    },
  };
}
