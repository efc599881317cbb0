import { parseAddress, type AddressRange } from "./address.ts";
import { addAffix, affixTree, findAffixes, type AffixTree, type Entry } from "./affix-tree.ts";
import { addInterval, findIntervals, intervalTree, type IntervalTree } from "./interval-tree.ts";
import { leavesTest, type ValueTest } from "./leaf.ts";
import { addLiteral, findLiterals, literalSearch, type Literals } from "./literals.ts";
import { fold, type Leaf, type Scalar, type WildcardLeaf } from "./pattern.ts";
import { matchesWildcard } from "./wildcard.ts";

/** Receives what an index finds; may be called twice with one target. */
export type Found<T> = (target: T) => void;

/** Targets of one literal, one as a rule. */
interface Bucket<T> {
  readonly target: T;
  others: T[] | undefined;
}

interface Addresses<T> {
  readonly v4: IntervalTree<number, T>;
  readonly v6: IntervalTree<string, T>;
}

interface Affixes<T> {
  prefixes: AffixTree<T> | undefined;
  suffixes: AffixTree<T> | undefined;
}

interface Folded<T> extends Affixes<T> {
  readonly exact: Map<string, Bucket<T>>;
}

/**
 * Finds, for one value of one path, the constraints that it satisfies, at a cost that follows the
 * value and the answers, not the number of constraints: each operator has a structure of its own.
 */
export interface ValueIndex<T> extends Affixes<T> {
  readonly exact: Map<Scalar, Bucket<T>>;
  /** `exists: true`. */
  readonly present: T[];
  /** `anything-but`: they hold for nearly every value, so each is an answer nearly always. */
  readonly broad: { readonly test: ValueTest; readonly target: T }[];
  folded: Folded<T> | undefined;
  numbers: IntervalTree<number, T> | undefined;
  addresses: Addresses<T> | undefined;
  literals: Literals<T> | undefined;
  /** How often a piece was chosen to find wildcards by. */
  readonly chosen: Map<string, number>;
  /** Takes what the structures hand out; kept, so that a look-up allocates nothing. */
  readonly take: Taking<T>;
}

interface Taking<T> {
  found: Found<T>;
  readonly entries: (entries: readonly Entry<T>[], text: string) => void;
  readonly targets: (targets: readonly T[]) => void;
}

function taking<T>(): Taking<T> {
  const take: Taking<T> = {
    found: () => {},
    entries(entries, text) {
      for (const { target, parts } of entries) {
        if (parts === undefined || matchesWildcard(text, parts)) take.found(target);
      }
    },
    targets(targets) {
      for (const target of targets) take.found(target);
    },
  };
  return take;
}

/** An index without constraints. */
export function valueIndex<T>(): ValueIndex<T> {
  return {
    exact: new Map(),
    present: [],
    broad: [],
    folded: undefined,
    prefixes: undefined,
    suffixes: undefined,
    numbers: undefined,
    addresses: undefined,
    literals: undefined,
    chosen: new Map(),
    take: taking(),
  };
}

function listIn<K, T>(map: Map<K, Bucket<T>>, key: K, target: T): void {
  const bucket = map.get(key);
  if (bucket === undefined) map.set(key, { target, others: undefined });
  else (bucket.others ??= []).push(target);
}

function foldedOf<T>(index: ValueIndex<T>): Folded<T> {
  return (index.folded ??= { exact: new Map(), prefixes: undefined, suffixes: undefined });
}

function addAffixTo<T>(
  affixes: Affixes<T>,
  op: "prefix" | "suffix",
  text: string,
  entry: Entry<T>,
): void {
  if (op === "prefix") addAffix((affixes.prefixes ??= affixTree("forward")), text, entry);
  else addAffix((affixes.suffixes ??= affixTree("backward")), text, entry);
}

function addRange<T>(index: ValueIndex<T>, range: AddressRange, target: T): void {
  index.addresses ??= { v4: intervalTree(), v6: intervalTree() };
  const ends = { lowOpen: false, highOpen: false, target };
  if (range.family === 4) addInterval(index.addresses.v4, { ...range, ...ends });
  else addInterval(index.addresses.v6, { ...range, ...ends });
}

/** How probable a text holds a literal of this length somewhere; a guess, ordering is all. */
function literalChance(length: number): number {
  return length >= 4 ? 0.02 : ([1, 0.5, 0.2, 0.08][length] ?? 0);
}

/** An anchored literal is preferred to one as good elsewhere. */
const anchoredFactor = 0.9;

/** Of a long literal in the middle a piece will do, and keeps the automaton small. */
const pieceCharacters = 6;

type Anchor = "prefix" | "suffix" | "anywhere";

/** A piece of a wildcard that every text holds which matches. */
interface Piece {
  readonly anchor: Anchor;
  readonly text: string;
}

