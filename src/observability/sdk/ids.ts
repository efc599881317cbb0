import type { Random } from "../../core/ids.ts";

/** Words of one block: one call of the generator serves many ids. */
const blockWords = 1024;

/** Draws random words of 32 bits. */
export function randomWords(random: Random): () => number {
  const block = new Int32Array(blockWords);
  const bytes = new Uint8Array(block.buffer);
  let used = blockWords;
  return () => {
    if (used === blockWords) {
      random.fill(bytes);
      used = 0;
    }
    return block[used++] as number;
  };
}

const digits = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** The code of the digit at one of the eight places of a word, counted from the last. */
const digit = (word: number, place: number): number =>
  digits[(word >>> (4 * place)) & 15] as number;

/** 16 lower-case hex digits; in one go, which takes half as long as a call into Node's core. */
export function spanIdOf(high: number, low: number): string {
  return String.fromCharCode(
    digit(high, 7),
    digit(high, 6),
    digit(high, 5),
    digit(high, 4),
    digit(high, 3),
    digit(high, 2),
    digit(high, 1),
    digit(high, 0),
    digit(low, 7),
    digit(low, 6),
    digit(low, 5),
    digit(low, 4),
    digit(low, 3),
    digit(low, 2),
    digit(low, 1),
    digit(low, 0),
  );
}

/** Values of lower-case hex digits by their code. */
export const nibbles: Uint8Array = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) nibbles[digit.toString(16).charCodeAt(0)] = digit;

/** The word that eight lower-case hex digits are. */
export function wordOfHex(hex: string, start: number): number {
  let word = 0;
  for (let at = start; at < start + 8; at++) {
    word = (word << 4) | (nibbles[hex.charCodeAt(at)] as number);
  }
  return word;
}

/**
 * The id of a trace as four words: made once a trace and shared by its spans. Text is made for
 * whoever asks alone, since most spans are only ever written as bytes.
 */
export class TraceId {
  readonly first: number;
  readonly second: number;
  readonly third: number;
  readonly fourth: number;
  #text: string | undefined;

  constructor(first: number, second: number, third: number, fourth: number, text?: string) {
    this.first = first;
    this.second = second;
    this.third = third;
    this.fourth = fourth;
    this.#text = text;
  }

  static fromText(text: string): TraceId {
    const word = (at: number): number => wordOfHex(text, at);
    return new TraceId(word(0), word(8), word(16), word(24), text);
  }

  /** 32 lower-case hex digits. */
  get text(): string {
    this.#text ??= spanIdOf(this.first, this.second) + spanIdOf(this.third, this.fourth);
    return this.#text;
  }
}
