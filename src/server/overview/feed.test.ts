import { expect, onTestFinished, test } from "vitest";
import { eventTail, queueFigures } from "../../core/capabilities/figures.ts";
import type { RecentEvent, ResourceFigures } from "../../core/capabilities/figures.ts";
import { eventTasks, queueTasks } from "../../core/capabilities/tasks.ts";
import type { TaskProgress } from "../../core/capabilities/tasks.ts";
import { app, service } from "../../core/service.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import type { TestHost } from "../../testing/host.ts";
import { settle } from "../../testing/settle.ts";
import { overviewFeed } from "./feed.ts";
import type { OverviewFeed } from "./feed.ts";
import { makeHistory } from "./history.ts";
import type { History } from "./history.ts";
import type { OverviewTick } from "./overview.ts";

const startMs = Date.UTC(2026, 0, 1);

interface Rig {
  readonly clock: SimulatedClock;
  readonly host: TestHost;
  readonly history: History;
  readonly feed: OverviewFeed;
  readonly ticks: OverviewTick[];
  /** What the pillars tell. */
  readonly told: Told;
  /** One second later. */
  readonly second: () => Promise<void>;
}

interface Told {
  events: RecentEvent[];
  published: number;
  figures: ResourceFigures[];
  tasks: TaskProgress[];
  fails: boolean;
}

async function rigOf(publishedBefore = 0): Promise<Rig> {
  const clock = simulatedClock(startMs);
  const host = testHost({ clock });
  const told: Told = { events: [], published: 0, figures: [], tasks: [], fails: false };
  publish(told, publishedBefore);
  host.provide(eventTail, {
    recent: async (limit) => told.events.slice(0, limit),
    totals: async () => ({ "order.placed": told.published }),
  });
  host.provide(queueFigures, {
    figures: async () => {
      if (told.fails) throw new Error("the engine is gone");
      return told.figures;
    },
  });
  host.provide(queueTasks, { running: async () => told.tasks });
  host.provide(eventTasks, { running: async () => [] });
  const declared = app("rig", { services: [service("orders", {})] });
  const history = makeHistory();
  const feed = await overviewFeed({
    host: { ...host, app: declared },
    version: "0",
    series: () => host.metrics.snapshot(),
    history,
  });
  onTestFinished(() => feed.stop());
  const ticks: OverviewTick[] = [];
  feed.listen((tick) => ticks.push(tick));
  const second = async (): Promise<void> => {
    clock.advance(1_000);
    await settle();
  };
  // From the start to the middle of the first second of its own.
  clock.advance(500);
  return { clock, host, history, feed, ticks, told, second };
}

const eventOf = (n: number): RecentEvent => ({
  id: `e${n}`,
  atMs: startMs,
  type: "order.placed",
  source: "orders",
  data: JSON.stringify({ text: "x".repeat(n === 1 ? 300 : 1) }),
});

/** Events up to the `n`th, newest first. */
function publish(told: Told, n: number): void {
  told.published = n;
  told.events = Array.from({ length: n }, (_, index) => eventOf(n - index));
}

test("a tick has the events since the one before, and how many it has no room for", async () => {
  const { ticks, told, second } = await rigOf();
  publish(told, 2);
  await second();
  publish(told, 5);
  await second();
  await second();
  publish(told, 5 + 100);
  await second();
  publish(told, 5 + 100 + 1_234);
  await second();
  expect(ticks.map(({ recent, skipped }) => [recent.length, recent[0]?.id, skipped])).toEqual([
    [2, "e2", 0],
    [3, "e5", 0],
    [0, undefined, 0],
    [100, "e105", 0],
    [100, "e1339", 1_134],
  ]);
  expect(ticks[0]?.recent[1]?.summary).toHaveLength(201);
});

test("events from before the start are in the whole overview and no news", async () => {
  const { feed, ticks, told, second } = await rigOf(60);
  expect(feed.latest().recent).toHaveLength(50);
  await second();
  publish(told, 61);
  await second();
  expect(ticks.map(({ recent }) => recent.map(({ id }) => id))).toEqual([[], ["e61"]]);
  expect(ticks[1]?.point).toEqual(feed.latest().history.at(-1));
  expect(feed.latest().history).toHaveLength(3);
});

test("tasks of every pillar are told", async () => {
  const { feed, ticks, told, second } = await rigOf();
  const task: TaskProgress = {
    id: "1",
    kind: "redrive",
    resource: "queue/jobs.dead",
    state: "running",
    done: 3,
    total: 10,
    startedAtMs: startMs,
  };
  told.tasks = [task];
  await second();
  expect(ticks[0]?.tasks).toEqual([task]);
  expect(feed.latest().tasks).toEqual([task]);
});

test("rates are by the second, whatever the window", async () => {
  const { host, ticks, second } = await rigOf();
  const labels = { service: "orders", route: "GET /", status: "2xx" };
  for (let n = 0; n < 8; n++) {
    host.metrics.count("morning_http_requests_total", labels, 10);
    await second();
  }
  expect(ticks.slice(1).map(({ point }) => point.requests)).toEqual([10, 10, 10, 10, 10, 10, 10]);
  const [orders] = ticks.at(-1)?.nodes ?? [];
  expect(orders).toMatchObject({ id: "service/orders", ratePerSecond: 10, errorRate: 0 });
});

test("what was measured is in the history, of internal queues too", async () => {
  const { history, told, second, clock } = await rigOf();
  told.figures = [{ id: "queue/subscription.a", depth: 4, inFlight: 1, oldestMs: 2_500 }];
  await second();
  told.figures = [];
  await second();
  const answer = history.read({
    series: [
      { id: "queue/subscription.a", metric: "depth" },
      { id: "platform", metric: "events" },
      { id: "service/orders", metric: "p95Ms" },
    ],
    fromMs: startMs,
    toMs: clock.now(),
    pointsMax: 10,
  });
  expect(answer.stepMs).toBe(1_000);
  expect(answer.series.map(({ values }) => values)).toEqual([
    [null, 4, null],
    [0, 0, 0],
    [null, null, null],
  ]);
});

test("a look that fails is logged and leaves a gap; the next one goes on", async () => {
  const { history, told, ticks, second, clock } = await rigOf();
  told.fails = true;
  await second();
  told.fails = false;
  await second();
  expect(ticks).toHaveLength(1);
  const { series } = history.read({
    series: [{ id: "platform", metric: "requests" }],
    fromMs: startMs,
    toMs: clock.now(),
    pointsMax: 10,
  });
  expect(series[0]?.values).toEqual([0, null, 0]);
});

test("every second has one sample, also when timers and looks are late", async () => {
  const { clock, history, ticks } = await rigOf();
  for (const lateMs of [0, 3, 10, 400, 0, 1, 2, 499, 0]) {
    clock.advance(1_000);
    clock.jump(lateMs);
    await settle();
    clock.jump(-lateMs);
  }
  const { series } = history.read({
    series: [{ id: "platform", metric: "requests" }],
    fromMs: startMs,
    toMs: startMs + 10_000,
    pointsMax: 10,
  });
  expect(ticks).toHaveLength(9);
  expect(series[0]?.values).toEqual(Array.from({ length: 10 }, () => 0));
});