function piecesOf(parts: readonly string[]): readonly Piece[] {
  const pieces: Piece[] = [
    { anchor: "prefix", text: parts[0] ?? "" },
    { anchor: "suffix", text: parts[parts.length - 1] ?? "" },
  ];
  for (const part of parts.slice(1, -1)) {
    const last = Math.max(0, part.length - pieceCharacters);
    for (let from = 0; from <= last; from++) {
      pieces.push({ anchor: "anywhere", text: part.slice(from, from + pieceCharacters) });
    }
  }
  return pieces;
}

/**
 * A wildcard is found by one of its pieces, then matched: by the piece that the fewest wildcards
 * share and the fewest texts hold.
 */
function addWildcard<T>(index: ValueIndex<T>, { parts }: WildcardLeaf, target: T): void {
  const entry = { target, parts };
  let best: Piece = { anchor: "prefix", text: "" };
  let bestCost = Infinity;
  for (const piece of piecesOf(parts)) {
    const chance = literalChance(piece.text.length);
    const shared = 1 + (index.chosen.get(piece.text) ?? 0);
    const cost = chance * shared * (piece.anchor === "anywhere" ? 1 : anchoredFactor);
    if (piece.text === "" || cost >= bestCost) continue;
    best = piece;
    bestCost = cost;
  }
  index.chosen.set(best.text, 1 + (index.chosen.get(best.text) ?? 0));
  if (best.anchor !== "anywhere") addAffixTo(index, best.anchor, best.text, entry);
  else addLiteral((index.literals ??= literalSearch()), best.text, entry);
}

/** Adds one alternative of a constraint; `exists: false` is no matter of values and is ignored. */
export function addLeaf<T>(index: ValueIndex<T>, leaf: Leaf, target: T): void {
  switch (leaf.op) {
    case "exact":
      listIn(index.exact, leaf.value, target);
      if (leaf.address !== undefined) addRange(index, leaf.address, target);
      break;
    case "equals-ignore-case":
      listIn(foldedOf(index).exact, leaf.text, target);
      break;
    case "prefix":
    case "suffix":
      addAffixTo(leaf.ignoreCase ? foldedOf(index) : index, leaf.op, leaf.text, { target });
      break;
    case "wildcard":
      if (leaf.parts.length === 1) listIn(index.exact, leaf.parts[0] ?? "", target);
      else addWildcard(index, leaf, target);
      break;
    case "numeric":
      addNumeric(index, leaf, target);
      break;
    case "cidr":
      addRange(index, leaf.network, target);
      break;
    case "exists":
      if (leaf.present) index.present.push(target);
      break;
    case "anything-but":
      index.broad.push({ test: leavesTest([leaf]), target });
      break;
  }
}

function addNumeric<T>(index: ValueIndex<T>, leaf: Leaf & { op: "numeric" }, target: T): void {
  if (leaf.min === leaf.max) {
    listIn(index.exact, leaf.min, target);
    return;
  }
  addInterval((index.numbers ??= intervalTree()), {
    low: leaf.min === -Infinity ? undefined : leaf.min,
    lowOpen: leaf.minOpen,
    high: leaf.max === Infinity ? undefined : leaf.max,
    highOpen: leaf.maxOpen,
    target,
  });
}

function findInFolded<T>(folded: Folded<T>, value: string, take: Taking<T>): void {
  const text = fold(value);
  const equal = folded.exact.get(text);
  if (equal !== undefined) {
    take.found(equal.target);
    if (equal.others !== undefined) take.targets(equal.others);
  }
  if (folded.prefixes !== undefined) findAffixes(folded.prefixes, text, take.entries);
  if (folded.suffixes !== undefined) findAffixes(folded.suffixes, text, take.entries);
}

function findInAddresses<T>(addresses: Addresses<T>, value: string, take: Taking<T>): void {
  const address = parseAddress(value);
  if (address === undefined) return;
  if (address.family === 4) findIntervals(addresses.v4, address.low, take.targets);
  else findIntervals(addresses.v6, address.low, take.targets);
}

function findText<T>(index: ValueIndex<T>, value: string): void {
  const { take } = index;
  if (index.prefixes !== undefined) findAffixes(index.prefixes, value, take.entries);
  if (index.suffixes !== undefined) findAffixes(index.suffixes, value, take.entries);
  if (index.literals !== undefined) findLiterals(index.literals, value, take.entries);
  if (index.folded !== undefined) findInFolded(index.folded, value, take);
  if (index.addresses !== undefined) findInAddresses(index.addresses, value, take);
}

/** Calls `found` with the target of every alternative that `value` satisfies. */
export function findTargets<T>(index: ValueIndex<T>, value: Scalar, found: Found<T>): void {
  const { take } = index;
  take.found = found;
  const equal = index.exact.size === 0 ? undefined : index.exact.get(value);
  if (equal !== undefined) {
    found(equal.target);
    if (equal.others !== undefined) take.targets(equal.others);
  }
  if (index.present.length > 0) take.targets(index.present);
  for (const { test, target } of index.broad) if (test(value)) found(target);
  if (typeof value === "string") findText(index, value);
  else if (typeof value === "number" && index.numbers !== undefined) {
    findIntervals(index.numbers, value, take.targets);
  }
}
