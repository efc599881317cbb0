import { elementsHold } from "./element-groups.ts";
import type { Fields } from "./fields.ts";
import type { Scalar } from "./pattern.ts";

/** One constraint as the check sees it. */
export interface PathTest {
  readonly pathId: number;
  readonly test: (value: Scalar) => boolean;
  /** Whether `exists: false` is among its alternatives. */
  readonly absent: boolean;
}

/** More steps than this, and the answer is not sought further. */
const stepsMax = 1_000_000;

/** Small events are decided within so few steps, without any preparation. */
const quickStepsMax = 200;

/** The answer of {@link sameElements}; `undecided` when the limit of steps was reached. */
export type Consistency = "consistent" | "inconsistent" | "undecided";

interface Search {
  readonly fields: Fields;
  readonly tests: readonly PathTest[];
  /** The innermost elements chosen so far (places; 0 for values outside of arrays). */
  readonly chosen: number[];
  steps: number;
  readonly stepsMax: number;
  readonly memory: Memory | undefined;
}

interface Memory {
  /** The last constraint whose fields lie in an array: beyond it the array's choice is moot. */
  readonly lastUses: ReadonlyMap<number, number>;
  /** Situations from which there is no way. */
  readonly failed: Set<string>;
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

/**
 * Whether two places lie in different elements of one array. A place is numbered after its parent,
 * so climbing from the higher number meets the last common ancestor; the array, if there is one, is
 * the one in which the two ways part.
 */
function apart(search: Search, one: number, other: number): boolean {
  const { placeParents, placeArrays } = search.fields;
  let left = one;
  let right = other;
  let leftArray = -1;
  let rightArray = -2;
  while (left !== right) {
    search.steps++;
    if (left > right) {
      leftArray = placeArrays[left] ?? -1;
      left = placeParents[left] ?? 0;
    } else {
      rightArray = placeArrays[right] ?? -2;
      right = placeParents[right] ?? 0;
    }
  }
  return leftArray === rightArray;
}

function contradicts(search: Search, place: number): boolean {
  if (place === 0) return false;
  for (const other of search.chosen) {
    if (other !== 0 && apart(search, place, other)) return true;
  }
  return false;
}

/** What is chosen, as far as it still matters to the constraints from `at` on. */
function situation(search: Search, { lastUses: uses }: Memory, at: number): string {
  const { fields, chosen } = search;
  const live = new Set<number>();
  for (const innermost of chosen) {
    for (let place = innermost; place > 0; place = fields.placeParents[place] ?? 0) {
      search.steps++;
      if ((uses.get(fields.placeArrays[place] ?? -1) ?? -1) >= at) live.add(place);
    }
  }
  return `${at}:${[...live].toSorted((one, other) => one - other).join()}`;
}

function tryFields(search: Search, at: number, { pathId, test, absent }: PathTest): boolean {
  const { fields, chosen } = search;
  let reachable = false;
  for (let field = fields.heads[pathId] ?? -1; field >= 0; field = fields.nexts[field] ?? -1) {
    if (++search.steps > search.stepsMax) return false;
    const place = fields.fieldPlaces[field] ?? 0;
    if (contradicts(search, place)) continue;
    reachable = true;
    if (!test(fields.values[field] ?? null)) continue;
    chosen.push(place);
    if (satisfiable(search, at + 1)) return true;
    chosen.pop();
  }
  return absent && !reachable && satisfiable(search, at + 1);
}

function satisfiable(search: Search, at: number): boolean {
  const current = search.tests[at];
  if (current === undefined) return true;
  if (search.memory === undefined) return tryFields(search, at, current);
  const key = situation(search, search.memory, at);
  if (search.memory.failed.has(key)) return false;
  if (tryFields(search, at, current)) return true;
  search.memory.failed.add(key);
  return false;
}

function searched(
  fields: Fields,
  tests: readonly PathTest[],
  limit: number,
  memory?: Memory,
): Consistency {
  const search: Search = { fields, tests, chosen: [], steps: 0, stepsMax: limit, memory };
  if (satisfiable(search, 0)) return "consistent";
  return search.steps > limit ? "undecided" : "inconsistent";
}

/** The linear way; undefined where absence or several spellings of one path are in play. */
function grouped(fields: Fields, tests: readonly PathTest[]): boolean | undefined {
  const constraints: number[][] = [];
  for (const { pathId, test, absent } of tests) {
    const head = fields.heads[pathId] ?? -1;
    if (absent && head < 0) continue;
    if (absent) return undefined;
    const places: number[] = [];
    for (let field = head; field >= 0; field = fields.nexts[field] ?? -1) {
      if (test(fields.values[field] ?? null)) places.push(fields.fieldPlaces[field] ?? 0);
    }
    if (places.length === 0) return false;
    constraints.push(places);
  }
  return elementsHold(fields, 0, constraints);
}

/**
 * Whether values can be chosen, one for each constraint, that lie in the same element of every
 * array they share. Constraints are taken in the order of their paths, and `exists: false` asks
 * for absence from the elements chosen so far: both as in event-ruler, the engine of EventBridge.
 *
 * The cost is linear in the values, but for `exists: false` within arrays and for keys that reach
 * one path in several ways (`a.b` beside `a: { b }`): there choices are tried, failed situations
 * remembered, up to a limit of steps.
 * @param quickMax steps of the way for small events, 0 to leave it out
 */
export function sameElements(
  fields: Fields,
  tests: readonly PathTest[],
  quickMax: number = quickStepsMax,
): Consistency {
  const quick = searched(fields, tests, quickMax);
  if (quick !== "undecided") return quick;
  const answer = grouped(fields, tests);
  if (answer !== undefined) return answer ? "consistent" : "inconsistent";
  const memory = { lastUses: lastUses(fields, tests), failed: new Set<string>() };
  return searched(fields, tests, stepsMax, memory);
}
