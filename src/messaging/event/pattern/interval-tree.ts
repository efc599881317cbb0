/** One interval; an undefined end is infinite. */
export interface Interval<K, T> {
  readonly low: K | undefined;
  readonly lowOpen: boolean;
  readonly high: K | undefined;
  readonly highOpen: boolean;
  readonly target: T;
}

interface Segments<K, T> {
  /** Distinct ends, sorted. Slot 2i+1 is the end i itself, slot 2i the gap below it. */
  readonly ends: readonly K[];
  readonly size: number;
  /** A segment tree laid out as a heap: leaves at `size + slot`. */
  readonly nodes: readonly (T[] | undefined)[];
}

/**
 * Intervals over numbers or text, asked which of them hold a value: a segment tree (Bentley 1977),
 * O(log n + answers). It is laid out anew at the first question after a change.
 */
export interface IntervalTree<K extends number | string, T> {
  readonly intervals: Interval<K, T>[];
  segments: Segments<K, T> | undefined;
}

/** A tree without intervals. */
export function intervalTree<K extends number | string, T>(): IntervalTree<K, T> {
  return { intervals: [], segments: undefined };
}

/** Adds an interval. */
export function addInterval<K extends number | string, T>(
  tree: IntervalTree<K, T>,
  interval: Interval<K, T>,
): void {
  tree.intervals.push(interval);
  tree.segments = undefined;
}

/** The number of ends below `value`. */
function endsBelow<K>(ends: readonly K[], value: K): number {
  let from = 0;
  let to = ends.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ends[middle] as K) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

function layOut<K extends number | string, T>(
  intervals: readonly Interval<K, T>[],
): Segments<K, T> {
  const all = intervals.flatMap(({ low, high }) => [low, high]).filter((end) => end !== undefined);
  const ends = [...new Set(all)].toSorted((one, other) => (one < other ? -1 : 1));
  const size = 2 * ends.length + 1;
  const nodes: (T[] | undefined)[] = Array.from({ length: 2 * size }, () => undefined);
  const mark = (index: number, target: T): void => {
    (nodes[index] ??= []).push(target);
  };
  for (const { low, lowOpen, high, highOpen, target } of intervals) {
    const first = low === undefined ? 0 : 2 * endsBelow(ends, low) + (lowOpen ? 2 : 1);
    const last = high === undefined ? size - 1 : 2 * endsBelow(ends, high) + (highOpen ? 0 : 1);
    let left = first + size;
    let right = last + 1 + size;
    for (; left < right; left >>= 1, right >>= 1) {
      if (left & 1) mark(left++, target);
      if (right & 1) mark(--right, target);
    }
  }
  return { ends, size, nodes };
}

/** Calls `visit` with targets whose intervals hold `value`. */
export function findIntervals<K extends number | string, T>(
  tree: IntervalTree<K, T>,
  value: K,
  visit: (targets: readonly T[]) => void,
): void {
  tree.segments ??= layOut(tree.intervals);
  const { ends, size, nodes } = tree.segments;
  const below = endsBelow(ends, value);
  const slot = 2 * below + (ends[below] === value ? 1 : 0);
  for (let index = slot + size; index > 0; index >>= 1) {
    const targets = nodes[index];
    if (targets !== undefined) visit(targets);
  }
}
