import { eventTail, queueFigures } from "../core/capabilities/figures.ts";
import type { EventTail, QueueFigures, ResourceFigures } from "../core/capabilities/figures.ts";
import type { Clock } from "../core/clock.ts";
import { graphOf } from "../core/graph.ts";
import type { Graph } from "../core/graph.ts";
import type { Host, ProviderKey } from "../core/host.ts";
import { bucketBounds } from "../core/metrics.ts";
import type { Labels, Series } from "../core/metrics.ts";

/** How a node is. */
export type Health = "ok" | "warning" | "failing" | "unknown";

/** Something that is wrong now. */
export interface OverviewProblem {
  readonly id: string;
  readonly severity: "warning" | "failing";
  readonly code: string;
  /** The node's id. */
  readonly subject: string;
  readonly message: string;
}

/** A node of the live map. */
export interface OverviewNode extends ResourceFigures {
  readonly kind: string;
  readonly name: string;
  readonly health: Health;
  readonly ratePerSecond: number;
  /** 0 to 1. */
  readonly errorRate: number;
  readonly p95Ms?: number;
}

/** An edge of the live map. */
export interface OverviewEdge {
  readonly from: string;
  readonly to: string;
  readonly verb: string;
  readonly ratePerSecond: number;
  readonly errorRate: number;
}

/** A count with its current rate. */
export interface OverviewCounter {
  readonly key: string;
  readonly label: string;
  readonly total: number;
  readonly ratePerSecond: number;
}

/** One second of traffic. */
export interface OverviewPoint {
  readonly atMs: number;
  readonly requests: number;
  readonly messages: number;
  readonly events: number;
  readonly errors: number;
}

/** What the Overview page shows; sent whole once a second. */
export interface Overview {
  readonly app: string;
  readonly environment: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly health: "ok" | "warning" | "failing";
  readonly problems: readonly OverviewProblem[];
  readonly nodes: readonly OverviewNode[];
  readonly edges: readonly OverviewEdge[];
  readonly counters: readonly OverviewCounter[];
  readonly recent: readonly {
    readonly id: string;
    readonly atMs: number;
    readonly type: string;
    readonly source: string;
    readonly summary: string;
    readonly traceId?: string;
  }[];
  readonly history: readonly OverviewPoint[];
}

/** Rates are taken over this window, history is kept this long. */
const windowSeconds = 5;
const historyMax = 300;
const recentMax = 50;
const summaryLengthMax = 200;
const sampleMs = 1000;
/** A waiting message older than this is worth a warning. */
const oldestMsMax = 60_000;

/** Samples the platform once a second and tells whoever listens. */
export interface OverviewFeed {
  latest(): Overview;
  listen(listener: (overview: Overview) => void): () => void;
  stop(): void;
}

/** What the feed samples. */
export interface OverviewSources {
  readonly host: Host;
  readonly version: string;
  /** Series of every process of the platform. */
  readonly series: () => readonly Series[];
  /** Problems of the processes: instances that are down. */
  readonly problems?: () => readonly OverviewProblem[];
}

type Sample = ReadonlyMap<string, Series>;

function sampleOf(series: readonly Series[]): Sample {
  return new Map(series.map((one) => [`${one.name} ${JSON.stringify(one.labels)}`, one]));
}

/** Sums over samples: the increase of every series that matches, a second. */
function increases(now: Sample, before: Sample, name: string, match: Labels): Increase {
  const increase: Increase = { value: 0, count: 0, buckets: bucketBounds.map(() => 0) };
  for (const [key, series] of now) {
    if (series.name !== name) continue;
    if (Object.entries(match).some(([label, value]) => series.labels[label] !== value)) continue;
    const old = before.get(key);
    increase.value += series.value - (old?.value ?? 0);
    increase.count += (series.count ?? 0) - (old?.count ?? 0);
    series.buckets?.forEach((count, index) => {
      increase.buckets[index] =
        (increase.buckets[index] ?? 0) + count - (old?.buckets?.[index] ?? 0);
    });
  }
  return increase;
}

interface Increase {
  value: number;
  count: number;
  buckets: number[];
}

