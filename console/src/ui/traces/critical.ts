import type { Tree } from "./tree.ts";

/** A stretch of time, on the scale of the spans. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

const ends = (tree: Tree, at: number): number => {
  const span = tree.spans[at];
  return span === undefined ? 0 : span.startMs + span.durationMs;
};

function childrenOnPath(tree: Tree, at: number): number[] {
  const children: number[] = [];
  const end = tree.end[at] ?? 0;
  for (let child = at + 1; child < end; child = tree.end[child] ?? end) {
    if (tree.spans[child]?.onCriticalPath === true) children.push(child);
  }
  return children.toSorted((one, other) => ends(tree, other) - ends(tree, one));
}

/**
 * Where the critical path runs within the spans that are on it: from a span's end backwards into
 * the child that ended last, and after its start on in the span itself.
 */
export function criticalStretches(tree: Tree): ReadonlyMap<number, readonly Stretch[]> {
  const stretches = new Map<number, Stretch[]>();
  const add = (at: number, fromMs: number, toMs: number): void => {
    if (toMs <= fromMs) return;
    const known = stretches.get(at);
    if (known === undefined) stretches.set(at, [{ fromMs, toMs }]);
    else known.push({ fromMs, toMs });
  };
  const open: { readonly at: number; readonly untilMs: number }[] = [];
  for (let at = 0; at < tree.spans.length; at++) {
    const isFirst = tree.spans[tree.parent[at] ?? -1]?.onCriticalPath !== true;
    if (isFirst && tree.spans[at]?.onCriticalPath === true) {
      open.push({ at, untilMs: ends(tree, at) });
    }
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { at } = next;
    const startMs = tree.spans[at]?.startMs ?? 0;
    let untilMs = Math.min(next.untilMs, ends(tree, at));
    for (const child of childrenOnPath(tree, at)) {
      const childStartMs = Math.max(startMs, tree.spans[child]?.startMs ?? 0);
      if (childStartMs >= untilMs) continue;
      const childEndMs = Math.min(untilMs, ends(tree, child));
      add(at, childEndMs, untilMs);
      open.push({ at: child, untilMs: childEndMs });
      untilMs = childStartMs;
    }
    add(at, startMs, untilMs);
  }
  return stretches;
}
