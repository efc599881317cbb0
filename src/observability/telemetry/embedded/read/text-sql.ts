import { literal } from "./field-sql.ts";

/** Characters that have no case, and that no other becomes in lower case. */
const caseless = /^[\u0020-\u0040\u005b-\u0060\u007b-\u007e\u3000-\u9fff\uac00-\ud7a3]$/u;

/** Letters of English text, the most frequent first; `i` and `k` also come of other letters. */
const frequent = "etaonshrdlcumwfgypbvxjqz";

const hintMax = 8;
const lettersMax = 2;

/** A part of a text, and how rare its letters are. */
interface Window {
  readonly part: string;
  readonly letters: number;
  readonly rarity: number;
}

/** The longest part from `at` on that few ways of writing have. */
function windowAt(characters: readonly string[], at: number): Window {
  let [part, letters, rarity] = ["", 0, 0];
  for (const character of characters.slice(at, at + hintMax)) {
    const rank = frequent.indexOf(character);
    if (!caseless.test(character) && (rank < 0 || letters === lettersMax)) break;
    part += character;
    if (rank < 0) continue;
    letters++;
    rarity += rank;
  }
  return { part, letters, rarity };
}

/** The part of a text that is likely to be the rarest. */
function rarest(text: string): Window | undefined {
  const characters = Array.from(text);
  const windows = characters.map((_, at) => windowAt(characters, at));
  const [best] = windows.toSorted(
    (a, b) => b.part.length - a.part.length || b.rarity - a.rarity || a.letters - b.letters,
  );
  return best === undefined || best.part.length < 2 ? undefined : best;
}

/** All ways to write a part in upper and lower case. */
function writings(part: string): string[] {
  let all = [""];
  for (const character of part) {
    const each = [...new Set([character, character.toUpperCase()])];
    all = all.flatMap((begun) => each.map((one) => begun + one));
  }
  return all;
}

/**
 * Whether a value contains a text, whatever its case. Making lower case costs more than reading, so
 * that it is first asked for a part of the text in all ways to write it.
 */
export function containsSql(column: string, given: string): string {
  const text = given.toLowerCase();
  const contains = (part: string): string => `contains(${column}, ${literal(part)})`;
  if (Array.from(text).every((character) => caseless.test(character))) return contains(text);
  const exact = `contains(lower(${column}), ${literal(text)})`;
  const first = rarest(text);
  if (first === undefined) return exact;
  return `((${writings(first.part).map(contains).join(" or ")}) and ${exact})`;
}
