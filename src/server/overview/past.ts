import type { Clock } from "../../core/clock.ts";
import type { Filter } from "../../observability/signals/filter.ts";
import type { AggregateRow, SignalReader } from "../../observability/signals/store.ts";
import { byMaximum, historyMs, platformMetrics } from "./history.ts";
import type { History, HistoryQuery, SeriesKey } from "./history.ts";
import { overviewMetric } from "./keeper.ts";
import type { OverviewPoint } from "./overview.ts";

/** How far back telemetry is read by ten seconds; what is older by the minute. */
const fine = { stepMs: 10_000, backMs: 7_200_000 };
const coarse = { stepMs: 60_000, backMs: historyMs };
/**
 * A point tells of the ten seconds before it, and steps begin at whole ones: half of that is the
 * least that its place is off.
 */
const shiftMs = 5_000;
/** How far back the overview itself looks, and from one of its points to the next. */
const overviewMs = 300_000;
const pointMs = 1_000;
/** After a failure the store is left alone for so long: charts are asked for every few seconds. */
const pauseMs = 30_000;

/** What the overview showed before this process began. */
export interface Past {
  /** Puts what a query reaches back to into the history, each series once. */
  fill(query: HistoryQuery): Promise<void>;
  /** Points of the overview before this process began, a second each, oldest first. */
  points(): Promise<readonly OverviewPoint[]>;
}

/** What the past is read from. */
export interface PastOptions {
  readonly clock: Clock;
  readonly reader: Pick<SignalReader, "aggregate">;
  readonly history: History;
  /** When this process began to take samples. */
  readonly startedAtMs: number;
}

const keyOf = ({ id, metric }: SeriesKey): string => `${id} ${metric}`;
const nsOf = (ms: number): bigint => BigInt(Math.floor(ms)) * 1_000_000n;

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

function filterOf(keys: readonly SeriesKey[]): Filter {
  const values = (of: (key: SeriesKey) => string): string[] => [...new Set(keys.map(of))];
  return {
    op: "and",
    of: [
      { op: "eq", field: "name", value: overviewMetric },
      { op: "in", field: "node", values: values(({ id }) => id) },
      { op: "in", field: "figure", values: values(({ metric }) => metric) },
    ],
  };
}

async function rowsOf(
  { reader }: PastOptions,
  keys: readonly SeriesKey[],
  { fromMs, toMs, stepMs }: Stretch,
): Promise<readonly AggregateRow[]> {
  if (fromMs >= toMs) return [];
  const { rows } = await reader.aggregate({
    signal: "points",
    fromNs: nsOf(fromMs),
    toNs: nsOf(toMs),
    filter: filterOf(keys),
    stepMs,
    by: ["node", "figure"],
    measures: [
      { as: "mean", fn: "avg", field: "value" },
      { as: "most", fn: "max", field: "value" },
    ],
    limit: 10_000,
  });
  return rows;
}

const valueOf = ({ by, values }: AggregateRow): number | null =>
  values[byMaximum.has(by[1] ?? "") ? "most" : "mean"] ?? null;

/** Puts one stretch of several series into the history. */
async function restore(
  options: PastOptions,
  keys: readonly SeriesKey[],
  stretch: Stretch,
): Promise<void> {
  const rows = Map.groupBy(await rowsOf(options, keys, stretch), ({ by }) => by.join(" "));
  for (const key of keys) {
    const points = (rows.get(keyOf(key)) ?? []).flatMap((row) => {
      const value = valueOf(row);
      return value === null ? [] : [{ atMs: row.timeMs - shiftMs, value }];
    });
    if (points.length > 0) options.history.restore(key, stretch.stepMs, points);
  }
}

/** What was shown in one second, out of the rows of its step. */
function pointsOf(rows: readonly AggregateRow[], startedAtMs: number): OverviewPoint[] {
  return [...Map.groupBy(rows, ({ timeMs }) => timeMs)]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([timeMs, all]) => {
      const figures = new Map(all.map((row) => [row.by[1] ?? "", valueOf(row) ?? 0]));
      const [requests = 0, messages = 0, events = 0, errors = 0] = platformMetrics.map(
        (metric) => figures.get(metric) ?? 0,
      );
      return Array.from({ length: fine.stepMs / pointMs }, (_, at) => {
        return { atMs: timeMs - shiftMs + at * pointMs, requests, messages, events, errors };
      });
    })
    .filter(({ atMs }) => atMs < startedAtMs);
}

/** Reads from telemetry what processes before this one showed; bounded by series and steps. */
export function openPast(options: PastOptions): Past {
  const { clock, startedAtMs } = options;
  const boundMs = startedAtMs - fine.backMs;
  const stretches = [
    { name: "fine", toMs: startedAtMs, fromMs: boundMs, stepMs: fine.stepMs },
    { name: "coarse", toMs: boundMs, fromMs: startedAtMs - historyMs, stepMs: coarse.stepMs },
  ];
  const filled = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();
  let pausedUntilMs = 0;

  const fill = async (query: HistoryQuery): Promise<void> => {
    if (clock.now() < pausedUntilMs) return;
    pausedUntilMs = clock.now() + pauseMs;
    for (const { name, ...stretch } of stretches) {
      if (query.fromMs >= stretch.toMs) continue;
      const keys = query.series.filter((key) => !filled.has(`${name} ${keyOf(key)}`));
      if (keys.length === 0) continue;
      await restore(options, keys, stretch);
      for (const key of keys) filled.add(`${name} ${keyOf(key)}`);
    }
    pausedUntilMs = 0;
  };
  return {
    // One after the other: who asks for the same meanwhile finds it done.
    fill(query) {
      const next = last.then(() => fill(query));
      last = next.catch(() => undefined);
      return next;
    },
    async points() {
      const keys = platformMetrics.map((metric) => ({ id: "platform", metric }));
      const fromMs = startedAtMs - overviewMs;
      const rows = await rowsOf(options, keys, { fromMs, toMs: startedAtMs, stepMs: fine.stepMs });
      return pointsOf(rows, startedAtMs);
    },
  };
}
