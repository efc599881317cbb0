/** FNV-1a's offset. */
const offset = 0x811c9dc5;

/** Mixes the bits of a hash, so that its low ones depend on all (MurmurHash3's finaliser). */
export function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Hashes bytes (FNV-1a, 32 bits, not yet mixed), going on from the hash of what is before them. */
export function hashBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  before: number = offset,
): number {
  let hash = before;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}

/** The hash of an attribute: its key's hash ({@link hashBytes}), then a zero, then its value. */
export function hashValue(key: number, bytes: Uint8Array, start: number, end: number): number {
  return mix(hashBytes(bytes, start, end, Math.imul(key, 0x01000193)));
}
