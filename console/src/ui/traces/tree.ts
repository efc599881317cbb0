import { spansMax, type TraceSpan } from "./span.ts";

/**
 * The spans of a trace in the order in which they are drawn: each before its children, siblings by
 * their start. What belongs to a span stands in arrays at its place.
 */
export interface Tree {
  readonly spans: readonly TraceSpan[];
  /** What a span is remembered by while the trace grows; a span id may have come twice. */
  readonly keys: readonly string[];
  readonly depth: Int32Array;
  /** The place of the parent; -1 for a root. */
  readonly parent: Int32Array;
  /** The place after the last of those below. */
  readonly end: Int32Array;
  readonly fromMs: number;
  readonly toMs: number;
  readonly depthMost: number;
  /** Spans beyond what is drawn. */
  readonly left: number;
}

const numberOf = (value: number): number => (Number.isFinite(value) ? value : 0);

/** Moments that make no sense count as nought: one broken span must not hide the others. */
function sound(span: TraceSpan): TraceSpan {
  const { startMs, durationMs } = span;
  if (Number.isFinite(startMs) && durationMs >= 0 && durationMs < Infinity) return span;
  return { ...span, startMs: numberOf(startMs), durationMs: Math.max(0, numberOf(durationMs)) };
}

const byStart = (one: TraceSpan, other: TraceSpan): number =>
  (one.order ?? 0) - (other.order ?? 0) ||
  one.startMs - other.startMs ||
  other.durationMs - one.durationMs ||
  (one.spanId < other.spanId ? -1 : 1);

/** Stands for a parent that was not received, over the time of its children. */
function standIn(spanId: string, children: readonly TraceSpan[]): TraceSpan {
  let [from, to] = [Infinity, -Infinity];
  for (const { startMs, durationMs } of children) {
    from = Math.min(from, startMs);
    to = Math.max(to, startMs + durationMs);
  }
  const times = { startMs: from, durationMs: to - from };
  const words = { name: "", service: "", kind: "", status: "unset" } as const;
  return { spanId, parentSpanId: null, ...words, ...times, missing: true };
}

/** Children by parent, with the roots, stand-ins among them, under the empty name. */
function familiesOf(spans: readonly TraceSpan[]): Map<string, TraceSpan[]> {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const families = new Map<string, TraceSpan[]>([["", []]]);
  for (const span of spans) {
    const name = span.parentSpanId ?? "";
    const family = families.get(name);
    if (family === undefined) families.set(name, [span]);
    else family.push(span);
  }
  const roots = families.get("") ?? [];
  for (const [name, family] of families) {
    if (name !== "" && !known.has(name)) roots.push(standIn(name, family));
    family.sort(byStart);
  }
  roots.sort(byStart);
  return families;
}

/** Spans in the order of drawing, with their depth, while they are found. */
interface Found {
  readonly spans: TraceSpan[];
  readonly depth: number[];
  readonly seen: Set<TraceSpan>;
}

/** Adds a span and all below it; without recursion, for traces as deep as they come. */
function walk(root: TraceSpan, families: Map<string, TraceSpan[]>, found: Found): void {
  const open: { readonly span: TraceSpan; readonly depth: number }[] = [{ span: root, depth: 0 }];
  const opened = new Set<string>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { span, depth } = next;
    if (found.seen.has(span)) continue;
    found.seen.add(span);
    found.spans.push(span);
    found.depth.push(depth);
    // Where an id has come twice, the first has the children.
    if (span.spanId === "" || opened.has(span.spanId)) continue;
    opened.add(span.spanId);
    const children = families.get(span.spanId) ?? [];
    for (let at = children.length - 1; at >= 0; at--) {
      const child = children[at];
      if (child !== undefined) open.push({ span: child, depth: depth + 1 });
    }
  }
}

function placesOf(depth: readonly number[]): { parent: Int32Array; end: Int32Array } {
  const count = depth.length;
  const parent = new Int32Array(count).fill(-1);
  const end = new Int32Array(count).fill(count);
  const path: number[] = [];
  for (let at = 0; at < count; at++) {
    const here = depth[at] ?? 0;
    while (path.length > here) end[path.pop() ?? 0] = at;
    parent[at] = path.at(-1) ?? -1;
    path.push(at);
  }
  return { parent, end };
}

