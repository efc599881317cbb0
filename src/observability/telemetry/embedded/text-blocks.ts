import { eachGram } from "./grams.ts";
import { mix } from "./hash.ts";

/**
 * Runs of six letters and digits with a digit among them, in a text's UTF-8 bytes, whatever their
 * case: what ids are made of. Calls `add` with the hash of each.
 */
function eachIdGram(bytes: Uint8Array, add: (hash: number) => void): void {
  let [high, low, run, digitAt] = [0, 0, 0, -6];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const lower = byte | 0x20;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    const isLetter = byte >= 0x41 && lower >= 0x61 && lower <= 0x7a;
    if (!isDigit && !isLetter) {
      run = 0;
      continue;
    }
    if (isDigit) digitAt = at;
    high = ((high << 8) | (low >>> 24)) & 0xffff;
    low = (low << 8) | lower;
    if (++run >= 6 && at - digitAt < 6) add(mix(low ^ mix(high ^ 0x2545f491)));
  }
}

/** Bits that are gathered before they are folded to what is needed. */
const wordBits = 1 << 17;
const idBits = 1 << 20;

/** Share of bits that are set at most: of words one gram is looked for or two, of ids many. */
const wordShare = 0.125;
const idShare = 0.5;

const ones = Uint8Array.from(
  { length: 256 },
  (_, byte) => byte.toString(2).replaceAll("0", "").length,
);

/** Halves a set, whose length is a power of two, as often as its share of set bits allows. */
function folded(bits: Uint8Array, share: number): Uint8Array {
  let kept = bits;
  while (kept.length > 1) {
    const half = kept.length / 2;
    const next = new Uint8Array(half);
    let set = 0;
    for (let i = 0; i < half; i++) {
      const byte = (kept[i] as number) | (kept[i + half] as number);
      next[i] = byte;
      set += ones[byte] as number;
    }
    if (set > half * 8 * share) break;
    kept = next;
  }
  return kept;
}

/** The grams of some neighbouring rows. */
export interface Block {
  readonly words: Uint8Array;
  readonly ids: Uint8Array;
}

const everything: Block = { words: Uint8Array.of(255), ids: Uint8Array.of(255) };

/** Gathers the grams of a block's texts. */
export class BlockBuilder {
  readonly #words = new Uint8Array(wordBits / 8);
  readonly #ids = new Uint8Array(idBits / 8);
  #folds = false;

  /** Adds texts as UTF-8; what parts them is neither a letter nor a digit. */
  add(bytes: Uint8Array): void {
    const [words, ids] = [this.#words, this.#ids];
    const folds = eachGram(bytes, 0, bytes.length, (hash) => set(words, hash));
    this.#folds ||= folds;
    eachIdGram(bytes, (hash) => set(ids, hash));
  }

  block(): Block {
    if (this.#folds) return everything;
    return { words: folded(this.#words, wordShare), ids: folded(this.#ids, idShare) };
  }
}

function set(bits: Uint8Array, hash: number): void {
  const bit = hash & (bits.length * 8 - 1);
  bits[bit >> 3] = (bits[bit >> 3] as number) | (1 << (bit & 7));
}

function has(bits: Uint8Array, hash: number): boolean {
  const bit = hash & (bits.length * 8 - 1);
  return (((bits[bit >> 3] as number) >> (bit & 7)) & 1) === 1;
}

/** What a block must have to have a text. */
export interface Wanted {
  readonly words: readonly number[];
  readonly ids: readonly number[];
}

/** The grams of a text that is looked for; none of one with a letter of several writings. */
export function wantedOf(text: string): Wanted {
  const wanted = { words: [] as number[], ids: [] as number[] };
  const bytes = Buffer.from(text);
  if (eachGram(bytes, 0, bytes.length, (hash) => wanted.words.push(hash))) {
    return { words: [], ids: [] };
  }
  eachIdGram(bytes, (hash) => wanted.ids.push(hash));
  return wanted;
}

/**
 * Says of each so many rows of a sealed file what is surely not in their main texts. Words and
 * Chinese are known by runs of letters, ids by runs of letters and digits, each by one bit of a set
 * that is folded until it is as full as it may be: an id is many runs, of which all must be there.
 */
export interface TextBlocks {
  /** Rows of a block. */
  readonly rows: number;
  readonly count: number;
  mayHave(block: number, wanted: Wanted): boolean;
}

const version = 1;

/** Version, rows of a block, number of blocks; each with the lengths of its sets. Numbers u32. */
export function encodeBlocks(rows: number, blocks: readonly Block[]): Uint8Array {
  const size = blocks.reduce((sum, { words, ids }) => sum + 8 + words.length + ids.length, 12);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [index, head] of [version, rows, blocks.length].entries()) {
    view.setUint32(index * 4, head, true);
  }
  let at = 12;
  for (const { words, ids } of blocks) {
    view.setUint32(at, words.length, true);
    view.setUint32(at + 4, ids.length, true);
    bytes.set(words, at + 8);
    bytes.set(ids, at + 8 + words.length);
    at += 8 + words.length + ids.length;
  }
  return bytes;
}

/** Reads what {@link encodeBlocks} wrote. @throws RangeError for bytes that are none of it */
export function readBlocks(bytes: Uint8Array): TextBlocks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== version) throw new RangeError("a segment's texts are not ours");
  const blocks: Block[] = [];
  let at = 12;
  for (let left = view.getUint32(8, true); left > 0; left--) {
    const idsAt = at + 8 + view.getUint32(at, true);
    const end = idsAt + view.getUint32(at + 4, true);
    if (end > bytes.length) throw new RangeError("a segment's texts are cut off");
    blocks.push({ words: bytes.subarray(at + 8, idsAt), ids: bytes.subarray(idsAt, end) });
    at = end;
  }
  return {
    rows: view.getUint32(4, true),
    count: blocks.length,
    mayHave(block, { words, ids }) {
      const one = blocks[block];
      if (one === undefined) return true;
      return ids.every((hash) => has(one.ids, hash)) && words.every((hash) => has(one.words, hash));
    },
  };
}
