import { isWildcard, joins, spacedWildcard, wildcard } from "./tokens.ts";
import { functionWords, leadIns, methods, weakLeadIns } from "./words.ts";

/** Lines that mask to the same tokens. */
export interface Shape {
  readonly tokens: readonly string[];
  /** Lines seen. */
  lines: number;
}

/** Shapes that are one template. */
export interface ShapeGroup<S extends Shape> {
  readonly tokens: readonly string[];
  readonly shapes: readonly S[];
}

const inflected = /^[a-z]{2,}(?:ed|ing|ly)$/;
const lower = /^[a-z]+$/;
const upper = /^[A-Z][A-Z0-9_]+$/;
const capital = /^[A-Z][a-z]+$/;
const letter = /[A-Za-z\u0080-\uffff]/;

const textOf = (token: string): string => (token.startsWith(" ") ? token.slice(1) : token);

/** How much a word looks like a value, by its form alone, in [0, 1]; marks never do. */
function formOf(word: string): number {
  if (!letter.test(word)) return -1;
  if (functionWords.has(word) || methods.has(word)) return 0;
  if (word.length === 1 && word >= "\u2e80") return 0.45;
  if (inflected.test(word)) return 0.1;
  if (lower.test(word)) return 0.3;
  if (upper.test(word)) return 0.5;
  if (capital.test(word)) {
    const low = word.toLowerCase();
    return functionWords.has(low) ? 0 : inflected.test(low) ? 0.1 : 0.3;
  }
  return 0.5;
}

/** How much a token looks like a value by its form: 0 is a word of the sentence, -1 a mark. */
export function wordForm(token: string): number {
  return formOf(textOf(token));
}

/** How much a word's place makes it a value: what stands before it. */
function placeOf(before: string, glued: boolean): number {
  const word = textOf(before);
  if (weakLeadIns.has(word)) return 0.2;
  if (leadIns.has(word)) return 0.35;
  if (glued && (word.endsWith('"') || word.endsWith("'") || word.endsWith("="))) return 0.35;
  return word.endsWith("(") || word.endsWith("[") || word.endsWith(":") ? 0.15 : 0;
}

/** How likely a token is a value, in [0, 1]; -1 for marks and wildcards. */
function valueOdds(tokens: readonly string[], at: number, known: ReadonlySet<string>): number {
  const token = tokens[at] as string;
  if (isWildcard(token)) return -1;
  const form = formOf(textOf(token));
  if (form <= 0.1) return form;
  // A sentence begins with its subject, which is more often the program's than the user's.
  if (at === 0) return form - (known.has(token) ? -0.3 : 0.15);
  const before = tokens[at - 1] as string;
  const place = placeOf(before, !token.startsWith(" "));
  return Math.min(1, form + place + (known.has(textOf(token)) ? 0.3 : 0));
}

/** So many different words make a place a value's, by how likely they are values. */
function distinctNeeded(odds: number): number {
  if (odds >= 0.75) return 2;
  if (odds >= 0.6) return 3;
  if (odds >= 0.45) return 4;
  if (odds >= 0.3) return 6;
  return odds >= 0.15 ? 10 : 24;
}

/** A word of the sentence in this or a lower band stays in the skeleton of its shape. */
const skeletonOdds = 0.1;

interface Column {
  readonly at: number;
  readonly distinct: number;
  /** How far from being a value: at most 0 says that it is one. */
  readonly constness: number;
}

function judge(rows: readonly Row<Shape>[], at: number): Column | undefined {
  const seen = new Map<string, number>();
  let hasWildcard = false;
  for (const { shape, odds } of rows) {
    const token = shape.tokens[at] as string;
    if (isWildcard(token)) hasWildcard = true;
    else seen.set(token, odds[at] as number);
  }
  const distinct = seen.size + (hasWildcard ? 1 : 0);
  if (distinct < 2) return undefined;
  let sum = 0;
  let least = 1;
  for (const odds of seen.values()) {
    sum += Math.max(0, odds);
    least = Math.min(least, odds);
  }
  if (least < 0) return { at, distinct, constness: 1000 - distinct };
  const mean = sum / seen.size + (hasWildcard ? 0.3 : 0);
  const needed = distinctNeeded(mean);
  const counted = distinct + (hasWildcard ? 1 : 0);
  return { at, distinct, constness: needed / counted - 1 + (counted >= needed ? -1 : 0) };
}