function p95Ms({ count, buckets }: Increase): number | undefined {
  if (count === 0) return undefined;
  let sum = 0;
  for (const [index, bucket] of buckets.entries()) {
    sum += bucket;
    if (sum >= count * 0.95) return (bucketBounds[index] ?? 0) * 1000;
  }
  return (bucketBounds.at(-1) ?? 0) * 1000;
}

interface Rated {
  readonly ratePerSecond: number;
  readonly errorRate: number;
  readonly p95Ms?: number;
}

/** Reads rates out of two samples that lie `seconds` apart. */
function rates(now: Sample, before: Sample, seconds: number): Rates {
  const per = (name: string, match: Labels): number => increases(now, before, name, match).value;
  const rated = (all: number, failed: number): Rated => ({
    ratePerSecond: all / seconds,
    errorRate: all === 0 ? 0 : failed / all,
  });
  return {
    service(name) {
      const requests = per("morning_http_requests_total", { service: name });
      const errors = per("morning_http_requests_total", { service: name, status: "5xx" });
      const handled = per("morning_queue_handled_total", { service: name });
      const failed = per("morning_queue_handled_total", { service: name, outcome: "failed" });
      const p95 = p95Ms(increases(now, before, "morning_http_request_seconds", { service: name }));
      const whole = rated(requests + handled, errors + failed);
      return p95 === undefined ? whole : { ...whole, p95Ms: p95 };
    },
    queue: (name) => rated(per("morning_queue_sent_total", { queue: name }), 0),
    event: (name) => rated(per("morning_event_published_total", { event: name }), 0),
    edge(from, to, verb) {
      const [fromKind = "", ...fromName] = from.split("/");
      const [, ...toName] = to.split("/");
      const source = fromName.join("/");
      const target = toName.join("/");
      if (verb === "call") {
        const edge = { service: source, callee: target };
        const failed = per("morning_calls_total", { ...edge, outcome: "error" });
        return rated(per("morning_calls_total", edge), failed);
      }
      if (verb === "send") {
        return rated(per("morning_queue_sent_total", { service: source, queue: target }), 0);
      }
      if (verb === "publish") {
        return rated(per("morning_event_published_total", { service: source, event: target }), 0);
      }
      const [metric, label] = handledBy(fromKind);
      const handled = {
        service: target,
        [label]: fromKind === "schedule" ? `schedule.${source}` : source,
      };
      const failed = per(metric, { ...handled, outcome: "failed" });
      return rated(per(metric, handled), failed);
    },
    total: (name) => increases(now, new Map(), name, {}).value,
    rate: (name) => per(name, {}) / seconds,
    increase: (name, match = {}) => per(name, match),
  };
}

/** The metric, and its label for the resource, that counts what a receiver of a kind handled. */
function handledBy(kind: string): readonly [metric: string, label: string] {
  return kind === "event"
    ? ["morning_event_handled_total", "event"]
    : ["morning_queue_handled_total", "queue"];
}

interface Rates {
  service(name: string): Rated;
  queue(name: string): Rated;
  event(name: string): Rated;
  edge(from: string, to: string, verb: string): Rated;
  total(name: string): number;
  rate(name: string): number;
  increase(name: string, match?: Labels): number;
}

function nodeOf(
  node: Graph["nodes"][number],
  rated: Rated,
  figures: ResourceFigures,
): OverviewNode {
  const failing = rated.errorRate >= 0.5;
  const late = (figures.oldestMs ?? 0) > oldestMsMax;
  const warning = rated.errorRate >= 0.05 || late || (figures.deadLetters ?? 0) > 0;
  const health: Health = failing ? "failing" : warning ? "warning" : "ok";
  return { ...figures, id: node.id, kind: node.kind, name: node.name, health, ...rated };
}

function problemsOf(nodes: readonly OverviewNode[]): OverviewProblem[] {
  const problems: OverviewProblem[] = [];
  const add = (node: OverviewNode, code: string, message: string): void => {
    const severity = node.health === "failing" ? "failing" : "warning";
    problems.push({ id: `${code} ${node.id}`, severity, code, subject: node.id, message });
  };
  for (const node of nodes) {
    const dead = node.deadLetters ?? 0;
    if (dead > 0) add(node, "dead-letters", `${dead} dead letters in ${node.name}`);
    if ((node.oldestMs ?? 0) > oldestMsMax) {
      const seconds = Math.round((node.oldestMs ?? 0) / 1000);
      add(node, "waiting", `the oldest message of ${node.name} waits for ${seconds} s`);
    }
    if (node.errorRate >= 0.05) {
      const percent = Math.round(node.errorRate * 100);
      add(node, "errors", `${percent} % of the work of ${node.name} fails`);
    }
  }
  return problems;
}

