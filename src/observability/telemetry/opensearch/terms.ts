import { createHash } from "node:crypto";

/** Characters of a key and of a value that a term holds; what is longer ends with its hash. */
const keyCharsMax = 300;
const valueCharsMax = 2000;

/** Stands between the start of a long text and its hash; private use, so that no text has it. */
const cutMark = "\uE0FF";

function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text.toWellFormed();
  const hash = createHash("sha256").update(text).digest("hex");
  return text.slice(0, charsMax).toWellFormed() + cutMark + hash;
}

/** A value as a term: as it is, or its start and its hash (Lucene's terms end at 32,766 bytes). */
export const valueTerm = (value: string): string => cut(value, valueCharsMax);

/** Whether a term says only how its value begins. */
export const isCut = (term: string): boolean => term.includes(cutMark);

/** Where a pair lies: among the attributes, those of the resource, or the built-in fields. */
export type PairPlace = "a" | "r" | "b";

/**
 * What the terms of a field begin with. The length of the key comes first, so that no key can be
 * taken for another one and its value.
 */
export function pairPrefix(place: PairPlace, key: string): string {
  const name = cut(key, keyCharsMax);
  return `${place}${name.length}:${name}=`;
}

/** The key of a pair; undefined for what is none. */
export function keyOfPair(term: string): { place: string; key: string } | undefined {
  const found = /^([arb])(\d+):/.exec(term);
  if (found === null) return undefined;
  const start = found[0].length;
  return { place: found[1] ?? "", key: term.slice(start, start + Number(found[2])) };
}

/** A number as text that sorts as numbers do: the bits of the double, 16 hex digits. */
export function numberTerm(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigUint64(0);
  const negative = bits >> 63n === 1n;
  const ordered = negative ? ~bits & 0xffff_ffff_ffff_ffffn : bits | (1n << 63n);
  return ordered.toString(16).padStart(16, "0");
}

/** The number that a text reads as; undefined where it reads as none. */
export function numberOf(text: string): number | undefined {
  if (text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}

/** Characters of a chunk of main text, and how many the next one repeats. */
const chunkChars = 8000;
/** Texts up to this length are found whole, wherever they lie. */
export const foldedCharsMax = 256;

/** The main text in lower case, in pieces that overlap, as the field `folded` holds it. */
export function foldedChunks(text: string): string[] {
  const folded = fold(text);
  if (folded === "") return [];
  const chunks: string[] = [];
  for (let at = 0; at === 0 || at + foldedCharsMax < folded.length; at += chunkChars) {
    chunks.push(folded.slice(at, at + chunkChars + foldedCharsMax).toWellFormed());
  }
  return chunks;
}

/**
 * Text as it is compared without its case. What means something in a wildcard query is replaced by
 * characters of private use: OpenSearch 2.19 reads `\\*` at the end of a pattern wrongly.
 */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("\\", "\uE0F0")
    .replaceAll("*", "\uE0F1")
    .replaceAll("?", "\uE0F2");
}

/** A text as it is in Lucene's regular expressions. */
export function literalRegexp(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, (mark) => `\\${mark}`);
}
