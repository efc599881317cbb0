import type { Graph } from "../../core/graph.ts";
import type { ObservedEdge, Range, SignalReader } from "../signals/store.ts";
import { outside } from "./edges.ts";

/** How a node fares. `idle`: declared, and nothing reached it; `unknown`: too few calls to say. */
export type Health = "ok" | "degraded" | "failing" | "idle" | "unknown";

/**
 * How an edge stands to what was declared: `declared` and seen; `undeclared`: seen, and nobody
 * declared it; `unused`: declared, and not seen in the range; `outside`: an end is of a kind that
 * the app does not declare (clients, third parties, databases of others).
 */
export type EdgeState = "declared" | "undeclared" | "unused" | "outside";

/** Rate, errors and durations of a node or an edge. */
export interface Figures {
  readonly calls: number;
  readonly callsPerSecond: number;
  readonly errors: number;
  /** Between 0 and 1. */
  readonly errorShare: number;
  readonly p95Ms: number;
}

/** A node of the service map. */
export interface MapNode extends Figures {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly declared: boolean;
  readonly seen: boolean;
  readonly health: Health;
}

/** An edge of the service map, in the direction in which work flows. */
export interface MapEdge extends Figures {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly state: EdgeState;
  /** Verbs of the capabilities that declare it. */
  readonly verbs: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Who talks to whom, observed beside declared. */
export interface ServiceMap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  /** Nodes that the limit folded into `external/others`. */
  readonly nodesFolded: number;
}

/** What a map is judged by. */
export interface MapOptions {
  /** Observed id to declared id, for engines that know a resource under a physical name. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** Health that something better than thresholds knows, for instance an SLO. */
  readonly health?: ReadonlyMap<string, Health>;
  /** Exact 95th percentiles of nodes, milliseconds; else the worst of the edges that lead there. */
  readonly p95Ms?: ReadonlyMap<string, number>;
  /** Error share from which a node is degraded, and failing; 1 % and 5 % if left out. */
  readonly degradedShare?: number;
  readonly failingShare?: number;
  /** Calls below which errors are no verdict; 20 if left out. */
  readonly callsMin?: number;
  /** Third parties shown, by calls; the rest is one node. 200 if left out. */
  readonly externalsMax?: number;
}

const splitId = (id: string): readonly [kind: string, name: string] => {
  const at = id.indexOf("/");
  return at < 0 ? ["unknown", id] : [id.slice(0, at), id.slice(at + 1)];
};

/** Names of one thing that engines shorten or lengthen: `arn:...:orders`, `https://.../orders`. */
function lastPart(name: string): string {
  return name.split(/[:/]/).at(-1) ?? name;
}

/**
 * Translates observed ids into declared ones: by alias, as they are, a queue that is an event's
 * name, the last part of a URL or an ARN, a model without its provider.
 */
export function resolver(
  declared: ReadonlySet<string>,
  aliases: ReadonlyMap<string, string> = new Map(),
): (id: string) => string {
  return (id) => {
    const alias = aliases.get(id);
    if (alias !== undefined) return alias;
    if (declared.has(id)) return id;
    const [kind, name] = splitId(id);
    if (kind !== "queue" && kind !== "model") return id;
    const kinds = kind === "queue" ? ["queue", "event", "schedule"] : ["model"];
    const names = [name, lastPart(name)];
    const candidates = names.flatMap((one) => kinds.map((each) => `${each}/${one}`));
    return candidates.find((candidate) => declared.has(candidate)) ?? id;
  };
}

const othersId = "external/others";

function folded(
  edges: readonly ObservedEdge[],
  externalsMax: number,
): { edges: readonly ObservedEdge[]; nodesFolded: number } {
  const calls = new Map<string, number>();
  for (const { to, calls: more } of edges) {
    if (to.startsWith("external/")) calls.set(to, (calls.get(to) ?? 0) + more);
  }
  if (calls.size <= externalsMax) return { edges, nodesFolded: 0 };
  const kept = new Set(
    [...calls]
      .sort((a, b) => b[1] - a[1])
      .slice(0, externalsMax)
      .map(([id]) => id),
  );
  return {
    edges: edges.map((edge) =>
      calls.has(edge.to) && !kept.has(edge.to) ? { ...edge, to: othersId } : edge,
    ),
    nodesFolded: calls.size - kept.size,
  };
}

/** Edges of one direction and type as one. Percentiles do not add up: the worst one stands. */
function merged(edges: Iterable<ObservedEdge>): ObservedEdge[] {
  const byKey = new Map<string, ObservedEdge>();
  for (const edge of edges) {
    const key = `${edge.from}\n${edge.to}\n${edge.type}`;
    const known = byKey.get(key);
    byKey.set(
      key,
      known === undefined
        ? edge
        : {
            ...known,
            calls: known.calls + edge.calls,
            errors: known.errors + edge.errors,
            p50Ms: Math.max(known.p50Ms, edge.p50Ms),
            p95Ms: Math.max(known.p95Ms, edge.p95Ms),
            p99Ms: Math.max(known.p99Ms, edge.p99Ms),
          },
    );
  }
  return [...byKey.values()];
}

/**
 * Verbs by `from` and `to` of the declared edges. What is read flows to its reader; the call that
 * is observed goes the other way.
 */
