import type { Place } from "./places.ts";

/** One step of the drawing: an entry, branches side by side, or so many that are left out. */
export type Item =
  | { readonly form: "entry"; readonly place: Place }
  | { readonly form: "branches"; readonly place: Place; readonly lanes: readonly Lane[] }
  | { readonly form: "left"; readonly at: string; readonly count: number };

/** One branch, drawn one below the other. */
export interface Lane {
  readonly place: Place;
  readonly items: readonly Item[];
}

/** Entries of one sequence that are drawn: of a longer one its beginning and its end. */
const firstMax = 40;
const lastMax = 20;
/** Branches that are drawn side by side: those that failed or go on before the others. */
const lanesMax = 6;

/** What says something about a run, but does nothing in it. */
const silent: ReadonlySet<string> = new Set(["patch", "attributes"]);

const rank = (place: Place): number => (place.isFailed ? 0 : place.goesOn ? 1 : 2);

/** The branches that are drawn, in the order of the program. */
function lanesOf({ children }: Place): readonly Place[] {
  if (children.length <= lanesMax) return children;
  const chosen = new Set(
    [0, 1, 2]
      .flatMap((wanted) => children.filter((one) => rank(one) === wanted))
      .slice(0, lanesMax),
  );
  return children.filter((one) => chosen.has(one));
}

function itemOf(place: Place): Item {
  if (place.entry !== undefined) return { form: "entry", place };
  const lanes = lanesOf(place).map((branch) => ({
    place: branch,
    // What undoes steps, and a branch that is an entry itself, have nothing below them.
    items:
      branch.entry === undefined
        ? itemsOf(branch.children)
        : [{ form: "entry" as const, place: branch }],
  }));
  return { form: "branches", place, lanes };
}

/** A sequence of places as it is drawn. */
export function itemsOf(places: readonly Place[]): readonly Item[] {
  const spoken = places.filter(({ kind }) => !silent.has(kind));
  if (spoken.length <= firstMax + lastMax) return spoken.map(itemOf);
  const first = spoken.slice(0, firstMax);
  const last = spoken.slice(-lastMax);
  const count = spoken.length - firstMax - lastMax;
  return [
    ...first.map(itemOf),
    { form: "left", at: spoken[firstMax]?.at ?? "", count },
    ...last.map(itemOf),
  ];
}
