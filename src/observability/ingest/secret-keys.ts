import type { Growing } from "../signals/columns.ts";
import { Texts } from "./texts.ts";

interface Judged {
  readonly bytes: Uint8Array;
  readonly secret: boolean;
}

/** Keys whose verdict is remembered; past it the memory starts anew. */
const judgedMax = 10_000;

/**
 * Knows of attribute keys, as bytes, whether their values are secrets: a batch has many keys but
 * few different ones, so none of them becomes a string twice.
 */
export class SecretKeys {
  private readonly judge: (key: string) => boolean;
  private readonly byHash = new Map<number, Judged>();

  constructor(judge: (key: string) => boolean) {
    this.judge = judge;
  }

  /** Whether one of the keys of a column is that of a secret. */
  among(keys: Growing): boolean {
    const texts = new Texts(keys);
    while (texts.more) {
      texts.next();
      if (this.has(texts)) return true;
    }
    return false;
  }

  /** Whether the key at which `text` stands is that of a secret. */
  has(text: Texts): boolean {
    const hash = text.hash();
    const known = this.byHash.get(hash);
    if (known !== undefined && text.equals(known.bytes)) return known.secret;
    const secret = this.judge(text.text());
    if (this.byHash.size >= judgedMax) this.byHash.clear();
    this.byHash.set(hash, { bytes: Uint8Array.from(text.bytes()), secret });
    return secret;
  }
}
