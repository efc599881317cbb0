import type { AnalysedSpan, TraceAnalysis } from "./analyse.ts";

/** All spans of one path of services and names, folded into one node. */
export interface FlameNode {
  /** Its place in the list. */
  readonly id: number;
  /** Place of its parent, which comes before it; -1 for roots. */
  readonly parent: number;
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly count: number;
  readonly errors: number;
  readonly totalMs: number;
  readonly selfMs: number;
}

/** A flame graph: nodes with parents before children. */
export interface Flame {
  readonly traces: number;
  readonly nodes: readonly FlameNode[];
  /** Spans that the limit on nodes left out. */
  readonly spansLeftOut: number;
}

type Growing = { -readonly [K in keyof FlameNode]: FlameNode[K] };

const flameNodesMax = 20_000;

interface Fold {
  readonly nodes: Growing[];
  readonly byPath: Map<string, number>;
  leftOut: number;
}

function foldSpan(fold: Fold, span: AnalysedSpan, parent: number): number {
  const path = `${parent}\n${span.service}\n${span.name}`;
  let id = fold.byPath.get(path);
  if (id === undefined) {
    if (fold.nodes.length >= flameNodesMax) {
      fold.leftOut++;
      return parent;
    }
    id = fold.nodes.length;
    fold.byPath.set(path, id);
    const depth = (fold.nodes[parent]?.depth ?? -1) + 1;
    const { service, name } = span;
    fold.nodes.push({
      id,
      parent,
      depth,
      service,
      name,
      count: 0,
      errors: 0,
      totalMs: 0,
      selfMs: 0,
    });
  }
  const node = fold.nodes[id] as Growing;
  node.count++;
  node.totalMs += span.durationMs;
  node.selfMs += span.selfMs;
  if (span.status === "error") node.errors++;
  return id;
}

/**
 * Folds the spans of one or many traces by their path of services and names; at most 20,000 nodes.
 */
export function flameOf(traces: readonly Pick<TraceAnalysis, "spans">[]): Flame {
  const fold: Fold = { nodes: [], byPath: new Map(), leftOut: 0 };
  for (const { spans } of traces) {
    const places = new Map<string, number>();
    for (const span of spans) {
      const parent = places.get(span.parentSpanId) ?? -1;
      // A parent that was not received says nothing: its children stand where it stood.
      places.set(span.spanId, span.missing ? parent : foldSpan(fold, span, parent));
    }
  }
  return { traces: traces.length, nodes: fold.nodes, spansLeftOut: fold.leftOut };
}

/** One path of services and names in two traces or sets of traces, per trace. */
export interface ComparedNode {
  readonly id: number;
  readonly parent: number;
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly change: "added" | "missing" | "slower" | "faster" | "same";
  /** Spans a trace, and their time, milliseconds a trace. */
  readonly countA: number;
  readonly countB: number;
  readonly totalMsA: number;
  readonly totalMsB: number;
  readonly selfMsA: number;
  readonly selfMsB: number;
  readonly errorsA: number;
  readonly errorsB: number;
}

/** Two sets of traces beside each other. */
export interface TraceComparison {
  readonly tracesA: number;
  readonly tracesB: number;
  readonly nodes: readonly ComparedNode[];
  /** Places of the nodes whose own time differs most, most first. */
  readonly largest: readonly number[];
}

type Side = "A" | "B";

type Merged = { -readonly [K in keyof ComparedNode]: ComparedNode[K] };

function mergeSide(nodes: Merged[], byPath: Map<string, number>, flame: Flame, side: Side): void {
  const places: number[] = [];
  const share = 1 / Math.max(1, flame.traces);
  for (const { id, parent: oldParent, service, name, ...figures } of flame.nodes) {
    const parent = places[oldParent] ?? -1;
    const path = `${parent}\n${service}\n${name}`;
    let place = byPath.get(path);
    if (place === undefined) {
      place = nodes.length;
      byPath.set(path, place);
      const none = { countA: 0, countB: 0, totalMsA: 0, totalMsB: 0, errorsA: 0, errorsB: 0 };
      const depth = figures.depth;
      nodes.push({
        id: place,
        parent,
        depth,
        service,
        name,
        change: "same",
        ...none,
        selfMsA: 0,
        selfMsB: 0,
      });
    }
    places[id] = place;
    const node = nodes[place] as Merged;
    node[`count${side}`] = figures.count * share;
    node[`totalMs${side}`] = figures.totalMs * share;
    node[`selfMs${side}`] = figures.selfMs * share;
    node[`errors${side}`] = figures.errors * share;
  }
}

/**
 * A node is slower or faster when its time a trace differs by a fifth and by this, milliseconds.
 */
const differenceMsMin = 0.1;

function changeOf({ countA, countB, totalMsA, totalMsB }: Merged): ComparedNode["change"] {
  if (countA === 0) return "added";
  if (countB === 0) return "missing";
  const more = totalMsB - totalMsA;
  if (Math.abs(more) < Math.max(differenceMsMin, 0.2 * Math.min(totalMsA, totalMsB))) return "same";
  return more > 0 ? "slower" : "faster";
}

/**
 * Compares two traces or two sets by their paths of services and names: what came, what is gone,
 * what takes longer. B against A: `slower` is slower in B.
 */
export function compareTraces(
  a: readonly Pick<TraceAnalysis, "spans">[],
  b: readonly Pick<TraceAnalysis, "spans">[],
): TraceComparison {
  const nodes: Merged[] = [];
  const byPath = new Map<string, number>();
  mergeSide(nodes, byPath, flameOf(a), "A");
  mergeSide(nodes, byPath, flameOf(b), "B");
  for (const node of nodes) node.change = changeOf(node);
  const differs = ({ selfMsA, selfMsB }: Merged): number => Math.abs(selfMsB - selfMsA);
  const largest = [...nodes]
    .sort((x, y) => differs(y) - differs(x))
    .slice(0, 20)
    .filter((node) => differs(node) >= differenceMsMin)
    .map(({ id }) => id);
  return { tracesA: a.length, tracesB: b.length, nodes, largest };
}
