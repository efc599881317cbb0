import { allBelowRoots, type Tree } from "./tree.ts";

/** What is folded: as the spans say it themselves, all or nothing, but for what was turned. */
export interface Folds {
  readonly base: "given" | "all" | "none";
  readonly turned: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

/** As the spans say it. */
export const asGiven: Folds = { base: "given", turned: none };

/** Keys that are in one of two sets alone. */
function apart(one: ReadonlySet<string>, other: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(one);
  for (const key of other) if (!all.delete(key)) all.add(key);
  return all;
}

const given = (tree: Tree): ReadonlySet<string> =>
  new Set(tree.keys.filter((_, at) => tree.spans[at]?.folded === true));

/** The keys of what is folded; spans that come later are folded as they say. */
export function foldedBy(tree: Tree, { base, turned }: Folds): ReadonlySet<string> {
  const begun = base === "none" ? none : base === "all" ? allBelowRoots(tree) : given(tree);
  return turned.size === 0 ? begun : apart(begun, turned);
}

/** Turns some over. */
export const turning = ({ base, turned }: Folds, keys: ReadonlySet<string>): Folds => ({
  base,
  turned: apart(turned, keys),
});

/** All folded, or nothing. */
export const wholly = (all: boolean): Folds => ({ base: all ? "all" : "none", turned: none });

/** What is to be turned for a place to be seen: all that is folded above it. */
export function hiding(
  tree: Tree,
  folded: ReadonlySet<string>,
  place: number,
): ReadonlySet<string> {
  const keys = new Set<string>();
  for (let at = tree.parent[place] ?? -1; at >= 0; at = tree.parent[at] ?? -1) {
    const key = tree.keys[at] ?? "";
    if (folded.has(key)) keys.add(key);
  }
  return keys;
}
