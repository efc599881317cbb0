import type { Entry } from "./places.ts";

/** Entries of a history in the order of their positions, and what they are found by. */
export interface EntryLog {
  readonly entries: readonly Entry[];
  /** The place of what ended last: later ones are what changed since. */
  readonly place: number;
  /** All that there was when it was read. */
  readonly isWhole: boolean;
  /** Results came along; of a long history they are read one by one. */
  readonly hasValues: boolean;
}

const placeOf = (entries: readonly Entry[], place: number): number =>
  entries.reduce((most, one) => Math.max(most, one.place), place);

/** A log with another page at its end. */
export const longer = (
  { entries, place }: Pick<EntryLog, "entries" | "place">,
  page: readonly Entry[],
): Pick<EntryLog, "entries" | "place"> => ({
  entries: [...entries, ...page],
  place: placeOf(page, place),
});

/** Compares positions as the program goes: `3.10` after `3.9`, numbers before anything else. */
export function compareAt(one: string, other: string): number {
  const [left, right] = [one.split("."), other.split(".")];
  for (let part = 0; part < Math.min(left.length, right.length); part++) {
    const [a = "", b = ""] = [left[part], right[part]];
    if (a === b) continue;
    const [isNumber, isOther] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (isNumber && isOther) return Number(a) - Number(b);
    if (isNumber !== isOther) return isNumber ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return left.length - right.length;
}

/** A log with what changed since: entries in place of older ones, new ones where they belong. */
export function changed(log: EntryLog, changes: readonly Entry[]): EntryLog {
  if (changes.length === 0) return log;
  const byAt = new Map(changes.map((entry) => [entry.at, entry]));
  const kept = log.entries.map((entry) => {
    const next = byAt.get(entry.at);
    if (next === undefined) return entry;
    byAt.delete(entry.at);
    return next;
  });
  const added = [...byAt.values()].sort((a, b) => compareAt(a.at, b.at));
  const entries: Entry[] = [];
  let at = 0;
  for (const entry of kept) {
    for (let next = added[at]; next !== undefined; next = added[++at]) {
      if (compareAt(next.at, entry.at) > 0) break;
      entries.push(next);
    }
    entries.push(entry);
  }
  return {
    ...log,
    entries: [...entries, ...added.slice(at)],
    place: placeOf(changes, log.place),
  };
}
