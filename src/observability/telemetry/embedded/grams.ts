import { mix } from "./hash.ts";

/** Bits of a set of grams. */
const bitCount = 1 << 17;

/**
 * Which runs of letters occur in texts: four Latin letters, whatever their case, or two neighbours
 * of Chinese, Japanese or Korean. Digits are left out, since every run of them occurs in some id.
 * A text that contains another has all of its grams, so that a missing one proves its absence.
 */
export class GramSet {
  readonly bits: Uint8Array;

  constructor(bits: Uint8Array = new Uint8Array(bitCount / 8)) {
    this.bits = bits;
  }

  /** Adds a text from its UTF-8 bytes. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const { bits } = this;
    const folds = eachGram(bytes, start, end, (hash) => {
      const bit = hash & (bitCount - 1);
      bits[bit >> 3] = (bits[bit >> 3] as number) | (1 << (bit & 7));
    });
    if (folds) bits.fill(255);
  }

  /** Whether all grams of `other` are in this set. */
  has(other: GramSet): boolean {
    return other.bits.every((bits, index) => (bits & ~(this.bits[index] ?? 255)) === 0);
  }

  /** Adds all of `other`. */
  merge(other: GramSet): void {
    for (const [index, bits] of other.bits.entries()) {
      if (bits !== 0) this.bits[index] = (this.bits[index] as number) | bits;
    }
  }
}

/**
 * Calls `add` with the hash of each run of letters in a text's UTF-8 bytes.
 * @returns whether a letter occurs that others become in another case, which no run tells
 */
export function eachGram(
  bytes: Uint8Array,
  start: number,
  end: number,
  add: (hash: number) => void,
): boolean {
  let [word, run, before, folds] = [0, 0, 0, false];
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte < 0x80) {
      before = 0;
      const lower = byte | 0x20;
      if (lower < 0x61 || lower > 0x7a || byte < 0x41) {
        run = 0;
        continue;
      }
      word = (word << 8) | lower;
      if (++run >= 4) add(mix(word));
    } else {
      run = 0;
      const point = ideograph(bytes, i, end);
      if (point === 0) before = 0;
      else {
        if (before !== 0) add(mix((before << 16) ^ point ^ 0x5bd1e995));
        before = point;
        i += 2;
      }
      if (point === 0 && foldsToLatin(bytes, i, end)) folds = true;
    }
  }
  return folds;
}

/**
 * The code point that begins at `at`, where it is one of three bytes in a script without case
 * (U+3000 to U+9FFF, U+B000 to U+D7FF); 0 for anything else.
 */
function ideograph(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  if (lead < 0xe3 || lead > 0xed || lead === 0xea || at + 2 >= end) return 0;
  const [second = 0, third = 0] = [bytes[at + 1], bytes[at + 2]];
  return ((lead & 15) << 12) | ((second & 63) << 6) | (third & 63);
}

/** U+0130, U+017F and U+212A: not ASCII, but lower or upper case of letters that are. */
function foldsToLatin(bytes: Uint8Array, at: number, end: number): boolean {
  const [first, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  if (at + 1 >= end) return false;
  if (first === 0xc4) return second === 0xb0;
  if (first === 0xc5) return second === 0xbf;
  return first === 0xe2 && second === 0x84 && third === 0xaa && at + 2 < end;
}
