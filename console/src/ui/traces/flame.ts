import type { TraceSpan } from "./span.ts";
import { treeOf, type Tree } from "./tree.ts";

/** All spans of one service and name that were reached by the same way of services and names. */
export interface FlameNode {
  /** The way to it, as one text. */
  readonly path: string;
  readonly service: string;
  readonly name: string;
  readonly count: number;
  readonly errors: number;
  /** Milliseconds in which none of what it called was under way, summed up over its spans. */
  readonly selfMs: number;
  /** Its own, and that of all below it: what its width shows. */
  readonly totalMs: number;
  /** How long its spans lasted, summed up. */
  readonly durationMs: number;
  readonly depth: number;
  /** Where it begins, on the scale of `totalMs`. */
  readonly fromMs: number;
  /** The place of its parent; -1 at the top. */
  readonly parent: number;
  /** The place after the last of those below. */
  readonly end: number;
}

/** A flame graph: nodes in the order of drawing, each before those below it. */
export interface Flame {
  readonly nodes: readonly FlameNode[];
  readonly totalMs: number;
  readonly depthMost: number;
  /** Nodes beyond what is drawn; their time counts as that of the ones above them. */
  readonly left: number;
}

const nodesMax = 50_000;

interface Grown {
  readonly service: string;
  readonly name: string;
  readonly children: Map<string, Grown>;
  count: number;
  errors: number;
  selfMs: number;
  durationMs: number;
}

const grown = (service: string, name: string): Grown => ({
  service,
  name,
  children: new Map(),
  count: 0,
  errors: 0,
  selfMs: 0,
  durationMs: 0,
});

/** How much of a span's time none of its children took, which may run side by side. */
function ownTime(tree: Tree, at: number): number {
  const span = tree.spans[at];
  if (span === undefined || span.missing === true) return 0;
  const to = span.startMs + span.durationMs;
  let [covered, untilMs] = [0, span.startMs];
  const end = tree.end[at] ?? 0;
  // Siblings are in the order of their start.
  for (let child = at + 1; child < end; child = tree.end[child] ?? end) {
    const { startMs = 0, durationMs = 0 } = tree.spans[child] ?? {};
    const from = Math.max(untilMs, startMs);
    const until = Math.min(to, startMs + durationMs);
    if (until <= from) continue;
    covered += until - from;
    untilMs = until;
  }
  return Math.max(0, span.durationMs - covered);
}

/** Adds the spans of a tree to what has grown, each below where its parent went. */
function grow(root: Grown, tree: Tree, room: number): { nodes: number; left: number } {
  const places: Grown[] = [];
  let [nodes, left] = [0, 0];
  for (const [at, span] of tree.spans.entries()) {
    const above = places[tree.parent[at] ?? -1] ?? root;
    const key = `${span.service}\u0000${span.name}`;
    let node = span.missing === true ? above : above.children.get(key);
    if (node === undefined && nodes >= room) {
      left++;
      node = above;
    } else if (node === undefined) {
      node = grown(span.service, span.name);
      above.children.set(key, node);
      nodes++;
    }
    places[at] = node;
    node.selfMs += ownTime(tree, at);
    if (node === above) continue;
    node.count++;
    node.durationMs += span.durationMs;
    if (span.status === "error") node.errors++;
  }
  return { nodes, left };
}

function totalsOf(root: Grown): ReadonlyMap<Grown, number> {
  const order = [root];
  for (let at = 0; at < order.length; at++) order.push(...(order[at]?.children.values() ?? []));
  const totals = new Map<Grown, number>();
  for (const node of order.toReversed()) {
    let total = node.selfMs;
    for (const child of node.children.values()) total += totals.get(child) ?? 0;
    totals.set(node, total);
  }
  return totals;
}

interface Open {
  readonly node: Grown;
  readonly parent: number;
  readonly depth: number;
  readonly fromMs: number;
  readonly path: string;
}

type Making = { -readonly [K in keyof FlameNode]: FlameNode[K] };

/** Nodes in the order of drawing; children by how much they take, as wide ones are looked at. */
function laid(root: Grown, totals: ReadonlyMap<Grown, number>): Making[] {
  const nodes: Making[] = [];
  const total = (node: Grown): number => totals.get(node) ?? 0;
  const open: Open[] = [];
  const push = (
    above: Grown,
    parent: number,
    depth: number,
    fromMs: number,
    path: string,
  ): void => {
    const children = [...above.children.values()].toSorted((a, b) => total(b) - total(a));
    let end = fromMs + children.reduce((sum, child) => sum + total(child), 0);
    for (const node of children.toReversed()) {
      end -= total(node);
      const way = `${path}\u0001${node.service}\u0000${node.name}`;
      open.push({ node, parent, depth, fromMs: end, path: way });
    }
  };
  push(root, -1, 0, 0, "");
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, parent, depth, fromMs, path } = next;
    const { service, name, count, errors, selfMs, durationMs } = node;
    const at = nodes.length;
    const sums = { count, errors, selfMs, totalMs: total(node), durationMs };
    nodes.push({ path, service, name, ...sums, depth, fromMs, parent, end: at + 1 });
    push(node, at, depth + 1, fromMs, path);
  }
  for (let at = nodes.length - 1; at >= 0; at--) {
    const { parent = -1, end = 0 } = nodes[at] ?? {};
    const above = nodes[parent];
    if (above !== undefined) above.end = Math.max(above.end, end);
  }
  return nodes;
}

/** The flame graph of one trace or of several, whose spans add up where their ways are the same. */
export function flameOf(traces: readonly (readonly TraceSpan[])[]): Flame {
  const root = grown("", "");
  let [room, left] = [nodesMax, 0];
  for (const spans of traces) {
    const grew = grow(root, treeOf(spans), room);
    room -= grew.nodes;
    left += grew.left;
  }
  const totals = totalsOf(root);
  const nodes = laid(root, totals);
  return {
    nodes,
    totalMs: nodes.reduce((sum, { parent, totalMs }) => (parent < 0 ? sum + totalMs : sum), 0),
    depthMost: nodes.reduce((most, { depth }) => Math.max(most, depth), 0),
    left,
  };
}

/** Where keys lead from a node: up, to the first below, to its siblings. */
export function flameStep(flame: Flame, at: number, key: string): number | undefined {
  const node = flame.nodes[at];
  if (node === undefined) return undefined;
  if (key === "ArrowUp") return node.parent < 0 ? undefined : node.parent;
  if (key === "ArrowDown") return node.end > at + 1 ? at + 1 : undefined;
  const end = flame.nodes[node.parent]?.end ?? flame.nodes.length;
  if (key === "ArrowRight") return node.end < end ? node.end : undefined;
  if (key === "Home") return 0;
  if (key !== "ArrowLeft") return undefined;
  let before: number | undefined;
  for (let one = node.parent + 1; one < at; one = flame.nodes[one]?.end ?? at) before = one;
  return before;
}

/** Whether one node is another, or lies below it. */
export const isWithin = (flame: Flame, at: number, top: number): boolean =>
  at >= top && at < (flame.nodes[top]?.end ?? 0);

/** The node at a depth and a moment of the scale; undefined where nothing is drawn. */
export function flameAt(flame: Flame, depth: number, atMs: number): number | undefined {
  let [place, end] = [0, flame.nodes.length];
  while (place < end) {
    const node = flame.nodes[place];
    if (node === undefined) return undefined;
    if (atMs < node.fromMs) return undefined;
    if (atMs >= node.fromMs + node.totalMs) place = node.end;
    else if (node.depth === depth) return place;
    else [place, end] = [place + 1, node.end];
  }
  return undefined;
}
