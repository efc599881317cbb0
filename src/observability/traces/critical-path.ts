import type { SpanTree, TreeSpan } from "./tree.ts";

/** A stretch of the critical path: here the trace waited for this span's own work. */
export interface PathSection {
  /** Index of the span. */
  readonly span: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const endOf = (span: TreeSpan): number => span.startMs + span.durationMs;

/** Work of one span that is left to walk, from its end backwards. */
interface Visit {
  readonly at: number;
  /** Bounds within which its ancestors waited for it. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Sections of one span within its bounds, latest first, and the children on the path between them.
 * The child that ended last is what its parent waited for; what ran beside it is not on the path.
 */
function walk(tree: SpanTree, visit: Visit, visits: Visit[], sections: PathSection[]): void {
  const span = tree.spans[visit.at] as TreeSpan;
  let untilMs = visit.toMs;
  const byEnd = span.children
    .map((child) => {
      const one = tree.spans[child] as TreeSpan;
      const fromMs = Math.max(one.startMs, visit.fromMs);
      return { at: child, fromMs, toMs: Math.min(endOf(one), visit.toMs) };
    })
    .filter(({ fromMs, toMs }) => toMs > fromMs)
    .sort((a, b) => b.toMs - a.toMs || b.fromMs - a.fromMs);
  for (const child of byEnd) {
    if (child.toMs > untilMs) continue;
    if (untilMs > child.toMs) {
      sections.push({ span: visit.at, fromMs: child.toMs, toMs: untilMs });
    }
    visits.push(child);
    untilMs = child.fromMs;
  }
  if (untilMs > visit.fromMs) {
    sections.push({ span: visit.at, fromMs: visit.fromMs, toMs: untilMs });
  }
}

/**
 * What the answer of the trace waited for: from the root's end backwards, always into the child
 * that ended last. The sections lie end to end and add up to the root's duration. Spans that began
 * after their parent ended (consumers) are on no path: nobody waited for them.
 * @param root index of the root
 */
export function criticalPath(tree: SpanTree, root: number): PathSection[] {
  const first = tree.spans[root];
  if (first === undefined) return [];
  const sections: PathSection[] = [];
  const visits: Visit[] = [{ at: root, fromMs: first.startMs, toMs: endOf(first) }];
  for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
    walk(tree, visit, visits, sections);
  }
  return sections.sort((a, b) => a.fromMs - b.fromMs);
}

/** Time of each span in which no child of it ran, milliseconds. */
export function selfTimes(tree: SpanTree): Float64Array {
  const own = new Float64Array(tree.spans.length);
  for (const [at, span] of tree.spans.entries()) {
    const endMs = endOf(span);
    let coveredMs = 0;
    let untilMs = span.startMs;
    // Children are in order of their start.
    for (const child of span.children) {
      const one = tree.spans[child] as TreeSpan;
      const fromMs = Math.max(one.startMs, untilMs);
      const toMs = Math.min(endOf(one), endMs);
      if (toMs <= fromMs) continue;
      coveredMs += toMs - fromMs;
      untilMs = toMs;
    }
    own[at] = span.missing ? 0 : Math.max(0, span.durationMs - coveredMs);
  }
  return own;
}
