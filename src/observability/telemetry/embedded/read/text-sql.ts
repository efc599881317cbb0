import { literal } from "./field-sql.ts";

/** Characters that have no case, and that no other becomes in lower case. */
const caseless = /[\u0020-\u0040\u005b-\u0060\u007b-\u007e\u3000-\u9fff\uac00-\ud7a3]+/gu;

/** Letters of English text, the most frequent first; `i` and `k` also come of other letters. */
const frequent = "etaonshrdlcumwfgypbvxjqz";

/** The pair of letters of a text that is likely to be the rarest. */
function rarePair(text: string): string | undefined {
  let best: string | undefined;
  let bestRank = -1;
  for (let at = 0; at + 1 < text.length; at++) {
    const [a, b] = [frequent.indexOf(text[at] ?? " "), frequent.indexOf(text[at + 1] ?? " ")];
    if (a < 0 || b < 0 || a + b <= bestRank) continue;
    best = text.slice(at, at + 2);
    bestRank = a + b;
  }
  return best;
}

/**
 * What a value surely has that contains `text`, told without its lower case, which costs more than
 * reading it; undefined where there is no such thing. @param text in lower case
 */
function hint(column: string, text: string): string | undefined {
  const runs = text.match(caseless) ?? [];
  const longest = runs.reduce((a, b) => (b.length > a.length ? b : a), "");
  if (longest.length >= 2) return `contains(${column}, ${literal(longest)})`;
  const [a, b] = rarePair(text) ?? "";
  if (a === undefined || b === undefined) return undefined;
  const pairs = [a, a.toUpperCase()].flatMap((first) => [first + b, first + b.toUpperCase()]);
  return `(${pairs.map((pair) => `contains(${column}, ${literal(pair)})`).join(" or ")})`;
}

/** Whether a value contains a text, whatever its case. */
export function containsSql(column: string, given: string): string {
  const text = given.toLowerCase();
  const whole = text.match(caseless)?.[0] === text;
  if (whole) return `contains(${column}, ${literal(text)})`;
  const exact = `contains(lower(${column}), ${literal(text)})`;
  const first = hint(column, text);
  return first === undefined ? exact : `(${first} and ${exact})`;
}
