import type { Json } from "../../../core/json.ts";
import { isObject, objectOf, own, withKey } from "../values.ts";
import type { JsonObject } from "../values.ts";
import { passes } from "./filter.ts";
import { PathMissing } from "./path.ts";
import type { Path, Roots, Segment } from "./path.ts";

/** Values that one path may look at: descendants of descendants would look at no end of them. */
const visitsMax = 1_000_000;

/** A value on the way, with the place that it stands at in Jayway's notation. */
interface Spot {
  readonly value: Json;
  readonly place: string;
}

interface Visit {
  readonly roots: Roots;
  left: number;
}

function count(visit: Visit, spots: number): void {
  visit.left -= spots;
  if (visit.left < 0) throw new PathMissing(`the path looks at more than ${visitsMax} values`);
}

const keyPlace = (place: string, key: string): string => `${place}['${key}']`;

function byKeys(spot: Spot, keys: readonly string[]): Spot[] {
  return keys.flatMap((key) => {
    const value = own(spot.value, key);
    return value === undefined ? [] : [{ value, place: keyPlace(spot.place, key) }];
  });
}

function merged(spot: Spot, keys: readonly string[]): Spot[] {
  const found = keys.flatMap((key): [string, Json][] => {
    const value = own(spot.value, key);
    return value === undefined ? [] : [[key, value]];
  });
  return found.length === 0 ? [] : [{ value: objectOf(found), place: spot.place }];
}

function byIndices(spot: Spot, indices: readonly number[]): Spot[] {
  if (!Array.isArray(spot.value)) return [];
  const list: readonly Json[] = spot.value;
  return indices.flatMap((index) => {
    const value = list.at(index);
    return value === undefined ? [] : [{ value, place: `${spot.place}[${index}]` }];
  });
}

function bySlice(spot: Spot, segment: Segment & { readonly kind: "slice" }): Spot[] {
  if (!Array.isArray(spot.value)) return [];
  const part = (spot.value as readonly Json[]).slice(segment.from ?? 0, segment.to);
  return part
    .filter((_, index) => index % segment.step === 0)
    .map((value) => ({ value, place: spot.place }));
}

function children({ value, place }: Spot): Spot[] {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((one, index) => ({
      value: one,
      place: `${place}[${index}]`,
    }));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).map(([key, one]) => ({ value: one, place: keyPlace(place, key) }));
}

function descendants(spot: Spot, visit: Visit): Spot[] {
  const found: Spot[] = [];
  const waiting: Spot[] = [spot];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    count(visit, 1);
    found.push(next);
    waiting.push(...children(next).reverse());
  }
  return found;
}

function byFilter(
  spot: Spot,
  segment: Segment & { readonly kind: "filter" },
  visit: Visit,
): Spot[] {
  const items = Array.isArray(spot.value) ? children(spot) : isObject(spot.value) ? [spot] : [];
  count(visit, items.length);
  return items.filter((item) =>
    passes(segment.filter, (path) => {
      const isItem = path.root.kind === "variable" && path.root.name === "@";
      const begin = isItem ? item.value : rootOf(path, visit.roots);
      const found = begin === undefined ? [] : follow({ value: begin, place: "@" }, path, visit);
      if (!path.definite) return found.map(({ value }) => value);
      return found[0]?.value;
    }),
  );
}

function step(spot: Spot, segment: Segment, visit: Visit): Spot[] {
  switch (segment.kind) {
    case "keys":
      return byKeys(spot, segment.keys);
    case "merge":
      return merged(spot, segment.keys);
    case "indices":
      return byIndices(spot, segment.indices);
    case "slice":
      return bySlice(spot, segment);
    case "wildcard":
      return children(spot);
    case "descendants":
      return descendants(spot, visit);
    case "filter":
      return byFilter(spot, segment, visit);
  }
}

function follow(begin: Spot, path: Path, visit: Visit): Spot[] {
  let spots: Spot[] = [begin];
  for (const segment of path.segments) {
    count(visit, spots.length);
    spots = spots.flatMap((spot) => step(spot, segment, visit));
  }
  return spots;
}

function rootOf(path: Path, roots: Roots): Json | undefined {
  if (path.root.kind === "input") return roots.input;
  return path.root.kind === "context" ? roots.context() : roots.variable(path.root.name);
}

function segmentPlace(segment: Segment): string {
  if (segment.kind === "keys" || segment.kind === "merge") {
    return `[${segment.keys.map((key) => `'${key}'`).join(",")}]`;
  }
  return segment.kind === "indices" ? `[${segment.indices.join(",")}]` : "";
}

/** Why a definite path found nothing, in Jayway's words. */
function missing(begin: Spot, path: Path, visit: Visit): PathMissing {
  const whole = `$${path.segments.map(segmentPlace).join("")}`;
  let spot = begin;
  for (const [index, segment] of path.segments.entries()) {
    const [next] = step(spot, segment, visit);
    const isLast = index === path.segments.length - 1;
    if (next !== undefined) spot = next;
    else if (segment.kind === "keys" && isObject(spot.value) && !isLast) {
      return new PathMissing(`Missing property in path ${spot.place}${segmentPlace(segment)}`);
    } else if (segment.kind === "keys" && !isObject(spot.value)) {
      const [key = ""] = segment.keys;
      return new PathMissing(
        `Expected to find an object with property ['${key}'] in path ${spot.place} but found ` +
          `'${typeName(spot.value)}'. This is not a json object according to the JsonProvider: ` +
          "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.",
      );
    } else break;
  }
  return new PathMissing(`No results for path: ${whole}`);
}

function typeName(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/**
 * Reads a path: what stands at the place of a definite one, the list of matches of any other.
 * @throws PathMissing
 */
export function readPath(path: Path, roots: Roots): Json {
  const visit: Visit = { roots, left: visitsMax };
  const begin = rootOf(path, roots);
  if (begin === undefined) {
    const named = path.root.kind === "variable" ? `$${path.root.name}` : "$";
    throw new PathMissing(`No results for path: ${named}`);
  }
  const found = follow({ value: begin, place: "$" }, path, visit);
  if (!path.definite) return found.map(({ value }) => value);
  const [only] = found;
  if (only === undefined) throw missing({ value: begin, place: "$" }, path, visit);
  return only.value;
}

function writtenAt(value: Json | undefined, segments: readonly Segment[], set: Json): Json {
  const [segment, ...rest] = segments;
  if (segment === undefined) return set;
  if (segment.kind === "keys") {
    const [key = ""] = segment.keys;
    if (value !== undefined && !isObject(value)) throw new PathMissing("no object is there");
    const object: JsonObject = value ?? {};
    return withKey(object, key, writtenAt(own(object, key), rest, set));
  }
  const index = segment.kind === "indices" ? (segment.indices[0] ?? 0) : 0;
  if (!Array.isArray(value) || index < 0 || index >= value.length) {
    throw new PathMissing("no array with that index is there");
  }
  const list: readonly Json[] = value;
  return list.map((one, at) => (at === index ? writtenAt(one, rest, set) : one));
}

/** A copy of `value` with `set` at the place of a reference path. @throws PathMissing */
export function writePath(path: Path, value: Json, set: Json): Json {
  return writtenAt(value, path.segments, set);
}