function optional<T>(host: Host, key: ProviderKey<T>): T | undefined {
  try {
    return host.need(key);
  } catch {
    return undefined;
  }
}

const unrated: Rated = { ratePerSecond: 0, errorRate: 0 };

async function collect(
  sources: OverviewSources,
  graph: Graph,
  read: Rates,
): Promise<Omit<Overview, "history" | "startedAtMs">> {
  const { host } = sources;
  const queues = optional<QueueFigures>(host, queueFigures);
  const tail = optional<EventTail>(host, eventTail);
  const figures = new Map((await queues?.figures())?.map((one) => [one.id, one]));
  const nodes = graph.nodes.map((node) => {
    const rated =
      node.kind === "service" || node.kind === "queue" || node.kind === "event"
        ? read[node.kind](node.name)
        : unrated;
    return nodeOf(node, rated, figures.get(node.id) ?? { id: node.id });
  });
  const problems = [...(sources.problems?.() ?? []), ...problemsOf(nodes)];
  const worst = problems.some(({ severity }) => severity === "failing") ? "failing" : "warning";
  const counter = (key: string, label: string, name: string): OverviewCounter => ({
    key,
    label,
    total: read.total(name),
    ratePerSecond: read.rate(name),
  });
  const totals = Object.entries((await tail?.totals()) ?? {});
  return {
    app: host.app.name,
    environment: host.environment,
    version: sources.version,
    nowMs: host.clock.now(),
    health: problems.length === 0 ? "ok" : worst,
    problems,
    nodes,
    edges: graph.edges.map((edge) => ({ ...edge, ...read.edge(edge.from, edge.to, edge.verb) })),
    counters: [
      counter("requests", "requests", "morning_http_requests_total"),
      counter("messages", "messages", "morning_queue_handled_total"),
      counter("events", "events", "morning_event_published_total"),
      ...totals.map(([type, total]) => ({
        key: type,
        label: type,
        total,
        ratePerSecond: read.event(type).ratePerSecond,
      })),
    ],
    recent: ((await tail?.recent(recentMax)) ?? []).map(({ data, ...event }) => ({
      ...event,
      summary: data.length > summaryLengthMax ? `${data.slice(0, summaryLengthMax)}…` : data,
    })),
  };
}

/** Starts to sample. The first overview is there when the promise resolves. */
export async function overviewFeed(sources: OverviewSources): Promise<OverviewFeed> {
  const { clock } = sources.host;
  const startedAtMs = clock.now();
  const graph = graphOf(sources.host.app);
  const samples: { atMs: number; sample: Sample }[] = [];
  const history: OverviewPoint[] = [];
  const listeners = new Set<(overview: Overview) => void>();
  let latest: Overview | undefined;
  const take = async (): Promise<void> => {
    const now = { atMs: clock.now(), sample: sampleOf(sources.series()) };
    const last = samples.at(-1) ?? now;
    const before = samples[0] ?? now;
    samples.push(now);
    if (samples.length > windowSeconds) samples.shift();
    history.push(point(now, last));
    if (history.length > historyMax) history.shift();
    const read = rates(now.sample, before.sample, secondsBetween(before.atMs, now.atMs));
    latest = { ...(await collect(sources, graph, read)), startedAtMs, history: [...history] };
    for (const listener of listeners) listener(latest);
  };
  const cancel = every(clock, sampleMs, take, (error) =>
    sources.host.log.error("the overview could not be sampled", { cause: String(error) }),
  );
  await take();
  return {
    latest: () => latest as Overview,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: cancel,
  };
}

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(1, (toMs - fromMs) / 1000);
}

function point(
  now: { atMs: number; sample: Sample },
  last: { atMs: number; sample: Sample },
): OverviewPoint {
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

function every(
  clock: Clock,
  periodMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = clock.after(periodMs, () => {
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