function declaredVerbs({
  edges,
}: Graph): Map<string, { from: string; to: string; verbs: string[] }> {
  const verbs = new Map<string, { from: string; to: string; verbs: string[] }>();
  for (const { from: source, to: target, verb } of edges) {
    if (verb === "needs") continue;
    const [from, to] = verb === "read" ? [target, source] : [source, target];
    const known = verbs.get(`${from}\n${to}`);
    if (known === undefined) verbs.set(`${from}\n${to}`, { from, to, verbs: [verb] });
    else known.verbs.push(verb);
  }
  return verbs;
}

const nothing = { calls: 0, callsPerSecond: 0, errors: 0, errorShare: 0, p95Ms: 0 } as const;

function mapEdges(edges: readonly ObservedEdge[], graph: Graph, seconds: number): MapEdge[] {
  const verbs = declaredVerbs(graph);
  const kinds = new Set(["service", ...graph.nodes.map(({ kind }) => kind)]);
  const ids = new Set(graph.nodes.map(({ id }) => id));
  const seen = new Set<string>();
  const stateOf = ({ from, to }: ObservedEdge): EdgeState => {
    if (verbs.has(`${from}\n${to}`)) return "declared";
    const ours = ids.has(from) || ids.has(to);
    const declarable = kinds.has(splitId(from)[0]) && kinds.has(splitId(to)[0]);
    return ours && declarable ? "undeclared" : "outside";
  };
  const observed = edges.map((edge): MapEdge => {
    const key = `${edge.from}\n${edge.to}`;
    seen.add(key);
    return {
      ...edge,
      callsPerSecond: edge.calls / seconds,
      errorShare: edge.calls === 0 ? 0 : edge.errors / edge.calls,
      state: stateOf(edge),
      verbs: verbs.get(key)?.verbs ?? [],
    };
  });
  const unused = [...verbs].flatMap(([key, { from, to, verbs: held }]): MapEdge[] =>
    seen.has(key)
      ? []
      : [{ ...nothing, from, to, type: "", state: "unused", verbs: held, p50Ms: 0, p99Ms: 0 }],
  );
  return [...observed, ...unused];
}

function healthOf(figures: Figures, seen: boolean, options: MapOptions): Health {
  const { degradedShare = 0.01, failingShare = 0.05, callsMin = 20 } = options;
  if (!seen) return "idle";
  if (figures.calls < callsMin) return figures.errors > 0 ? "unknown" : "ok";
  if (figures.errorShare >= failingShare) return "failing";
  return figures.errorShare >= degradedShare ? "degraded" : "ok";
}

function nodeFigures(id: string, edges: readonly MapEdge[], options: MapOptions): Figures {
  const into = edges.filter(({ to }) => to === id);
  // Nobody calls a schedule or an outside client: what it sends tells how it fares.
  const counted = into.some(({ calls }) => calls > 0) ? into : edges.filter((e) => e.from === id);
  const calls = counted.reduce((sum, edge) => sum + edge.calls, 0);
  const errors = counted.reduce((sum, edge) => sum + edge.errors, 0);
  return {
    calls,
    callsPerSecond: counted.reduce((sum, edge) => sum + edge.callsPerSecond, 0),
    errors,
    errorShare: calls === 0 ? 0 : errors / calls,
    p95Ms: options.p95Ms?.get(id) ?? Math.max(0, ...counted.map(({ p95Ms }) => p95Ms)),
  };
}

function mapNodes(edges: readonly MapEdge[], graph: Graph, options: MapOptions): MapNode[] {
  const declared = new Set(graph.nodes.map(({ id }) => id));
  const seen = new Set<string>();
  const near = new Map<string, MapEdge[]>();
  const put = (id: string, edge: MapEdge): void => {
    const list = near.get(id);
    if (list === undefined) near.set(id, [edge]);
    else list.push(edge);
  };
  for (const edge of edges) {
    put(edge.from, edge);
    put(edge.to, edge);
    if (edge.state !== "unused") seen.add(edge.from).add(edge.to);
  }
  return [...new Set([...declared, ...near.keys()])].map((id) => {
    const [kind, name] = splitId(id);
    const figures = nodeFigures(id, near.get(id) ?? [], options);
    const known = options.health?.get(id);
    const health = known ?? healthOf(figures, seen.has(id), options);
    return { id, kind, name, declared: declared.has(id), seen: seen.has(id), health, ...figures };
  });
}

/**
 * The service map of a range: what was observed beside what was declared, with the edges that
 * nobody declared and those that nobody used. Linear in edges and nodes.
 */
export function buildMap(
  observed: readonly ObservedEdge[],
  graph: Graph,
  range: Range,
  options: MapOptions = {},
): ServiceMap {
  const seconds = Math.max(1e-3, Number(range.toNs - range.fromNs) / 1e9);
  const resolve = resolver(new Set(graph.nodes.map(({ id }) => id)), options.aliases);
  const resolved = observed.map((edge) => ({
    ...edge,
    from: edge.from === outside ? outside : resolve(edge.from),
    to: resolve(edge.to),
  }));
  const { edges: kept, nodesFolded } = folded(resolved, options.externalsMax ?? 200);
  const edges = mapEdges(merged(kept), graph, seconds);
  return {
    fromMs: Number(range.fromNs / 1_000_000n),
    toMs: Number(range.toNs / 1_000_000n),
    nodes: mapNodes(edges, graph, options),
    edges,
    nodesFolded,
  };
}

/** The map as it was in `range`: now, or at any time that the store still holds. */
export async function readMap(
  reader: Pick<SignalReader, "edges">,
  graph: Graph,
  range: Range,
  options: MapOptions = {},
): Promise<ServiceMap> {
  return buildMap(await reader.edges(range), graph, range, options);
}
