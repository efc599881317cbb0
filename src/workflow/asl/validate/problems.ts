/** One thing that is wrong with a definition. */
export interface Problem {
  /** `/States/Pay/Retry[0]/ErrorEquals` */
  readonly place: string;
  readonly message: string;
}

/** Collects what is wrong, so that all of it is told at once. */
export interface Problems {
  readonly found: readonly Problem[];
  add(place: string, message: string): void;
}

/** Problems that are told at most: a definition of 1 MB can have very many. */
const problemsMax = 100;

/** An empty collection. */
export function problems(): Problems {
  const found: Problem[] = [];
  return {
    found,
    add(place, message) {
      if (found.length < problemsMax) found.push({ place: place === "" ? "/" : place, message });
    },
  };
}
