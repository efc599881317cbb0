import type { Random } from "../../../core/ids.ts";

/** Random events and valid patterns from small alphabets, so that about half of them meet. */

type Json = unknown;

/** Choices drawn from a seeded source. */
export interface Draw {
  /** An integer below `count`. */
  below(count: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  of<T>(items: readonly T[]): T;
}

/** Draws from a random source. */
export function drawFrom(random: Random): Draw {
  const below = (count: number): number => Math.floor(random.next() * count);
  return {
    below,
    chance: (probability) => random.next() < probability,
    of<T>(items: readonly T[]): T {
      return items[below(items.length)] as T;
    },
  };
}

const keys = ["a", "b", "c", "a.b", "b.c", "d-e", "__proto__", "constructor", "z"];
const texts = ["", "a", "ab", "abc", "Abc", "ABC", "bca", "cab", "a*b", "a\\b", "aab", "abab", "é"];
const addresses = ["10.0.0.1", "10.0.0.77", "10.9.0.1", "192.168.1.1", "2001:db8::1"];
const moreAddresses = ["2001:0db8:0:0:0:0:0:1", "2001:db8:ffff::2", "::", "999.1.1.1"];
const numbers = [0, 1, -1, 1.5, 2, 10, 100, 100.25, 1e10, -3.75];
const networks = ["10.0.0.0/24", "10.0.0.64/26", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"];

function text(draw: Draw): string {
  return draw.chance(0.15) ? draw.of([...addresses, ...moreAddresses]) : draw.of(texts);
}

function scalar(draw: Draw): Json {
  const kind = draw.below(10);
  if (kind < 5) return text(draw);
  if (kind < 8) return draw.of(numbers);
  return kind === 8 ? draw.chance(0.5) : null;
}

/** Sets a key as JSON.parse would, `__proto__` included. */
function setOwn(object: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function eventValue(draw: Draw, depth: number): Json {
  const kind = draw.below(10);
  if (depth <= 0 || kind < 4) return scalar(draw);
  if (kind < 7) return eventObject(draw, depth - 1);
  return Array.from({ length: draw.below(4) }, () => eventValue(draw, depth - 1));
}

function eventObject(draw: Draw, depth: number): Record<string, Json> {
  const object: Record<string, Json> = {};
  const count = 1 + draw.below(4);
  for (let at = 0; at < count; at++) setOwn(object, draw.of(keys), eventValue(draw, depth));
  return object;
}

/** A random event. */
export function randomEvent(draw: Draw): Record<string, Json> {
  return eventObject(draw, 3);
}

function wildcard(draw: Draw): string {
  const raw = Array.from({ length: draw.below(5) }, () =>
    draw.of(["*", "a", "b", "ab", "\\*", "\\\\", "c", "*"]),
  );
  return raw.join("").replaceAll(/(?<!\\)\*{2,}/g, "*");
}

function validWildcard(draw: Draw): string {
  for (;;) {
    const candidate = wildcard(draw);
    if (!/(?<=^|[^\\]|\\\\)\*\*/.test(candidate)) return candidate;
  }
}

function numeric(draw: Draw): Json {
  const [low, high] = [draw.of(numbers), draw.of(numbers)].toSorted((x, y) => x - y);
  if (draw.chance(0.5) && low !== undefined && high !== undefined && low < high) {
    return [draw.of([">", ">="]), low, draw.of(["<", "<="]), high];
  }
  return [draw.of(["=", "<", "<=", ">", ">="]), draw.of(numbers)];
}

function some<T>(draw: Draw, make: () => T): T[] {
  return Array.from({ length: 1 + draw.below(3) }, make);
}

function anythingBut(draw: Draw): Json {
  const texty = (): string => draw.of(texts.filter((word) => word !== ""));
  switch (draw.below(6)) {
    case 0:
      return draw.chance(0.5) ? draw.of(texts) : some(draw, () => draw.of(texts));
    case 1:
      return draw.chance(0.5) ? draw.of(numbers) : some(draw, () => draw.of(numbers));
    case 2:
      return { prefix: draw.chance(0.5) ? texty() : some(draw, texty) };
    case 3:
      return { suffix: draw.chance(0.5) ? texty() : some(draw, texty) };
    case 4:
      return { "equals-ignore-case": draw.chance(0.5) ? texty() : some(draw, texty) };
    default:
      return {
        wildcard: draw.chance(0.5) ? validWildcard(draw) : some(draw, () => validWildcard(draw)),
      };
  }
}

function affix(draw: Draw): Json {
  return draw.chance(0.4) ? { "equals-ignore-case": draw.of(texts) } : draw.of(texts);
}

function item(draw: Draw): Json {
  switch (draw.below(14)) {
    case 0:
      return { prefix: affix(draw) };
    case 1:
      return { suffix: affix(draw) };
    case 2:
      return { "equals-ignore-case": draw.of(texts) };
    case 3:
      return { wildcard: validWildcard(draw) };
    case 4:
      return { numeric: numeric(draw) };
    case 5:
      return { exists: true };
    case 6:
    case 7:
      return { exists: false };
    case 8:
      return { cidr: draw.of(networks) };
    case 9:
    case 10:
      return { "anything-but": anythingBut(draw) };
    default:
      return scalar(draw);
  }
}

function list(draw: Draw): Json[] {
  return some(draw, () => item(draw));
}

/** Adds a random field whose path is not taken yet; dots join, so paths are compared whole. */
function addField(draw: Draw, object: Record<string, Json>, depth: number): void {
  const key = draw.of(keys);
  if (Object.hasOwn(object, key)) return;
  setOwn(object, key, depth > 0 && draw.chance(0.45) ? patternObject(draw, depth - 1) : list(draw));
}

function patternObject(draw: Draw, depth: number): Record<string, Json> {
  const object: Record<string, Json> = {};
  const count = 1 + draw.below(3);
  while (Object.keys(object).length < count) addField(draw, object, depth);
  if (draw.chance(0.15)) {
    const length = 2 + draw.below(2);
    object["$or"] = Array.from({ length }, () => patternObject(draw, Math.min(depth, 1)));
  }
  return object;
}

/** A random pattern; valid but for paths given twice, which the parser refuses. */
export function randomPattern(draw: Draw): Record<string, Json> {
  return patternObject(draw, 2);
}
