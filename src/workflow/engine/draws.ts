import { createHash } from "node:crypto";

/** Random numbers that are the same at every replay: each is drawn by its number. */
export class Draws {
  readonly #seed: string;
  #next = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  #draw(): Buffer {
    return createHash("sha256")
      .update(`${this.#seed}${this.#next++}`)
      .digest();
  }

  /** In [0, 1). */
  random(): number {
    return this.#draw().readUIntBE(0, 6) / 2 ** 48;
  }

  uuid(): string {
    const bytes = this.#draw().subarray(0, 16);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }
}