interface Row<S extends Shape> {
  readonly shape: S;
  readonly odds: readonly number[];
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** Words and marks that a group shares, against those in which it differs. */
function enoughShared(rows: readonly Row<Shape>[], columns: readonly Column[]): boolean {
  const [first] = rows as [Row<Shape>];
  const varying = new Set(columns.map(({ at }) => at));
  let words = 0;
  for (let at = 0; at < first.odds.length; at++) {
    if (!varying.has(at) && (first.odds[at] as number) >= 0) words++;
  }
  return words >= 1 && words >= columns.length * 0.5;
}

function split<S extends Shape>(rows: readonly Row<S>[], found: ShapeGroup<S>[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const { tokens } = first.shape;
  const columns: Column[] = [];
  for (let at = 0; at < tokens.length && rows.length > 1; at++) {
    const column = judge(rows, at);
    if (column !== undefined) columns.push(column);
  }
  let worst: Column | undefined;
  for (const column of columns) {
    if (worst === undefined || column.constness > worst.constness) worst = column;
  }
  if (worst !== undefined && (worst.constness > 0 || !enoughShared(rows, columns))) {
    const { at } = worst;
    for (const part of groupBy(rows, ({ shape }) => shape.tokens[at] as string)) {
      split(part, found);
    }
    return;
  }
  const varying = new Set(columns.map(({ at }) => at));
  found.push({
    tokens: tokens.map((token, at) =>
      varying.has(at) ? (token.startsWith(" ") ? spacedWildcard : wildcard) : token,
    ),
    shapes: rows.map(({ shape }) => shape),
  });
}

/** What of a shape is no value for sure: marks, wildcards and words of the sentence. */
function skeletonOf({ shape, odds }: Row<Shape>): string {
  let text = "";
  for (let at = 0; at < odds.length; at++) {
    const token = shape.tokens[at] as string;
    const value = (odds[at] as number) > skeletonOdds || isWildcard(token);
    text += value ? (token.startsWith(" ") ? " \u0000" : "\u0000") : token;
  }
  return text;
}

/** Wildcards that stand beside each other, or that only marks of lists part, are one. */
export function collapse(tokens: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (const token of tokens) {
    if (isWildcard(token)) {
      const last = out[out.length - 1] ?? "";
      if (isWildcard(last)) continue;
      if (joins.has(textOf(last)) && isWildcard(out[out.length - 2] ?? "")) {
        out.pop();
        continue;
      }
    }
    out.push(token);
  }
  return out;
}

function onePass<S extends Shape>(
  shapes: readonly S[],
  known: ReadonlySet<string>,
): ShapeGroup<S>[] {
  const found: ShapeGroup<S>[] = [];
  const rows = shapes.map((shape): Row<S> => ({
    shape,
    odds: shape.tokens.map((_, at) => valueOdds(shape.tokens, at, known)),
  }));
  for (const group of groupBy(rows, (row) => `${row.odds.length} ${skeletonOf(row)}`)) {
    split(group, found);
  }
  return found;
}

/** Words that stood where values stand. */
function learn(groups: readonly ShapeGroup<Shape>[], known: Set<string>): void {
  for (const { tokens, shapes } of groups) {
    if (shapes.length < 2) continue;
    for (const [at, token] of tokens.entries()) {
      if (!isWildcard(token)) continue;
      for (const shape of shapes) {
        const word = textOf(shape.tokens[at] as string);
        if (formOf(word) > 0.1) known.add(word);
      }
    }
  }
}

/** So many templates in which the same two words contend for a place make them values. */
const contestsNeeded = 3;
const contendersMax = 8;

/** Words like E_FAIL that contend for a place with the same others in many templates. */
function learnContenders(shapes: readonly Shape[], known: Set<string>): void {
  const slots = new Map<string, Set<string>>();
  for (const { tokens } of shapes) {
    for (const [at, token] of tokens.entries()) {
      if (isWildcard(token) || formOf(textOf(token)) < 0.5) continue;
      const key = `${tokens.slice(0, at).join("")}\u0000${tokens.slice(at + 1).join("")}`;
      const seen = slots.get(key);
      if (seen === undefined) slots.set(key, new Set([textOf(token)]));
      else if (seen.size < contendersMax) seen.add(textOf(token));
    }
  }
  const contests = new Map<string, number>();
  for (const seen of slots.values()) {
    const words = [...seen].sort();
    for (const [at, one] of words.entries()) {
      for (const other of words.slice(at + 1)) {
        const pair = `${one}\u0000${other}`;
        const count = (contests.get(pair) ?? 0) + 1;
        contests.set(pair, count);
        if (count >= contestsNeeded) known.add(one).add(other);
      }
    }
  }
}

/** So many shapes make a template that takes in a lone shape which it matches. */
const absorberShapes = 5;
/** So many prove its places beyond doubt: even a package called "less" is a value there. */
const certainShapes = 24;

function absorbs(template: ShapeGroup<Shape>, shape: Shape): boolean {
  let shared = 0;
  let odd = 0;
  for (const [at, token] of template.tokens.entries()) {
    const other = shape.tokens[at] as string;
    if (token === other) {
      if (!isWildcard(token) && letter.test(token)) shared++;
    } else if (!isWildcard(token)) return false;
    else {
      const form = formOf(textOf(other));
      if (form < 0 && !isWildcard(other)) return false;
      if (form === 0 && template.shapes.length < certainShapes) return false;
      odd++;
    }
  }
  return shared > odd;
}

/** A lone shape goes to a well-founded template that matches it. */
function absorb<S extends Shape>(groups: readonly ShapeGroup<S>[]): ShapeGroup<S>[] {
  const taken = new Map<ShapeGroup<S>, S[]>();
  const founded = groups.filter(({ shapes }) => shapes.length >= absorberShapes);
  const rest = groups.filter((group) => {
    if (group.shapes.length > 1) return true;
    const shape = group.shapes[0] as S;
    const home = founded.find(
      (one) => one.tokens.length === shape.tokens.length && absorbs(one, shape),
    );
    if (home === undefined) return true;
    const more = taken.get(home);
    if (more === undefined) taken.set(home, [shape]);
    else more.push(shape);
    return false;
  });
  return rest.map((group) => {
    const more = taken.get(group);
    return more === undefined ? group : { ...group, shapes: [...group.shapes, ...more] };
  });
}

/** So many different ends of one beginning make the end a value, whatever its length. */
const tailsNeeded = 5;

const introduces: ReadonlySet<string> = new Set([":", "：", "="]);

/** The beginning up to the last colon, if it is a sentence of its own; else undefined. */
function headOf(tokens: readonly string[]): readonly string[] | undefined {
  let colon = -1;
  for (let at = tokens.length - 2; at > 0 && colon < 0; at--) {
    if (introduces.has(textOf(tokens[at] as string))) colon = at;
  }
  if (colon < 2 || tokens.slice(colon + 1).every(isWildcard)) return undefined;
  const head = tokens.slice(0, colon + 1);
  const words = head.filter((token) => formOf(textOf(token)) >= 0 && !isWildcard(token));
  const sentence = words.some((token) => formOf(textOf(token)) <= 0.1);
  const founded = words.length >= 4 || (words.length >= 2 && head.some(isWildcard));
  return sentence && founded ? head : undefined;
}

/** Templates that differ only in what stands behind their last colon, in many ways, are one. */
function joinTails<S extends Shape>(groups: readonly ShapeGroup<S>[]): ShapeGroup<S>[] {
  const heads = new Map<string, ShapeGroup<S>[]>();
  for (const group of groups) {
    const head = headOf(group.tokens)?.join("");
    if (head === undefined) continue;
    const same = heads.get(head);
    if (same === undefined) heads.set(head, [group]);
    else same.push(group);
  }
  const joined = new Map<ShapeGroup<S>, readonly string[]>();
  for (const same of heads.values()) {
    if (same.length < tailsNeeded) continue;
    for (const group of same) {
      joined.set(group, [...(headOf(group.tokens) as readonly string[]), spacedWildcard]);
    }
  }
  return groups.map((group) => {
    const tokens = joined.get(group);
    return tokens === undefined ? group : { ...group, tokens };
  });
}

/**
 * Groups shapes by template. Shapes with the same skeleton are taken apart at the place that is
 * most surely a word of the sentence, until all places that differ are values'; a place is a
 * value's when so many different words stand there as their form and place ask for. Words found
 * to be values in one template count as such in the others: the log teaches its own names.
 */
export function partition<S extends Shape>(shapes: readonly S[]): readonly ShapeGroup<S>[] {
  const known = new Set<string>();
  learnContenders(shapes, known);
  let groups = onePass(shapes, known);
  for (let pass = 0; pass < 2; pass++) {
    const before = known.size;
    learn(groups, known);
    if (known.size === before) break;
    groups = onePass(shapes, known);
  }
  const merged = joinTails(
    absorb(groups).map((group) => ({ ...group, tokens: collapse(group.tokens) })),
  );
  return groupBy(merged, ({ tokens }) => tokens.join("")).map((same) => ({
    tokens: (same[0] as ShapeGroup<S>).tokens,
    shapes: same.flatMap((one) => one.shapes),
  }));
}
