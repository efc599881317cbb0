import type { Clock } from "../../core/clock.ts";
import { nsOf } from "../api/shapes.ts";
import { parseQuery } from "../logs/query/index.ts";
import { evaluate } from "../metrics/promql/evaluate.ts";
import { parsePromql } from "../metrics/promql/parse.ts";
import { readerSource } from "../metrics/promql/reader-source.ts";
import type { SignalReader } from "../signals/store.ts";
import type { Tally } from "./burn.ts";
import { increaseOf } from "./slo.ts";
import type { Indicator } from "./slo.ts";

/** Events of a bucket of time. */
export interface CountedBucket extends Tally {
  readonly atMs: number;
}

/** What two counters grew by, step by step. */
async function promqlTotals(
  reader: Pick<SignalReader, "metrics" | "series">,
  clock: Pick<Clock, "monotonic">,
  { good, total }: Extract<Indicator, { type: "metrics" }>,
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
): Promise<readonly CountedBucket[]> {
  const source = readerSource(reader);
  const window = `${stepMs}ms`;
  const grown = async (selector: string): Promise<ReadonlyMap<number, number>> => {
    const { value, times } = await evaluate({
      expr: parsePromql(increaseOf(selector, window)),
      startMs: fromMs + stepMs,
      endMs: toMs,
      stepMs,
      source,
      clock,
    });
    const [column] = value.type === "vector" ? value.columns : [];
    const pairs = [...times].flatMap((atMs, at) =>
      column?.has[at] === 1 ? [[atMs - stepMs, column.values[at] ?? 0] as const] : [],
    );
    return new Map(pairs);
  };
  const [goods, totals] = [await grown(good), await grown(total)];
  return [...totals].map(([atMs, count]) => ({
    atMs,
    total: count,
    good: Math.min(count, goods.get(atMs) ?? 0),
  }));
}

/**
 * Counts an indicator's events by steps aligned to 1970; buckets without events may be left out.
 * @param fromMs a multiple of `stepMs`, as is `toMs`
 */
export async function countEvents(
  reader: SignalReader,
  clock: Pick<Clock, "monotonic">,
  indicator: Indicator,
  range: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number },
): Promise<readonly CountedBucket[]> {
  if (indicator.type === "metrics") return promqlTotals(reader, clock, indicator, range);
  const { signal, q, good } = indicator;
  const { rows } = await reader.aggregate({
    fromNs: nsOf(range.fromMs),
    toNs: nsOf(range.toMs),
    signal,
    filter: parseQuery(q, signal),
    by: [],
    stepMs: range.stepMs,
    measures: [
      { as: "total", fn: "count" },
      { as: "good", fn: "count-if", filter: parseQuery(good, signal) },
    ],
    limit: 1,
  });
  return rows.map(({ timeMs, values }) => ({
    atMs: timeMs,
    good: values["good"] ?? 0,
    total: values["total"] ?? 0,
  }));
}
