import { createHash } from "node:crypto";
import { seededRandom } from "../../../core/ids.ts";
import { isObject, own, parseText } from "../values.ts";
import { hashOf } from "./intrinsics.ts";
import { distinct, sort, spread } from "./jsonata-lists.ts";
import type { Chance } from "./intrinsics.ts";

/** A function for JSONata: its signature in the library's notation, and what it does. */
export interface Registered {
  readonly signature: string;
  readonly run: (this: unknown, ...args: never[]) => unknown;
}

/** Characters of a text, and items of a list, that an expression may build. */
export const textMax: number = 2 ** 20;
export const listMax = 250_000;

/** The library rewrites the message of its own codes: ours is none of them. */
function failed(message: string): Error {
  return Object.assign(new Error(message), { code: "ArgumentInvalid" });
}

function partition(list: readonly unknown[], size: number): unknown {
  const step = Math.round(size);
  if (step < 1) throw failed("The size of a part must be at least 1");
  const parts: unknown[] = [];
  for (let at = 0; at < list.length; at += step) parts.push(list.slice(at, at + step));
  return parts;
}

/** Marks a list as a sequence of JSONata, which is its only item if it has one. */
function sequence(list: unknown[]): unknown[] {
  return Object.defineProperty(list, "sequence", { enumerable: false, value: true });
}

function range(from: number, to: number, step: number): unknown {
  const [first, last, by] = [from, to, step].map(Math.round) as [number, number, number];
  if (by === 0) throw failed("The step must not be 0");
  const count = Math.max(0, Math.floor((last - first) / by) + 1);
  if (count > 1000) throw failed("A range has at most 1000 items");
  return sequence(Array.from({ length: count }, (_, index) => first + index * by));
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return withoutPrototypes(parseText(text));
  } catch (error) {
    throw failed(`$parse: the text is not JSON: ${(error as Error).message}`);
  }
}

/** A copy whose objects inherit nothing: no expression reaches a prototype over data. */
export function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (!isObject(value)) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, one] of Object.entries(value)) copy[key] = withoutPrototypes(one);
  return copy;
}

function lookup(value: unknown, key: string): unknown {
  if (!Array.isArray(value)) return own(value, key);
  const found = value.map((one) => lookup(one, key)).filter((one) => one !== undefined);
  return found.length === 0 ? undefined : sequence(found);
}

function pad(text: string | undefined, width: number, char = " "): string | undefined {
  if (text === undefined) return undefined;
  if (Math.abs(width) > textMax) throw failed(`A text has at most ${textMax} characters`);
  const missing = Math.abs(width) - Array.from(text).length;
  if (missing <= 0) return text;
  const padding = Array.from((char === "" ? " " : char).repeat(missing))
    .slice(0, missing)
    .join("");
  return width > 0 ? text + padding : padding + text;
}

function join(list: readonly string[] | undefined, separator = ""): string | undefined {
  if (list === undefined) return undefined;
  const length = list.reduce((sum, one) => sum + one.length + separator.length, 0);
  if (length > 2 * textMax) throw failed(`A text has at most ${textMax} characters`);
  return list.join(separator);
}

function shuffle(list: readonly unknown[] | undefined, chance: Chance): unknown {
  if (list === undefined || list.length <= 1) return list;
  const mixed = [...list];
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = Math.floor(chance.random() * (at + 1));
    [mixed[at], mixed[other]] = [mixed[other], mixed[at]];
  }
  return mixed;
}

/** The library's own function that prints a time; not exported, so that it is asked for by name. */
interface Focus {
  readonly environment: {
    lookup(name: string): { implementation(...args: unknown[]): unknown } | undefined;
  };
}

/**
 * The functions that AWS adds to JSONata 2.0.6, and those of the library that would read the
 * machine's clock or chance, reach a prototype, build a text of any length, or take time or memory
 * by the square of a list.
 */
export function jsonataFunctions(
  chance: Chance,
  nowMs: () => number,
): Readonly<Record<string, Registered>> {
  return {
    partition: { signature: "<a-n:a>", run: partition },
    range: { signature: "<nnn:a>", run: range },
    hash: {
      signature: "<s-s:s>",
      run: (text: string, algorithm: string) => hashOf(text, algorithm),
    },
    random: {
      signature: "<n?:n>",
      run: (seed?: number) => (seed === undefined ? chance.random() : seededValue(seed)),
    },
    uuid: { signature: "<:s>", run: () => chance.uuid() },
    parse: { signature: "<s-:x>", run: parse },
    lookup: { signature: "<x-s:x>", run: lookup },
    pad: { signature: "<s-ns?:s>", run: pad },
    join: { signature: "<a<s>s?:s>", run: join },
    shuffle: {
      signature: "<a:a>",
      run: (list?: readonly unknown[]) => shuffle(list, chance),
    },
    distinct: { signature: "<x:x>", run: distinct },
    spread: { signature: "<x-:a<o>>", run: spread },
    sort: { signature: "<af?:a>", run: sort },
    millis: { signature: "<:n>", run: () => nowMs() },
    now: {
      signature: "<s?s?:s>",
      run(this: unknown, picture?: string, zone?: string) {
        return (this as Focus).environment
          .lookup("fromMillis")
          ?.implementation(nowMs(), picture, zone);
      },
    },
  };
}

/** Any number is a seed: fractions count too. */
function seededValue(seed: number): number {
  const digest = createHash("sha256").update(String(seed)).digest();
  return seededRandom(digest.readUInt32LE(0)).next();
}
