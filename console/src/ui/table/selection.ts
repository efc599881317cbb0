/** Which rows of a table are selected, by their keys, and what is done when that changes. */
export interface Selection {
  readonly keys: ReadonlySet<string>;
  readonly onChange: (keys: ReadonlySet<string>) => void;
}

/** How much of a list is selected. */
export type Extent = "none" | "some" | "all";

/** What the box at the head of a table shows. */
export function extentOf(keys: ReadonlySet<string>, all: readonly string[]): Extent {
  const count = all.filter((key) => keys.has(key)).length;
  if (count === 0) return "none";
  return count === all.length ? "all" : "some";
}

/** All of a list are selected; if they are already, none of it. */
export function withAll(keys: ReadonlySet<string>, all: readonly string[]): ReadonlySet<string> {
  const next = new Set(keys);
  const isWhole = extentOf(keys, all) === "all";
  for (const key of all) {
    if (isWhole) next.delete(key);
    else next.add(key);
  }
  return next;
}

/**
 * Turns one row over; with `from`, every row between the two becomes what this one becomes. A
 * `from` that is not in the list any more counts as absent.
 */
export function turned(
  keys: ReadonlySet<string>,
  all: readonly string[],
  key: string,
  from: string | undefined,
): ReadonlySet<string> {
  const [start, end] = [all.indexOf(from ?? key), all.indexOf(key)];
  const range = start === -1 ? [key] : all.slice(Math.min(start, end), Math.max(start, end) + 1);
  const next = new Set(keys);
  const selects = !keys.has(key);
  for (const one of range) {
    if (selects) next.add(one);
    else next.delete(one);
  }
  return next;
}
