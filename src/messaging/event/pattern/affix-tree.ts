/** What an index entry leads to; `parts` are set where the hit must still pass a wildcard. */
export interface Entry<T> {
  readonly target: T;
  readonly parts?: readonly string[];
}

/** Which end of the text a tree reads from. */
export type Direction = "forward" | "backward";

interface AffixNode<T> {
  label: string;
  entries: Entry<T>[];
  /** By the code of the first character of the label. */
  children: Map<number, AffixNode<T>> | undefined;
}

/**
 * A radix tree of prefixes (or, read backward, of suffixes): finds all those of a text, at a cost
 * of the text's length whatever their number.
 */
export interface AffixTree<T> {
  readonly direction: Direction;
  readonly root: AffixNode<T>;
}

/** A tree without affixes. */
export function affixTree<T>(direction: Direction): AffixTree<T> {
  return { direction, root: { label: "", entries: [], children: undefined } };
}

function reversed(text: string): string {
  let result = "";
  for (let index = text.length - 1; index >= 0; index--) result += text.charAt(index);
  return result;
}

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one.charCodeAt(length) === other.charCodeAt(length)) length++;
  return length;
}

/** Labels are kept in reading order here, and turned back at the end for the backward tree. */
function attach<T>(node: AffixNode<T>, rest: string, direction: Direction): AffixNode<T> {
  if (rest === "") return node;
  node.children ??= new Map();
  const code = rest.charCodeAt(0);
  const child = node.children.get(code);
  const stored = (label: string): string => (direction === "forward" ? label : reversed(label));
  if (child === undefined) {
    const made = { label: stored(rest), entries: [], children: undefined };
    node.children.set(code, made);
    return made;
  }
  const label = stored(child.label);
  const shared = commonLength(label, rest);
  if (shared === label.length) return attach(child, rest.slice(shared), direction);
  const upper: AffixNode<T> = {
    label: stored(label.slice(0, shared)),
    entries: [],
    children: new Map([[label.charCodeAt(shared), child]]),
  };
  child.label = stored(label.slice(shared));
  node.children.set(code, upper);
  return attach(upper, rest.slice(shared), direction);
}

/** Adds an affix. */
export function addAffix<T>(tree: AffixTree<T>, affix: string, entry: Entry<T>): void {
  const text = tree.direction === "forward" ? affix : reversed(affix);
  attach(tree.root, text, tree.direction).entries.push(entry);
}

/** Calls `visit` with the entries of each affix of `text`. */
export function findAffixes<T>(
  tree: AffixTree<T>,
  text: string,
  visit: (entries: readonly Entry<T>[], text: string) => void,
): void {
  const forward = tree.direction === "forward";
  let node = tree.root;
  let read = 0;
  for (;;) {
    if (node.entries.length > 0) visit(node.entries, text);
    if (node.children === undefined || read >= text.length) return;
    const at = forward ? read : text.length - 1 - read;
    const child = node.children.get(text.charCodeAt(at));
    if (child === undefined) return;
    const { label } = child;
    if (label.length > 1) {
      const found = forward ? text.startsWith(label, read) : text.endsWith(label, at + 1);
      if (!found) return;
    }
    read += label.length;
    node = child;
  }
}
