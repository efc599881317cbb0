/** How high rows are of which most are alike: those that are higher are known by their number. */
export interface Heights {
  readonly rowHeight: number;
  of(number: number): number;
  /** Says how high a row is; the answer is by how much that differs from before. */
  set(number: number, height: number): number;
  /** From the top of row `first` to that of another. */
  between(first: number, number: number): number;
  /** The row at a distance below the top of `first`; not beyond `end`. */
  at(first: number, end: number, distance: number): number;
  /** Whether no row is known to be higher than others. */
  isAlike(): boolean;
  /** Forgets rows before a number, once there are many: a feed goes on for days. */
  forget(before: number): void;
  clear(): void;
}

/** Rows that are remembered although they are gone. */
const goneMax = 4096;

/** Makes heights that are all alike. */
export function makeHeights(rowHeight: number): Heights {
  // Ascending; what is above a number is summed up when it is asked for.
  let numbers: number[] = [];
  let extras: number[] = [];
  let sums: number[] = [0];
  const placeOf = (number: number): number => {
    let [low, high] = [0, numbers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const extraBefore = (number: number): number => {
    const place = placeOf(number);
    for (let at = sums.length; at <= place; at++) {
      sums.push((sums[at - 1] ?? 0) + (extras[at - 1] ?? 0));
    }
    return sums[place] ?? 0;
  };
  const between = (first: number, number: number): number =>
    (number - first) * rowHeight + extraBefore(number) - extraBefore(first);
  return {
    rowHeight,
    between,
    of(number) {
      const place = placeOf(number);
      return rowHeight + (numbers[place] === number ? (extras[place] ?? 0) : 0);
    },
    set(number, height) {
      const place = placeOf(number);
      const isKnown = numbers[place] === number;
      const extra = height - rowHeight;
      const change = extra - (isKnown ? (extras[place] ?? 0) : 0);
      if (change === 0) return 0;
      if (isKnown && extra === 0) {
        numbers.splice(place, 1);
        extras.splice(place, 1);
      } else if (isKnown) extras[place] = extra;
      else {
        numbers.splice(place, 0, number);
        extras.splice(place, 0, extra);
      }
      sums.length = Math.min(sums.length, place + 1);
      return change;
    },
    at(first, end, distance) {
      let [low, high] = [first, Math.max(first, end - 1)];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (between(first, middle) <= distance) low = middle;
        else high = middle - 1;
      }
      return low;
    },
    isAlike: () => numbers.length === 0,
    forget(before) {
      const gone = placeOf(before);
      if (gone < goneMax) return;
      numbers = numbers.slice(gone);
      extras = extras.slice(gone);
      sums = [0];
    },
    clear() {
      numbers = [];
      extras = [];
      sums = [0];
    },
  };
}
