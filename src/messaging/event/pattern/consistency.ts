import type { Fields } from "./fields.ts";
import type { Scalar } from "./pattern.ts";

/** One constraint as the check sees it. */
export interface PathTest {
  readonly pathId: number;
  readonly test: (value: Scalar) => boolean;
  /** Whether `exists: false` is among its alternatives. */
  readonly absent: boolean;
}

/** More choices than this, and the answer is not sought further. */
const choicesMax = 100_000;

/** The answer of {@link sameElements}; `undecided` when the limit of choices was reached. */
export type Consistency = "consistent" | "inconsistent" | "undecided";

interface Search {
  readonly fields: Fields;
  readonly tests: readonly PathTest[];
  /** The element (place) chosen of each array. */
  readonly chosen: Map<number, number>;
  /** The last constraint whose fields lie in an array: beyond it the array's choice is moot. */
  readonly lastUses: ReadonlyMap<number, number>;
  /** Situations from which there is no way. */
  readonly failed: Set<string>;
  choices: number;
}

function lastUses(fields: Fields, tests: readonly PathTest[]): Map<number, number> {
  const uses = new Map<number, number>();
  for (const [at, { pathId }] of tests.entries()) {
    for (let field = fields.heads[pathId] ?? -1; field >= 0; field = fields.nexts[field] ?? -1) {
      let place = fields.fieldPlaces[field] ?? 0;
      for (; place > 0; place = fields.placeParents[place] ?? 0) {
        uses.set(fields.placeArrays[place] ?? -1, at);
      }
    }
  }
  return uses;
}

function contradicts({ fields, chosen }: Search, from: number): boolean {
  for (let place = from; place > 0; place = fields.placeParents[place] ?? 0) {
    const other = chosen.get(fields.placeArrays[place] ?? -1);
    if (other !== undefined && other !== place) return true;
  }
  return false;
}

/** Chooses the elements that lead to `from`; returns the arrays chosen anew. */
function choose({ fields, chosen }: Search, from: number): readonly number[] {
  const added: number[] = [];
  for (let place = from; place > 0; place = fields.placeParents[place] ?? 0) {
    const array = fields.placeArrays[place] ?? -1;
    if (chosen.has(array)) continue;
    chosen.set(array, place);
    added.push(array);
  }
  return added;
}

function situation({ chosen, lastUses: uses }: Search, at: number): string {
  const live = [...chosen].filter(([array]) => (uses.get(array) ?? -1) >= at);
  return `${at}:${live
    .map(([, place]) => place)
    .toSorted((one, other) => one - other)
    .join()}`;
}

function tryFields(search: Search, at: number, { pathId, test, absent }: PathTest): boolean {
  const { fields } = search;
  let reachable = false;
  for (let field = fields.heads[pathId] ?? -1; field >= 0; field = fields.nexts[field] ?? -1) {
    const place = fields.fieldPlaces[field] ?? 0;
    if (contradicts(search, place)) continue;
    reachable = true;
    if (++search.choices > choicesMax) return false;
    if (!test(fields.values[field] ?? null)) continue;
    const added = choose(search, place);
    if (satisfiable(search, at + 1)) return true;
    for (const array of added) search.chosen.delete(array);
  }
  return absent && !reachable && satisfiable(search, at + 1);
}

function satisfiable(search: Search, at: number): boolean {
  const current = search.tests[at];
  if (current === undefined) return true;
  const key = situation(search, at);
  if (search.failed.has(key)) return false;
  if (tryFields(search, at, current)) return true;
  search.failed.add(key);
  return false;
}

/**
 * Whether values can be chosen, one for each constraint, that lie in the same element of every
 * array they share. Constraints are taken in the order of their paths, and `exists: false` asks
 * for absence from the elements chosen so far: both as in event-ruler, the engine of EventBridge.
 *
 * Failed situations are remembered, so that the cost follows the number of fields; only keys that
 * reach one path in several ways (`a.b` beside `a: { b }`) can make it exceed the limit.
 */
export function sameElements(fields: Fields, tests: readonly PathTest[]): Consistency {
  const search: Search = {
    fields,
    tests,
    chosen: new Map(),
    lastUses: lastUses(fields, tests),
    failed: new Set(),
    choices: 0,
  };
  if (satisfiable(search, 0)) return "consistent";
  return search.choices > choicesMax ? "undecided" : "inconsistent";
}
