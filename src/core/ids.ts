import { randomFillSync } from "node:crypto";
import type { Clock } from "./clock.ts";

/** Randomness for everything that Morning does, so that a seed can replay any run. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** Fills `bytes` and returns it. */
  fill(bytes: Uint8Array): Uint8Array;
}

/** The machine's own randomness, cryptographically strong in `fill`. */
export const systemRandom: Random = {
  next: () => Math.random(),
  fill: (bytes) => randomFillSync(bytes),
};

/**
 * Randomness that a seed replays (mulberry32). For simulations and tests, never for secrets.
 * @param seed any integer; only its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    fill(bytes) {
      for (let index = 0; index < bytes.length; index++) bytes[index] = next() * 256;
      return bytes;
    },
  };
}

/** Makes identifiers. */
export interface Ids {
  /** A UUIDv7 (RFC 9562) in lower case; later ones of the same maker sort after earlier ones. */
  uuid(): string;
  /** `bytes` random bytes in lower-case hexadecimal. */
  hex(bytes: number): string;
}

const hexOf: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

function hexString(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexOf[byte];
  return text;
}

/** Random bytes are drawn in blocks: one call of the generator serves many identifiers. */
const blockBytes = 4096;

/**
 * An identifier maker over a clock and randomness. UUIDv7 of the same millisecond carry a 12-bit
 * counter (RFC 9562, 6.2, method 1); when it overflows, the time part runs ahead of the clock.
 */
export function makeIds(clock: Clock, random: Random): Ids {
  const block = new Uint8Array(blockBytes);
  let used = blockBytes;
  let lastMs = 0;
  let counter = 0;
  const take = (count: number): Uint8Array => {
    if (count > blockBytes) return random.fill(new Uint8Array(count));
    if (used + count > blockBytes) {
      random.fill(block);
      used = 0;
    }
    used += count;
    return block.subarray(used - count, used);
  };
  return {
    hex: (bytes) => hexString(take(bytes)),
    uuid() {
      const nowMs = clock.now();
      if (nowMs > lastMs) {
        lastMs = nowMs;
        counter = 0;
      } else if (++counter > 0xfff) {
        lastMs++;
        counter = 0;
      }
      const time = lastMs.toString(16).padStart(12, "0");
      const tail = take(8);
      const variant = hexOf[((tail[0] ?? 0) & 0x3f) | 0x80];
      const count = counter.toString(16).padStart(3, "0");
      const rest = hexString(tail.subarray(1));
      const last = `${variant}${rest.slice(0, 2)}-${rest.slice(2)}`;
      return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${last}`;
    },
  };
}
