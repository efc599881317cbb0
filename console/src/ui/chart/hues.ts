import "./hues.css";

/** Hues that there are; a hollow form of each doubles them. */
export const hueCount = 8;

/** How a name is drawn: a hue, filled or hollow. */
export interface Hue {
  /** From 1, as in the name of the variable. */
  readonly number: number;
  readonly hollow: boolean;
}

/** The variable of a hue's colour. */
export const hueVariable = ({ number }: Hue): string => `--hue-${number}`;

/** FNV-1a, 32 bits: the same name has the same hue on every page and in every session. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

const hueAt = (place: number): Hue => ({
  number: (place % hueCount) + 1,
  hollow: place >= hueCount,
});

/**
 * A hue for each name. A name has that of its hash, unless one that stands before it in the
 * alphabet has it: then the next that is free. Filled ones go first; from the 17th name on they
 * come again.
 */
export function huesOf(names: Iterable<string>): ReadonlyMap<string, Hue> {
  const hues = new Map<string, Hue>();
  const taken = new Set<number>();
  for (const name of [...new Set(names)].toSorted()) {
    const first = hashOf(name) % hueCount;
    const round = Math.floor(taken.size / hueCount) * hueCount;
    let place = first;
    for (let step = 0; step < hueCount; step++) {
      const tried = round + ((first + step) % hueCount);
      if (taken.has(tried)) continue;
      place = tried;
      break;
    }
    taken.add(place);
    hues.set(name, hueAt(place));
    if (taken.size === hueCount * 2) taken.clear();
  }
  return hues;
}
