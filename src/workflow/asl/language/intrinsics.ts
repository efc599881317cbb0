import { createHash } from "node:crypto";
import { seededRandom } from "../../../core/ids.ts";
import type { Json } from "../../../core/json.ts";
import { canonicalText, isObject, parseText, sameValue, textOf } from "../values.ts";

/** What functions that are not pure take from outside. */
export interface Chance {
  random(): number;
  uuid(): string;
}

/** Why a function failed, in one sentence. */
export class IntrinsicInvalid extends Error {}

type Values = readonly Json[];
type Intrinsic = (args: Values, chance: Chance) => Json;

/** AWS's limits of texts that are hashed or coded, and of the length of a range. */
const textMax = 10_000;
const rangeMax = 1_000;
const integerMax = 2 ** 31 - 1;

function refuse(what: string): never {
  throw new IntrinsicInvalid(what);
}

function arity(args: Values, from: number, to = from): void {
  if (args.length >= from && args.length <= to) return;
  refuse(`it takes ${from === to ? from : `${from} to ${to}`} arguments, but got ${args.length}`);
}

function textAt(args: Values, index: number): string {
  const value = args[index];
  return typeof value === "string" ? value : refuse(`argument ${index + 1} must be a string`);
}

function listAt(args: Values, index: number): readonly Json[] {
  const value = args[index];
  return Array.isArray(value) ? value : refuse(`argument ${index + 1} must be an array`);
}

/** Numbers round half up, each by itself, as Java's Math.round does. */
function integerAt(args: Values, index: number): number {
  const value = args[index];
  if (typeof value !== "number") return refuse(`argument ${index + 1} must be a number`);
  const rounded = Math.round(value) + 0;
  if (Math.abs(rounded) > integerMax) refuse(`argument ${index + 1} is no 32-bit integer`);
  return rounded;
}

function shortText(args: Values, index: number): string {
  const text = textAt(args, index);
  if (text.length > textMax) refuse(`argument ${index + 1} has more than ${textMax} characters`);
  return text;
}

function partition(list: readonly Json[], size: number): Json {
  if (size < 1) refuse("the size of a part must be at least 1");
  const parts: Json[] = [];
  for (let at = 0; at < list.length; at += size) parts.push(list.slice(at, at + size));
  return parts;
}

function range(from: number, to: number, step: number): Json {
  if (step === 0) refuse("the step must not be 0");
  const count = Math.max(0, Math.floor((to - from) / step) + 1);
  if (count > rangeMax) refuse(`a range has at most ${rangeMax} items`);
  return Array.from({ length: count }, (_, index) => from + index * step);
}

function item(list: readonly Json[], index: number): Json {
  const found = index < 0 ? undefined : list[index];
  return found === undefined ? refuse(`there is no item ${index}`) : found;
}

function unique(list: readonly Json[]): Json {
  const found = new Set<string>();
  return list.filter((one) => {
    const key = canonicalText(one);
    const isNew = !found.has(key);
    found.add(key);
    return isNew;
  });
}

const algorithms: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

/** The hash of a text in lower-case hexadecimal. @throws IntrinsicInvalid */
export function hashOf(text: string, algorithm: string): string {
  const known = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
  if (known === undefined) {
    return refuse(`there is no algorithm ${algorithm}: ${Object.keys(algorithms).join(", ")}`);
  }
  return createHash(known).update(text, "utf8").digest("hex");
}

function hash(args: Values): Json {
  arity(args, 2);
  const [data = null] = args;
  const text = typeof data === "string" ? data : textOf(data);
  if (text.length > textMax) refuse(`argument 1 has more than ${textMax} characters`);
  return hashOf(text, textAt(args, 1));
}

function merge(args: Values): Json {
  arity(args, 3);
  const [a, b, isDeep] = args;
  if (!isObject(a) || !isObject(b)) return refuse("arguments 1 and 2 must be objects");
  if (isDeep !== false) refuse("argument 3 must be false: merging is shallow");
  return { ...a, ...b };
}

function random(args: Values, chance: Chance): Json {
  arity(args, 2, 3);
  const [from, to] = [integerAt(args, 0), integerAt(args, 1)];
  if (to <= from) refuse("the end must be greater than the start");
  const next = args.length === 3 ? seededRandom(integerAt(args, 2)).next() : chance.random();
  return from + Math.floor(next * (to - from));
}

