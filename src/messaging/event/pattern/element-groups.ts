import type { Fields } from "./fields.ts";

/** The places at which one constraint is satisfied. */
type Places = readonly number[];

/** The element of an array directly within `scope` that holds `place`. */
function elementWithin({ placeParents }: Fields, scope: number, place: number): number {
  let at = place;
  while (placeParents[at] !== scope) at = placeParents[at] ?? 0;
  return at;
}

/** The constraints of one array, each as its places by element. */
type ArrayGroup = ReadonlyMap<number, Places>[];

function byElement(fields: Fields, scope: number, places: Places): Map<number, number[]> {
  const elements = new Map<number, number[]>();
  for (const place of places) {
    const element = elementWithin(fields, scope, place);
    const known = elements.get(element);
    if (known === undefined) elements.set(element, [place]);
    else known.push(place);
  }
  return elements;
}

/** Constraints by the array they lie in, or undefined when one lies in several. */
function byArray(
  fields: Fields,
  scope: number,
  constraints: readonly Places[],
): Map<number, ArrayGroup> | undefined {
  const groups = new Map<number, ArrayGroup>();
  for (const places of constraints) {
    const elements = byElement(fields, scope, places);
    let array: number | undefined;
    for (const element of elements.keys()) {
      const own = fields.placeArrays[element] ?? -1;
      if (array !== undefined && array !== own) return undefined;
      array = own;
    }
    const group = groups.get(array ?? -1);
    if (group === undefined) groups.set(array ?? -1, [elements]);
    else group.push(elements);
  }
  return groups;
}

function someElement(fields: Fields, group: ArrayGroup): boolean | undefined {
  for (const element of group[0]?.keys() ?? []) {
    const inside = group.map((elements) => elements.get(element) ?? []);
    if (inside.some((places) => places.length === 0)) continue;
    const answer = elementsHold(fields, element, inside);
    if (answer !== false) return answer;
  }
  return false;
}

/**
 * Whether one element of each array within `scope` can be chosen so that every constraint is
 * satisfied in the chosen ones. Arrays are independent of each other, so each is looked at alone,
 * and the cost is linear in the places.
 * @returns undefined where arrays are not independent: one path leads into several of them
 */
export function elementsHold(
  fields: Fields,
  scope: number,
  constraints: readonly Places[],
): boolean | undefined {
  const open = constraints.filter((places) => !places.includes(scope));
  const groups = byArray(fields, scope, open);
  if (groups === undefined) return undefined;
  for (const group of groups.values()) {
    const answer = someElement(fields, group);
    if (answer !== true) return answer;
  }
  return true;
}
