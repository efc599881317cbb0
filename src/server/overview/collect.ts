import { eventTail, queueFigures } from "../../core/capabilities/figures.ts";
import type {
  EventTail,
  QueueFigures,
  RecentEvent,
  ResourceFigures,
} from "../../core/capabilities/figures.ts";
import { eventTasks, queueTasks } from "../../core/capabilities/tasks.ts";
import type { TaskProgress, Tasks } from "../../core/capabilities/tasks.ts";
import type { Graph } from "../../core/graph.ts";
import type { Host, ProviderKey } from "../../core/host.ts";
import type {
  Health,
  Overview,
  OverviewCounter,
  OverviewEvent,
  OverviewNode,
  OverviewProblem,
} from "./overview.ts";
import type { Rated, Rates } from "./rates.ts";

/** Events that one look asks for. */
export const recentMax = 100;
const summaryLengthMax = 200;
/** A waiting message older than this is worth a warning, milliseconds. */
const oldestMsMax = 60_000;

/** What is looked at. */
export interface OverviewSources {
  readonly host: Host;
  readonly version: string;
  /** Problems of the processes: instances that are down. */
  readonly problems?: () => readonly OverviewProblem[];
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

/** Kinds whose work is counted. */
const ratedKinds: ReadonlySet<string> = new Set(["service", "queue", "event"]);
const unrated: Rated = { ratePerSecond: 0, errorRate: 0 };

async function tasksOf(host: Host): Promise<TaskProgress[]> {
  const tasks = [queueTasks, eventTasks].map(async (key) => {
    return (await optional<Tasks>(host, key)?.running()) ?? [];
  });
  return (await Promise.all(tasks)).flat();
}

function eventOf({ data, ...event }: RecentEvent): OverviewEvent {
  const isLong = data.length > summaryLengthMax;
  return { ...event, summary: isLong ? `${data.slice(0, summaryLengthMax)}…` : data };
}

function countersOf(read: Rates, totals: Readonly<Record<string, number>>): OverviewCounter[] {
  const counter = (key: string, name: string): OverviewCounter => ({
    key,
    label: key,
    total: read.total(name),
    ratePerSecond: read.rate(name),
  });
  return [
    counter("requests", "morning_http_requests_total"),
    counter("messages", "morning_queue_handled_total"),
    counter("events", "morning_event_published_total"),
    ...Object.entries(totals).map(([type, total]) => ({
      key: type,
      label: type,
      total,
      ratePerSecond: read.event(type).ratePerSecond,
    })),
  ];
}

/** What one look at the platform found. */
export interface Collected {
  readonly overview: Omit<Overview, "history" | "startedAtMs" | "recent">;
  /** The newest events, newest first; `recentMax` at most. */
  readonly events: readonly OverviewEvent[];
  /** Events published since the start. */
  readonly published: number;
  /** Figures of what is no node of the topology: queues that a pillar keeps for itself. */
  readonly internal: readonly ResourceFigures[];
}

/** Looks at everything once. */
export async function collect(
  sources: OverviewSources,
  graph: Graph,
  read: Rates,
): Promise<Collected> {
  const { host } = sources;
  const tail = optional<EventTail>(host, eventTail);
  const all = (await optional<QueueFigures>(host, queueFigures)?.figures()) ?? [];
  const figures = new Map(all.map((one) => [one.id, one]));
  const nodes = graph.nodes.map((node) => {
    const rated = ratedKinds.has(node.kind)
      ? read[node.kind as "service" | "queue" | "event"](node.name)
      : unrated;
    return nodeOf(node, rated, figures.get(node.id) ?? { id: node.id });
  });
  const problems = [...(sources.problems?.() ?? []), ...problemsOf(nodes)];
  const worst = problems.some(({ severity }) => severity === "failing") ? "failing" : "warning";
  const totals = (await tail?.totals()) ?? {};
  const known = new Set(graph.nodes.map(({ id }) => id));
  return {
    overview: {
      app: host.app.name,
      environment: host.environment,
      version: sources.version,
      nowMs: host.clock.now(),
      health: problems.length === 0 ? "ok" : worst,
      problems,
      nodes,
      edges: graph.edges.map((edge) => ({ ...edge, ...read.edge(edge.from, edge.to, edge.verb) })),
      counters: countersOf(read, totals),
      tasks: await tasksOf(host),
    },
    events: ((await tail?.recent(recentMax)) ?? []).map(eventOf),
    published: Object.values(totals).reduce((sum, total) => sum + total, 0),
    internal: all.filter(({ id }) => !known.has(id)),
  };
}
