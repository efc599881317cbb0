import type { Entry } from "./affix-tree.ts";

const asciiCount = 128;

interface LiteralState<T> {
  readonly children: Map<number, LiteralState<T>>;
  /** Transitions on ASCII, resolved through failures; filled on demand. */
  readonly ascii: (LiteralState<T> | undefined)[];
  failure: LiteralState<T> | undefined;
  own: Entry<T>[];
  /** The nearest failure that has entries, if any. */
  shorter: LiteralState<T> | undefined;
}

/**
 * Literals looked for anywhere in a text, all at once: the automaton of Aho and Corasick (1975).
 * One step a character, whatever the number of literals.
 */
export interface Literals<T> {
  root: LiteralState<T>;
  readonly added: { readonly literal: string; readonly entry: Entry<T> }[];
  linked: boolean;
}

function state<T>(): LiteralState<T> {
  const ascii = Array.from<LiteralState<T> | undefined>({ length: asciiCount });
  return { children: new Map(), ascii, failure: undefined, own: [], shorter: undefined };
}

/** A search for nothing. */
export function literalSearch<T>(): Literals<T> {
  return { root: state(), added: [], linked: true };
}

/** Adds a literal, which must not be empty. */
export function addLiteral<T>(literals: Literals<T>, literal: string, entry: Entry<T>): void {
  literals.added.push({ literal, entry });
  literals.linked = false;
}

function plant<T>(root: LiteralState<T>, literal: string, entry: Entry<T>): void {
  let at = root;
  for (let index = 0; index < literal.length; index++) {
    const code = literal.charCodeAt(index);
    let next = at.children.get(code);
    if (next === undefined) {
      next = state();
      at.children.set(code, next);
    }
    at = next;
  }
  at.own.push(entry);
}

function follow<T>(from: LiteralState<T>, root: LiteralState<T>, code: number): LiteralState<T> {
  let at: LiteralState<T> | undefined = from;
  while (at !== undefined) {
    const next = at.children.get(code);
    if (next !== undefined) return next;
    at = at.failure;
  }
  return root;
}

function link<T>(literals: Literals<T>): void {
  const root = state<T>();
  for (const { literal, entry } of literals.added) plant(root, literal, entry);
  const queue: LiteralState<T>[] = [root];
  for (let index = 0; index < queue.length; index++) {
    const at = queue[index];
    if (at === undefined) break;
    const { failure } = at;
    at.shorter = failure === undefined || failure.own.length > 0 ? failure : failure.shorter;
    for (const [code, child] of at.children) {
      child.failure = at.failure === undefined ? root : follow(at.failure, root, code);
      queue.push(child);
    }
  }
  literals.root = root;
  literals.linked = true;
}

function step<T>(at: LiteralState<T>, root: LiteralState<T>, code: number): LiteralState<T> {
  if (code >= asciiCount) return follow(at, root, code);
  const known = at.ascii[code];
  if (known !== undefined) return known;
  const next = follow(at, root, code);
  at.ascii[code] = next;
  return next;
}

/** Calls `visit` with the entries of each literal that `text` holds, once for each place of it. */
export function findLiterals<T>(
  literals: Literals<T>,
  text: string,
  visit: (entries: readonly Entry<T>[], text: string) => void,
): void {
  if (!literals.linked) link(literals);
  const { root } = literals;
  let at = root;
  for (let index = 0; index < text.length; index++) {
    at = step(at, root, text.charCodeAt(index));
    if (at.own.length > 0) visit(at.own, text);
    for (let { shorter } = at; shorter !== undefined; shorter = shorter.shorter) {
      visit(shorter.own, text);
    }
  }
}
