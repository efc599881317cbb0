import type { AnswerOf } from "../../../api/client.ts";

/** What a run recorded at one position of its program, as the API gives it. */
export type Entry = AnswerOf<"/workflow-runs/{id}/entries", "get">["entries"][number];

/**
 * A position of a program: what was recorded there, or what stands above several. `branches` are
 * those of a parallel or a map, `branch` is one of them, `undo` is all that undoes steps.
 */
export interface Place {
  readonly at: string;
  /** The position above; undefined at the top. */
  readonly parent: string | undefined;
  readonly depth: number;
  /** The kind of its entry, or `branches`, `branch`, `undo`. */
  readonly kind: string;
  readonly entry: Entry | undefined;
  readonly fromMs: number;
  /** When it ended; as far as is known while it has not. */
  readonly toMs: number;
  readonly goesOn: boolean;
  readonly isFailed: boolean;
  /** Positions right below. */
  readonly children: readonly Place[];
  /** Entries at and below. */
  readonly entries: number;
  /** Of the children: how many have ended, and how many have failed somewhere. */
  readonly childrenDone: number;
  readonly childrenFailed: number;
}

type Building = { -readonly [K in keyof Place]: Place[K] } & { children: Place[] };

const undoPrefix = "undo.";
const waitKinds: ReadonlySet<string> = new Set(["sleep", "signal", "event", "callback"]);

/** Whether nothing is done meanwhile but waiting. */
export const isWait = ({ kind }: Pick<Place, "kind">): boolean => waitKinds.has(kind);

/** The positions above one, from the outside in: `3.0.1` is in `3.0`, in `3`. */
export function above(at: string): readonly string[] {
  if (at.startsWith(undoPrefix)) return ["undo"];
  // What follows the numbers may have dots of its own: `3.0.patch:v1.2`.
  const numbers = /^(?:\d+\.)*/.exec(at)?.[0] ?? "";
  const parts = numbers.split(".").slice(0, -1);
  return parts.map((_, count) => parts.slice(0, count + 1).join("."));
}

/** Calls have an odd number of numbers, their branches one more. */
const groupOf = (at: string): string =>
  at === "undo" ? "undo" : at.split(".").length % 2 === 0 ? "branch" : "branches";

function placed(at: string, parent: Building | undefined, entry: Entry | undefined): Building {
  const place: Building = {
    at,
    parent: parent?.at,
    depth: parent === undefined ? 0 : parent.depth + 1,
    kind: entry?.kind ?? groupOf(at),
    entry,
    fromMs: entry?.startedAtMs ?? Infinity,
    toMs: -Infinity,
    goesOn: false,
    isFailed: entry?.status === "failed",
    children: [],
    entries: entry === undefined ? 0 : 1,
    childrenDone: 0,
    childrenFailed: 0,
  };
  parent?.children.push(place);
  return place;
}

/** What is known of a place once all below it are: from those that stand last on. */
function sum(place: Building): void {
  for (const child of place.children) {
    place.fromMs = Math.min(place.fromMs, child.fromMs);
    place.toMs = Math.max(place.toMs, child.toMs);
    place.entries += child.entries;
    place.goesOn ||= child.goesOn;
    place.childrenDone += child.goesOn ? 0 : 1;
    place.childrenFailed += child.isFailed ? 1 : 0;
  }
  if (place.entry === undefined) place.isFailed = place.childrenFailed > 0;
}

/**
 * The places of a run's history, each before those below it.
 * @param entries in the order of their positions
 * @param untilMs what has not ended is drawn until then
 * @param isOver the run has ended: what is open will stay so
 */
export function placesOf(
  entries: readonly Entry[],
  untilMs: number,
  isOver = false,
): readonly Place[] {
  const places: Building[] = [];
  let path: Building[] = [];
  let before: string | undefined;
  for (const entry of entries) {
    const prefix = entry.at.slice(0, entry.at.lastIndexOf(".") + 1);
    // Of 50,000 entries most stand beside the one before.
    const over = prefix === before ? path.slice(0, -1).map(({ at }) => at) : above(entry.at);
    before = prefix;
    path = path.slice(0, over.length);
    for (const [depth, at] of over.entries()) {
      if (path[depth]?.at === at) continue;
      const group = placed(at, path[depth - 1], undefined);
      path = [...path.slice(0, depth), group];
      places.push(group);
    }
    const place = placed(entry.at, path.at(-1), entry);
    place.goesOn = !isOver && entry.status === "open";
    place.toMs = entry.endedAtMs ?? Math.max(untilMs, entry.startedAtMs);
    path.push(place);
    places.push(place);
  }
  for (const place of places.toReversed()) sum(place);
  return places;
}
