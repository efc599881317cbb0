import type { Entry } from "./affix-tree.ts";

/**
 * Literals looked for anywhere in a text, all at once: the automaton of Aho and Corasick (1975),
 * laid out as one table of numbers, so that a step is one read and few lines of cache.
 * One step a character, whatever the number of literals.
 */
export interface Literals<T> {
  readonly added: { readonly literal: string; readonly entry: Entry<T> }[];
  table: Table<T> | undefined;
}

interface Table<T> {
  /** By character code: 0 for characters in no literal, else the column. */
  readonly columns: Map<number, number>;
  readonly asciiColumns: Int32Array;
  readonly width: number;
  /**
   * By `row + column`, where the row of a state is its number times `width`: the row of the next
   * state, or its complement (`~row`) when literals end there.
   */
  readonly rows: Int32Array;
  readonly entries: readonly (readonly Entry<T>[])[];
  /** The state itself if it has entries, else the nearest shorter one that has; 0 for none. */
  readonly outputs: Int32Array;
  /** The nearest shorter state that has entries; 0 for none. */
  readonly shorter: Int32Array;
}

const asciiCount = 128;

/** A search for nothing. */
export function literalSearch<T>(): Literals<T> {
  return { added: [], table: undefined };
}

/** Adds a literal, which must not be empty. */
export function addLiteral<T>(literals: Literals<T>, literal: string, entry: Entry<T>): void {
  literals.added.push({ literal, entry });
  literals.table = undefined;
}

function columnsOf<T>({ added }: Literals<T>): Map<number, number> {
  const columns = new Map<number, number>();
  for (const { literal } of added) {
    for (let index = 0; index < literal.length; index++) {
      const code = literal.charCodeAt(index);
      if (!columns.has(code)) columns.set(code, columns.size + 1);
    }
  }
  return columns;
}

/** The tree of all literals, its states numbered; returns their entries. */
function plant<T>(
  { added }: Literals<T>,
  columns: ReadonlyMap<number, number>,
  next: number[],
): Entry<T>[][] {
  const width = columns.size + 1;
  const entries: Entry<T>[][] = [[]];
  for (let column = 0; column < width; column++) next.push(0);
  for (const { literal, entry } of added) {
    let state = 0;
    for (let index = 0; index < literal.length; index++) {
      const slot = state * width + (columns.get(literal.charCodeAt(index)) ?? 0);
      state = next[slot] ?? 0;
      if (state > 0) continue;
      state = entries.length;
      next[slot] = state;
      entries.push([]);
      for (let column = 0; column < width; column++) next.push(0);
    }
    entries[state]?.push(entry);
  }
  return entries;
}

/** Fills the gaps of the tree from its failures, breadth first. */
function link<T>(next: Int32Array, entries: readonly Entry<T>[][], width: number): Int32Array[] {
  const failures = new Int32Array(entries.length);
  const outputs = new Int32Array(entries.length);
  const shorter = new Int32Array(entries.length);
  const queue = [0];
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at] ?? 0;
    const failure = failures[state] ?? 0;
    shorter[state] = outputs[failure] ?? 0;
    outputs[state] = (entries[state]?.length ?? 0) > 0 ? state : (shorter[state] ?? 0);
    for (let column = 1; column < width; column++) {
      const slot = state * width + column;
      const child = next[slot] ?? 0;
      const detour = state === 0 ? 0 : (next[failure * width + column] ?? 0);
      if (child === 0) next[slot] = detour;
      else {
        failures[child] = detour;
        queue.push(child);
      }
    }
  }
  return [outputs, shorter];
}

function layOut<T>(literals: Literals<T>): Table<T> {
  const columns = columnsOf(literals);
  const width = columns.size + 1;
  const grown: number[] = [];
  const entries = plant(literals, columns, grown);
  const next = Int32Array.from(grown);
  const [outputs = new Int32Array(0), shorter = new Int32Array(0)] = link(next, entries, width);
  const asciiColumns = new Int32Array(asciiCount);
  for (const [code, column] of columns) if (code < asciiCount) asciiColumns[code] = column;
  const rows = next.map((state) => (outputs[state] === 0 ? state * width : ~(state * width)));
  return { columns, asciiColumns, width, rows, entries, outputs, shorter };
}

/** Calls `visit` with the entries of each literal that `text` holds, once for each place of it. */
export function findLiterals<T>(
  literals: Literals<T>,
  text: string,
  visit: (entries: readonly Entry<T>[], text: string) => void,
): void {
  literals.table ??= layOut(literals);
  const { asciiColumns, columns, width, rows, entries, outputs, shorter } = literals.table;
  let row = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const column = code < asciiCount ? (asciiColumns[code] ?? 0) : (columns.get(code) ?? 0);
    row = rows[row + column] ?? 0;
    if (row >= 0) continue;
    row = ~row;
    let output = outputs[row / width] ?? 0;
    for (; output > 0; output = shorter[output] ?? 0) visit(entries[output] ?? [], text);
  }
}
