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

const scratch = Buffer.alloc(16);

/** 16 lower-case hex digits. */
export function spanIdOf(high: number, low: number): string {
  scratch.writeInt32BE(high, 0);
  scratch.writeInt32BE(low, 4);
  return scratch.toString("hex", 0, 8);
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
    this.#text ??= this.#written();
    return this.#text;
  }
  #written(): string {
    scratch.writeInt32BE(this.first, 0);
    scratch.writeInt32BE(this.second, 4);
    scratch.writeInt32BE(this.third, 8);
    scratch.writeInt32BE(this.fourth, 12);
    return scratch.toString("hex");
  }
}
