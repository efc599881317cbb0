import type { Json } from "../../core/json.ts";
import { runtimeFailure } from "./failure.ts";
import type { Variables } from "./run.ts";
import { bytesOf, textOf } from "./values.ts";

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
  const check = (name: string, bytes: number): void => {
    if (outer?.get(name) !== undefined) {
      throw runtimeFailure(`The variable '${name}' is set outside and cannot be set here.`);
    }
    sizes.set(name, bytes);
  };
  return {
    get: (name) => (own.has(name) ? own.get(name) : outer?.get(name)),
    set(values) {
      let assigned = 0;
      for (const [name, value] of Object.entries(values)) {
        const bytes = bytesOf(textOf(value));
        assigned += bytes;
        check(name, bytes);
        own.set(name, value);
      }
      const all = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
      if (assigned > assignBytesMax || all > allBytesMax) {
        throw runtimeFailure("The variables exceed the maximum number of bytes service limit.");
      }
    },
    all: () => new Map([...(outer?.all() ?? []), ...own]),
  };
}
