// Functions of JSONata over lists whose own implementation takes time or memory that grows with the
// square of the list: 100,000 items would hold the process for minutes, or be more than it has.
import type { Json } from "../../../core/json.ts";
import { canonicalText } from "../values.ts";

interface Sequence extends Array<unknown> {
  sequence?: boolean;
}

/** A list as the library marks those that are results: hidden, as it does. */
function like(list: readonly unknown[], made: unknown[]): unknown[] {
  if ((list as Sequence).sequence !== true) return made;
  return Object.defineProperty(made, "sequence", { enumerable: false, value: true });
}

const isData = (value: unknown): boolean => typeof value === "object" && value !== null;

/** What two equal values have in common; functions are equal to themselves alone. */
function keyOf(value: unknown, functions: Map<unknown, number>): string {
  if (typeof value === "function" || (isData(value) && "_jsonata_lambda" in (value as object))) {
    const known = functions.get(value) ?? functions.size;
    functions.set(value, known);
    return `function ${known}`;
  }
  return canonicalText(value as Json);
}

/** `$distinct`: each value once, where it came first. */
export function distinct(list: unknown): unknown {
  if (!Array.isArray(list) || list.length <= 1) return list;
  const functions = new Map<unknown, number>();
  const seen = new Set<string>();
  const made = list.filter((one) => {
    const key = keyOf(one, functions);
    return seen.has(key) ? false : seen.add(key);
  });
  return like(list, made);
}

/** `$spread`: an object a key, of each object in the list. */
export function spread(value: unknown): unknown {
  const made = Object.defineProperty([] as unknown[], "sequence", { value: true });
  const add = (one: unknown): void => {
    if (Array.isArray(one)) one.forEach(add);
    else if (isData(one) && !("_jsonata_lambda" in (one as object))) {
      for (const [key, member] of Object.entries(one as object)) made.push({ [key]: member });
    } else if (one !== undefined) made.push(one);
  };
  if (!Array.isArray(value) && !isData(value)) return value;
  add(value);
  return made;
}

/** Whether the first of two comes after the second. */
type IsAfter = (a: unknown, b: unknown) => unknown;

function usual(list: readonly unknown[]): IsAfter {
  for (const type of ["number", "string"]) {
    if (list.every((one) => typeof one === type)) {
      return (a, b) => (a as string) > (b as string);
    }
  }
  const message =
    "The single argument form of the $sort function can only be applied to an array of strings " +
    "or an array of numbers";
  throw Object.assign(new Error(message), { code: "D3070" });
}

async function merged(a: unknown[], b: unknown[], isAfter: IsAfter): Promise<unknown[]> {
  const made: unknown[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    made.push((await isAfter(a[i], b[j])) ? b[j++] : a[i++]);
  }
  return made.concat(a.slice(i), b.slice(j));
}

async function sorted(list: unknown[], isAfter: IsAfter): Promise<unknown[]> {
  if (list.length <= 1) return list;
  const middle = Math.floor(list.length / 2);
  const left = await sorted(list.slice(0, middle), isAfter);
  return merged(left, await sorted(list.slice(middle), isAfter), isAfter);
}

/** `$sort`: stable; `compare` says whether its first argument comes after its second. */
export async function sort(
  this: unknown,
  list: readonly unknown[] | undefined,
  compare?: (a: unknown, b: unknown) => unknown,
): Promise<unknown> {
  if (list === undefined || list.length <= 1) return list;
  if (compare !== undefined) return sorted([...list], (a, b) => compare.apply(this, [a, b]));
  const isAfter = usual(list);
  // Stable, as the library's: equal ones keep their order.
  return [...list].sort((a, b) => (isAfter(a, b) === true ? 1 : isAfter(b, a) === true ? -1 : 0));
}
