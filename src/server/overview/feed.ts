import type { Clock } from "../../core/clock.ts";
import { graphOf } from "../../core/graph.ts";
import type { Series } from "../../core/metrics.ts";
import { collect } from "./collect.ts";
import type { Collected, OverviewSources } from "./collect.ts";
import type { History, HistorySample } from "./history.ts";
import type { OverviewKeeper } from "./keeper.ts";
import { nodeMetrics } from "./history.ts";
import type { Overview, OverviewEvent, OverviewPoint, OverviewTick } from "./overview.ts";
import { rates, sampleOf } from "./rates.ts";
import type { Sample } from "./rates.ts";

/** Rates are taken over this window, points are kept this long. */
const windowSeconds = 5;
const historyMax = 300;
/** Events that a whole overview has at most. */
const recentShown = 50;
const sampleMs = 1000;

/** Samples the platform once a second and tells whoever listens. */
export interface OverviewFeed {
  latest(): Overview;
  /** Calls `listener` once a second; answers how to stop. */
  listen(listener: (tick: OverviewTick) => void): () => void;
  stop(): void;
}

/** What the feed samples, and where it keeps what it found. */
export interface FeedSources extends OverviewSources {
  /** Series of every process of the platform. */
  readonly series: () => readonly Series[];
  readonly history: History;
  /** Who keeps what is shown for the next process; nobody if left out. */
  readonly keeper?: OverviewKeeper;
  /** What was shown before this process began. */
  readonly before?: () => Promise<readonly OverviewPoint[]>;
}

interface TakenSample {
  readonly atMs: number;
  readonly sample: Sample;
}

/** Starts to sample. The first overview is there when the promise resolves. */
export async function overviewFeed(sources: FeedSources): Promise<OverviewFeed> {
  const { clock, metrics } = sources.host;
  metrics.describe("morning_history_series_dropped", "Series for which the history has no room.");
  const startedAtMs = clock.now();
  const graph = graphOf(sources.host.app);
  const samples: TakenSample[] = [];
  const points: OverviewPoint[] = [];
  const listeners = new Set<(tick: OverviewTick) => void>();
  const news = newsOf();
  let latest: Overview | undefined;
  const take = async (): Promise<void> => {
    const now = { atMs: clock.now(), sample: sampleOf(sources.series()) };
    const last = samples.at(-1) ?? now;
    const before = samples[0] ?? now;
    samples.push(now);
    if (samples.length > windowSeconds) samples.shift();
    const point = pointOf(now, last);
    points.push(point);
    if (points.length > historyMax) points.shift();
    const read = rates(now.sample, before.sample, secondsBetween(before.atMs, now.atMs));
    const found = await collect(sources, graph, read);
    const shown = [...samplesOf(point, found)];
    sources.history.record(now.atMs, shown);
    sources.keeper?.record(shown);
    metrics.gauge("morning_history_series_dropped", {}, sources.history.dropped());
    const current = { ...found.overview, startedAtMs };
    latest = { ...current, recent: found.events.slice(0, recentShown), history: [...points] };
    const tick = { ...current, ...news(found), point };
    for (const listener of listeners) listener(tick);
  };
  const cancel = everySecond(clock, take, (error) =>
    sources.host.log.error("the overview could not be sampled", { cause: String(error) }),
  );
  await take();
  // Not waited for: a store that is slow to wake up must not keep the platform from its start.
  void restorePoints(sources, points);
  return {
    latest: () => latest as Overview,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: cancel,
  };
}

/** Puts what an earlier process showed in front of the points of this one. */
async function restorePoints(
  { before, host }: FeedSources,
  points: OverviewPoint[],
): Promise<void> {
  try {
    const earlier = (await before?.()) ?? [];
    const room = Math.max(0, historyMax - points.length);
    points.unshift(...(room === 0 ? [] : earlier.slice(-room)));
  } catch (error) {
    host.log.warn("what the overview showed before cannot be read", { cause: String(error) });
  }
}

/** Tells which events came since it was asked last, and how many more there were. */
function newsOf(): (found: Collected) => {
  readonly recent: readonly OverviewEvent[];
  readonly skipped: number;
} {
  let lastId: string | undefined;
  let lastPublished: number | undefined;
  return ({ events, published }) => {
    const since = published - (lastPublished ?? published);
    const known = events.findIndex(({ id }) => id === lastId);
    lastPublished = published;
    lastId = events[0]?.id ?? lastId;
    if (known !== -1) return { recent: events.slice(0, known), skipped: 0 };
    return { recent: events, skipped: Math.max(0, since - events.length) };
  };
}

/** What the history keeps of one look. */
function* samplesOf(point: OverviewPoint, found: Collected): Generator<HistorySample> {
  const { requests, messages, events, errors } = point;
  yield* Object.entries({ requests, messages, events, errors }).map(([metric, value]) => ({
    id: "platform",
    metric,
    value,
  }));
  for (const node of [...found.overview.nodes, ...found.internal]) {
    const figures: Readonly<Record<string, unknown>> = { ...node };
    for (const metric of nodeMetrics) {
      const value = figures[metric];
      if (typeof value === "number") yield { id: node.id, metric, value };
    }
  }
}

/** Samples that come in a hurry after a late one would make rates of next to nothing. */
const secondsMin = 0.25;

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(secondsMin, (toMs - fromMs) / 1000);
}

function pointOf(now: TakenSample, last: TakenSample): OverviewPoint {
  const read = rates(now.sample, last.sample, secondsBetween(last.atMs, now.atMs));
  const failed = read.increase("morning_queue_handled_total", { outcome: "failed" });
  return {
    atMs: now.atMs,
    requests: read.rate("morning_http_requests_total"),
    messages: read.rate("morning_queue_handled_total"),
    events: read.rate("morning_event_published_total"),
    errors: read.increase("morning_http_requests_total", { status: "5xx" }) + failed,
  };
}

/** Works once in every second of the clock, in its middle: a timer that is a little off hits it. */
function everySecond(
  clock: Clock,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const arm = (): void => {
    const delayMs = sampleMs - (clock.now() % sampleMs) + sampleMs / 2;
    cancel = clock.after(delayMs, () => {
      work()
        .catch(onError)
        .finally(() => !stopped && arm());
    });
  };
  arm();
  return () => {
    stopped = true;
    cancel();
  };
}
