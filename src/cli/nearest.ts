/**
 * Edits (insert, remove, replace, swap neighbours) between two words (optimal string alignment).
 */
export function distance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let y = 1; y <= left.length; y++) {
    const next = [y];
    for (let x = 1; x <= right.length; x++) {
      const same = left[y - 1] === right[x - 1];
      let best = Math.min((row[x] ?? 0) + 1, (next[x - 1] ?? 0) + 1, (row[x - 1] ?? 0) + +!same);
      const swapped = left[y - 1] === right[x - 2] && left[y - 2] === right[x - 1];
      if (swapped && y > 1 && x > 1) best = Math.min(best, (before[x - 2] ?? 0) + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[right.length] ?? 0;
}

/** What was probably meant; undefined when nothing is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, edits: distance(word, name) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  const isNear = best !== undefined && best.edits <= Math.max(1, Math.floor(word.length / 3));
  return isNear ? best.name : undefined;
}