function keysOf(spans: readonly TraceSpan[]): string[] {
  const times = new Map<string, number>();
  return spans.map(({ spanId }) => {
    const before = times.get(spanId) ?? 0;
    times.set(spanId, before + 1);
    return before === 0 ? spanId : `${spanId} ${before}`;
  });
}

/** The tree of a trace: orphans below stand-ins, rings opened at their earliest span. */
export function treeOf(received: readonly TraceSpan[]): Tree {
  const spans = received.slice(0, spansMax).map(sound);
  const families = familiesOf(spans);
  const found: Found = { spans: [], depth: [], seen: new Set() };
  for (const root of families.get("") ?? []) walk(root, families, found);
  if (found.seen.size < spans.length) {
    for (const span of spans.toSorted(byStart)) {
      if (!found.seen.has(span)) walk(span, families, found);
    }
  }
  let [fromMs, toMs] = [Infinity, -Infinity];
  for (const { startMs, durationMs } of found.spans) {
    fromMs = Math.min(fromMs, startMs);
    toMs = Math.max(toMs, startMs + durationMs);
  }
  const isEmpty = found.spans.length === 0;
  return {
    spans: found.spans,
    keys: keysOf(found.spans),
    depth: Int32Array.from(found.depth),
    ...placesOf(found.depth),
    fromMs: isEmpty ? 0 : fromMs,
    // A trace of no length still has a picture.
    toMs: isEmpty ? 1 : Math.max(toMs, fromMs + 0.001),
    depthMost: found.depth.reduce((most, one) => Math.max(most, one), 0),
    left: Math.max(0, received.length - spansMax),
  };
}

/** Whether a span has others below it. */
export const hasChildren = (tree: Tree, at: number): boolean => (tree.end[at] ?? 0) > at + 1;

/** The places that are drawn, top to bottom: all but those below a collapsed one. */
export function visibleRows(tree: Tree, collapsed: ReadonlySet<string>): Int32Array {
  const count = tree.spans.length;
  if (collapsed.size === 0) return Int32Array.from({ length: count }, (_, at) => at);
  const rows = new Int32Array(count);
  let length = 0;
  for (let at = 0; at < count;) {
    rows[length++] = at;
    at = collapsed.has(tree.keys[at] ?? "") ? (tree.end[at] ?? count) : at + 1;
  }
  return rows.subarray(0, length);
}

/** Where a place stands among those that are drawn; -1 when it is below a collapsed one. */
export function rowOf(rows: Int32Array, place: number): number {
  let [low, high] = [0, rows.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = rows[middle] ?? 0;
    if (found === place) return middle;
    if (found < place) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The keys of all that have others below them, but for the roots, which stay open. */
export function allBelowRoots(tree: Tree): ReadonlySet<string> {
  return new Set(tree.keys.filter((_, at) => hasChildren(tree, at) && (tree.depth[at] ?? 0) > 0));
}

/** Places whose name, service or id has the text, whatever its case; none for no text. */
export function matchesOf(tree: Tree, text: string): ReadonlySet<number> {
  const wanted = text.trim().toLowerCase();
  const found = new Set<number>();
  if (wanted === "") return found;
  for (const [at, { name, service, spanId }] of tree.spans.entries()) {
    const has =
      name.toLowerCase().includes(wanted) ||
      service.toLowerCase().includes(wanted) ||
      spanId.toLowerCase() === wanted;
    if (has) found.add(at);
  }
  return found;
}

/** The next place of a set after one, round the end; undefined for an empty set. */
export function nextOf(
  places: ReadonlySet<number>,
  from: number,
  direction: 1 | -1,
): number | undefined {
  const all = [...places].toSorted((a, b) => a - b);
  return direction === 1
    ? (all.find((one) => one > from) ?? all[0])
    : (all.findLast((one) => one < from) ?? all.at(-1));
}
