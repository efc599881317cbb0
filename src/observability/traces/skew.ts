import type { SpanTree, TreeSpan } from "./tree.ts";

/**
 * By how much a child's clock is off, as seen from its parent, milliseconds; 0 where nothing says
 * so. The rule of Jaeger's clock skew adjuster: a call's network time is the same both ways.
 * Otherwise than Jaeger, what runs on after its parent by design (consumers, work behind an answer)
 * is no skew: only a call's two ends must lie within each other; all others must not begin before
 * their cause.
 */
function skewOf(child: TreeSpan, parent: TreeSpan, parentStartMs: number): number {
  const early = child.startMs < parentStartMs;
  const call = parent.kind === "client" && child.kind === "server";
  const parentEndMs = parentStartMs + parent.durationMs;
  const late = call && child.startMs + child.durationMs > parentEndMs;
  if (!early && !late) return 0;
  if (!call || child.durationMs > parent.durationMs) {
    return early ? parentStartMs - child.startMs : 0;
  }
  const networkMs = (parent.durationMs - child.durationMs) / 2;
  return parentStartMs + networkMs - child.startMs;
}

/** Less than this is no skew worth a move: clocks and roundings of a microsecond, milliseconds. */
const skewMsMin = 0.002;

/**
 * Moves spans whose host's clock differs from their parent's, with everything below them that ran
 * on the same host; says of each by how much. Returns how many were moved.
 */
export function correctSkew(tree: SpanTree): number {
  let moved = 0;
  for (const span of tree.spans) {
    const parent = tree.spans[span.parent];
    if (parent === undefined || parent.missing) continue;
    const sameHost = parent.host === span.host;
    const skewMs = sameHost ? parent.skewMs : skewOf(span, parent, parent.startMs);
    if (Math.abs(skewMs) < skewMsMin) continue;
    span.startMs += skewMs;
    span.skewMs = skewMs;
    moved++;
  }
  return moved;
}
