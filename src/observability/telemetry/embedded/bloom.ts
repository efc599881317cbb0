import { mix } from "./hash.ts";

/** Bits an entry of a filter: one look in 46 for what is not there says "perhaps". */
const usualBits = 8;
const probes = 5;
const bitsMin = 512;

/** A bloom filter over hashes of 32 bits: what it denies is surely not there. */
export interface Bloom {
  readonly bits: Uint8Array;
}

/** Calls `visit` with each position of `hash` in a filter of `size` bits, until it says false. */
function everyProbe(hash: number, size: number, visit: (bit: number) => boolean): boolean {
  const step = mix(hash ^ 0x9e3779b9) | 1;
  for (let i = 0, at = hash; i < probes; i++, at = (at + step) >>> 0) {
    if (!visit(at % size)) return false;
  }
  return true;
}

/**
 * A filter that holds `hashes`.
 *
 * @param bitsPerEntry 16 say "perhaps" to one look in 700 for what is not there
 */
export function bloomOf(hashes: Uint32Array, bitsPerEntry: number = usualBits): Bloom {
  const size = Math.max(bitsMin, Math.ceil((hashes.length * bitsPerEntry) / 64) * 64);
  const bits = new Uint8Array(size / 8);
  for (const hash of hashes) {
    const step = mix(hash ^ 0x9e3779b9) | 1;
    for (let i = 0, at = hash; i < probes; i++, at = (at + step) >>> 0) {
      const bit = at % size;
      bits[bit >> 3] = (bits[bit >> 3] as number) | (1 << (bit & 7));
    }
  }
  return { bits };
}

/** Whether `hash` may be among what the filter was made of. */
export function mayHold(bloom: Bloom, hash: number): boolean {
  const { bits } = bloom;
  return everyProbe(hash, bits.length * 8, (bit) => ((bits[bit >> 3] ?? 0) >> (bit & 7)) % 2 === 1);
}

/** Hashes that grow, mostly without what came a moment ago. */
export class HashList {
  #hashes = new Uint32Array(1024);
  /** What came last in each of its slots, so that what repeats is kept once or a few times. */
  readonly #recent = new Uint32Array(1 << 15);
  length = 0;

  add(hash: number): void {
    const slot = hash & 0x7fff;
    if (this.#recent[slot] === hash && hash !== 0) return;
    this.#recent[slot] = hash;
    if (this.length === this.#hashes.length) {
      const grown = new Uint32Array(this.length * 2);
      grown.set(this.#hashes);
      this.#hashes = grown;
    }
    this.#hashes[this.length++] = hash;
  }

  /** What was added, each once, ascending. */
  distinct(): Uint32Array {
    const sorted = this.#hashes.slice(0, this.length).sort();
    let kept = 0;
    for (let i = 0; i < sorted.length; i++) {
      if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[kept++] = sorted[i] as number;
    }
    return sorted.subarray(0, kept);
  }
}
