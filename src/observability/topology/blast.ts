import { coreErrors } from "../../core/errors.ts";
import type { MapEdge, ServiceMap } from "./map.ts";

/** A node that a failure reaches, or that a node depends on. */
export interface Reached {
  readonly id: string;
  /** Edges between. */
  readonly distance: number;
  /** Ids from the node that was asked about to this one. */
  readonly path: readonly string[];
  /**
   * Share of the node's traffic that goes over the path, between 0 and 1: the product of each
   * edge's share of what its sender had to do. Of several paths the one that carries most.
   */
  readonly share: number;
  /** Whether the path goes over a queue or an event: work waits there and does not fail at once. */
  readonly buffered: boolean;
}

/** What hangs on a node. */
export interface BlastRadius {
  readonly id: string;
  /** Who sends it work, directly or through others: they suffer when it fails. */
  readonly upstream: readonly Reached[];
  /** What it sends work to: it suffers when these fail, or they run dry. */
  readonly downstream: readonly Reached[];
}

interface Step {
  readonly id: string;
  readonly share: number;
}

type Steps = ReadonlyMap<string, readonly Step[]>;

function callsInto(edges: readonly MapEdge[]): Map<string, number> {
  const into = new Map<string, number>();
  for (const { to, calls } of edges) into.set(to, (into.get(to) ?? 0) + calls);
  return into;
}

/** Steps against and along the flow; the share is always that of the sender's work. */
function stepsOf(edges: readonly MapEdge[]): { against: Steps; along: Steps } {
  const seen = edges.filter(({ state, calls }) => state !== "unused" && calls > 0);
  const into = callsInto(seen);
  const out = new Map<string, number>();
  for (const { from, calls } of seen) out.set(from, (out.get(from) ?? 0) + calls);
  const against = new Map<string, Step[]>();
  const along = new Map<string, Step[]>();
  const put = (steps: Map<string, Step[]>, at: string, step: Step): void => {
    const list = steps.get(at);
    if (list === undefined) steps.set(at, [step]);
    else list.push(step);
  };
  for (const { from, to, calls } of seen) {
    // A sender that nothing calls (a client, a schedule) has what it sends as its work.
    const work = into.get(from) ?? out.get(from) ?? calls;
    const share = Math.min(1, calls / work);
    put(against, to, { id: from, share });
    put(along, from, { id: to, share });
  }
  return { against, along };
}

const waits = (id: string): boolean => /^(?:queue|event|schedule)\//.test(id);

/** Dijkstra over products: shares never exceed 1, so a longer path never carries more. */
function reach(start: string, steps: Steps): Reached[] {
  const best = new Map<string, Reached>();
  const open = new Map<string, Reached>();
  open.set(start, { id: start, distance: 0, path: [start], share: 1, buffered: false });
  while (open.size > 0) {
    let next: Reached | undefined;
    for (const candidate of open.values()) {
      if (next === undefined || candidate.share > next.share) next = candidate;
    }
    if (next === undefined) break;
    open.delete(next.id);
    best.set(next.id, next);
    for (const { id, share } of steps.get(next.id) ?? []) {
      const carried = next.share * share;
      if (best.has(id) || (open.get(id)?.share ?? -1) >= carried) continue;
      open.set(id, {
        id,
        distance: next.distance + 1,
        path: [...next.path, id],
        share: carried,
        buffered: next.buffered || waits(next.id) || waits(id),
      });
    }
  }
  best.delete(start);
  return [...best.values()].sort((a, b) => a.distance - b.distance || b.share - a.share);
}

/**
 * Everything that hangs on a node, upstream and downstream, from the traffic that was seen.
 * @throws MOR_NOT_FOUND for a node that the map has not
 */
export function blastRadius(map: ServiceMap, id: string): BlastRadius {
  if (!map.nodes.some((node) => node.id === id)) {
    throw coreErrors.MOR_NOT_FOUND(`the map has no node ${id}`);
  }
  const { against, along } = stepsOf(map.edges);
  return { id, upstream: reach(id, against), downstream: reach(id, along) };
}
