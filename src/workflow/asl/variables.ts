import type { Json } from "../../core/json.ts";
import { runtimeFailure } from "./failure.ts";
import type { Variables } from "./run.ts";
import { bytesOf, textOf } from "./values.ts";
import type { JsonObject } from "./values.ts";

/** UTF-8 bytes of one variable, and of all that one Assign sets. */
const assignBytesMax = 262_144;

/** UTF-8 bytes of all variables of a strand. */
const allBytesMax = 10 * 1_048_576;

/**
 * The variables of a strand within `outer`: outer ones are read; to set one of their names is
 * refused, since nobody would see it after the strand.
 */
export function variables(outer?: Variables): Variables {
  const own = new Map<string, Json>();
  const sizes = new Map<string, number>();
  return {
    get: (name) => (own.has(name) ? own.get(name) : outer?.get(name)),
    check(values) {
      const reused = Object.keys(values).find((name) => outer?.get(name) !== undefined);
      if (reused !== undefined) {
        throw runtimeFailure(`The variable '${reused}' is set outside and cannot be set here.`);
      }
      const assigned = sizesOf(values);
      const all = new Map([...sizes, ...assigned]);
      if (sum(assigned) > assignBytesMax || sum(all) > allBytesMax) {
        throw runtimeFailure("The variables exceed the maximum number of bytes service limit.");
      }
    },
    set(values) {
      for (const [name, value] of Object.entries(values)) own.set(name, value);
      for (const [name, bytes] of sizesOf(values)) sizes.set(name, bytes);
    },
    all: () => new Map([...(outer?.all() ?? []), ...own]),
  };
}

function sizesOf(values: JsonObject): Map<string, number> {
  return new Map(Object.entries(values).map(([name, value]) => [name, bytesOf(textOf(value))]));
}

function sum(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((total, bytes) => total + bytes, 0);
}