/** The second text is a set of characters; empty parts vanish. */
function split(args: Values): Json {
  arity(args, 2);
  const separators = new Set(textAt(args, 1));
  const parts: string[] = [];
  let part = "";
  for (const char of textAt(args, 0)) {
    if (!separators.has(char)) {
      part += char;
      continue;
    }
    if (part !== "") parts.push(part);
    part = "";
  }
  return part === "" ? parts : [...parts, part];
}

/** JSON text whose quotes were escaped once more than needed is read as what it was meant to be. */
function looselyParsed(text: string): Json {
  try {
    return parseText(text);
  } catch (error) {
    if (!text.includes('\\"')) throw error;
    return parseText(text.replaceAll('\\"', '"'));
  }
}

function stringToJson(args: Values): Json {
  arity(args, 1);
  const text = textAt(args, 0);
  if (text.trim() === "") return null;
  try {
    const value = looselyParsed(text);
    return Object.is(value, -0) ? 0 : value;
  } catch (error) {
    return refuse(`argument 1 is not JSON: ${(error as Error).message}`);
  }
}

/** How `States.Format` prints a value: AWS prints lists and objects as Java does. */
function printed(value: Json): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(printed).join(", ")}]`;
  if (!isObject(value)) return textOf(value);
  const pairs = Object.entries(value).map(([key, one]) => `${key}=${printed(one)}`);
  return `{${pairs.join(", ")}}`;
}

function format(args: Values): Json {
  const rest = args.slice(1);
  let used = 0;
  const filled = textAt(args, 0).replaceAll(/\\([\\{}])|\{\}/g, (found, escaped?: string) => {
    if (escaped !== undefined) return escaped;
    const value = rest[used++];
    return value === undefined ? found : printed(value);
  });
  if (used !== rest.length) refuse(`it has ${used} places {} for ${rest.length} arguments`);
  return filled;
}

const strict = new TextDecoder("utf-8");

function base64Decode(args: Values): Json {
  arity(args, 1);
  const text = shortText(args, 0);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) refuse("argument 1 is not Base64");
  return strict.decode(Buffer.from(text, "base64"));
}

const functions: Readonly<Record<string, Intrinsic>> = {
  Array: (args) => args,
  ArrayPartition: (args) => {
    arity(args, 2);
    return partition(listAt(args, 0), integerAt(args, 1));
  },
  ArrayContains: (args) => {
    arity(args, 2);
    return listAt(args, 0).some((one) => sameValue(one, args[1] ?? null));
  },
  ArrayRange: (args) => {
    arity(args, 3);
    return range(integerAt(args, 0), integerAt(args, 1), integerAt(args, 2));
  },
  ArrayGetItem: (args) => {
    arity(args, 2);
    return item(listAt(args, 0), integerAt(args, 1));
  },
  ArrayLength: (args) => {
    arity(args, 1);
    return listAt(args, 0).length;
  },
  ArrayUnique: (args) => {
    arity(args, 1);
    return unique(listAt(args, 0));
  },
  Base64Encode: (args) => {
    arity(args, 1);
    return Buffer.from(shortText(args, 0), "utf8").toString("base64");
  },
  Base64Decode: base64Decode,
  Hash: hash,
  JsonMerge: merge,
  StringToJson: stringToJson,
  JsonToString: (args) => {
    arity(args, 1);
    return textOf(args[0] ?? null);
  },
  MathRandom: random,
  MathAdd: (args) => {
    arity(args, 2);
    return integerAt(args, 0) + integerAt(args, 1);
  },
  StringSplit: split,
  UUID: (args, chance) => {
    arity(args, 0);
    return chance.uuid();
  },
  Format: format,
};

/** The names of all functions: `States.Array`. */
export const functionNames: ReadonlySet<string> = new Set(
  Object.keys(functions).map((name) => `States.${name}`),
);

/** Calls a function by its whole name. @throws IntrinsicInvalid */
export function callIntrinsic(name: string, args: Values, chance: Chance): Json {
  const called = functions[name.slice("States.".length)];
  return called === undefined ? refuse(`there is no function ${name}`) : called(args, chance);
}
