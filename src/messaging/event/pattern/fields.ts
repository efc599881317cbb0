import type { Scalar } from "./pattern.ts";

/** A step of the tree of all paths that patterns look at. */
export interface PathStep {
  /** By key; null for keys known to lead nowhere, so that one look-up tells. */
  readonly steps: Map<string, PathStep | null>;
  nowhereCount: number;
  /** Whether any step leads on. */
  leadsOn: boolean;
  /** Number of the path that ends here, or -1. */
  pathId: number;
}

/** The paths that patterns look at, numbered. */
export interface Paths {
  readonly root: PathStep;
  readonly ids: Map<string, number>;
}

function pathStep(): PathStep {
  return { steps: new Map(), nowhereCount: 0, leadsOn: false, pathId: -1 };
}

/** An empty set of paths. */
export function noPaths(): Paths {
  return { root: pathStep(), ids: new Map() };
}

/** The number of a path, given on first use. */
export function internPath(paths: Paths, path: string): number {
  const known = paths.ids.get(path);
  if (known !== undefined) return known;
  let step = paths.root;
  for (const name of path.split(".")) {
    let next = step.steps.get(name);
    if (next === undefined || next === null) {
      next = pathStep();
      step.steps.set(name, next);
      step.leadsOn = true;
    }
    step = next;
  }
  step.pathId = paths.ids.size;
  paths.ids.set(path, step.pathId);
  return step.pathId;
}

/**
 * The values of one event at the paths that matter. One value is made for an index and filled
 * anew for each event, so that matching allocates nothing.
 *
 * Where a value lies within elements of arrays, its `place` names the innermost of them. Places
 * form a tree by `placeParents`; 0 is outside of all arrays. Two places contradict each other when
 * they lie in different elements of one array.
 */
export interface Fields {
  count: number;
  readonly values: Scalar[];
  readonly fieldPlaces: number[];
  /** The next field of the same path, or -1. */
  readonly nexts: number[];
  /** The first field of a path by its number, or -1. */
  readonly heads: number[];
  /** Numbers of the paths that hold a value. */
  readonly touched: number[];
  placeCount: number;
  arrayCount: number;
  readonly placeParents: number[];
  readonly placeArrays: number[];
  /** Whether values lay deeper than is looked at. */
  cut: boolean;
}

/** Levels of arrays within arrays that are looked at; EventBridge refuses deeper JSON. */
const levelsMax = 1000;

/** Fields without values. */
export function noFields(): Fields {
  return {
    count: 0,
    values: [],
    fieldPlaces: [],
    nexts: [],
    heads: [],
    touched: [],
    placeCount: 1,
    arrayCount: 0,
    placeParents: [0],
    placeArrays: [-1],
    cut: false,
  };
}

function addField(fields: Fields, pathId: number, value: Scalar, place: number): void {
  const index = fields.count++;
  const head = fields.heads[pathId] ?? -1;
  if (head < 0) fields.touched.push(pathId);
  fields.values[index] = value;
  fields.fieldPlaces[index] = place;
  fields.nexts[index] = head;
  fields.heads[pathId] = index;
}

function addPlace(fields: Fields, parent: number, array: number): number {
  const place = fields.placeCount++;
  fields.placeParents[place] = parent;
  fields.placeArrays[place] = array;
  return place;
}

function walkArray(
  fields: Fields,
  step: PathStep,
  elements: readonly unknown[],
  parent: number,
  level: number,
): void {
  if (level >= levelsMax) {
    fields.cut = true;
    return;
  }
  let array = -1;
  for (let index = 0; index < elements.length; index++) {
    const element = elements[index];
    if (typeof element !== "object" || element === null) {
      walkValue(fields, step, element, parent, level);
      continue;
    }
    if (array < 0) array = fields.arrayCount++;
    walkValue(fields, step, element, addPlace(fields, parent, array), level + 1);
  }
}

function walkValue(
  fields: Fields,
  step: PathStep,
  value: unknown,
  place: number,
  level: number,
): void {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      if (step.pathId >= 0) addField(fields, step.pathId, value, place);
      break;
    case "object":
      if (value === null) {
        if (step.pathId >= 0) addField(fields, step.pathId, null, place);
      } else if (Array.isArray(value)) walkArray(fields, step, value, place, level);
      else if (step.leadsOn) walkObject(fields, step, value, place, level);
      break;
    default:
  }
}

/** How many keys that lead nowhere a step remembers: events must not fill the memory. */
const nowhereMax = 256;

/** The step that a key new to `step` leads to; `a.b` is `a`, then `b`. */
function newStep(step: PathStep, key: string): PathStep | null {
  if (!key.includes(".")) {
    if (step.nowhereCount < nowhereMax) {
      step.nowhereCount++;
      step.steps.set(key, null);
    }
    return null;
  }
  let reached = step;
  for (const name of key.split(".")) {
    const next = reached.steps.get(name);
    if (next === undefined || next === null) return null;
    reached = next;
  }
  return reached;
}

function walkObject(
  fields: Fields,
  step: PathStep,
  object: object,
  place: number,
  level: number,
): void {
  const { steps } = step;
  for (const key in object) {
    let next = steps.get(key);
    if (next === undefined) next = newStep(step, key);
    // Own keys alone: what someone put on a prototype is no part of the event.
    if (next === null || !Object.hasOwn(object, key)) continue;
    walkValue(fields, next, (object as Record<string, unknown>)[key], place, level);
  }
}

/** Fills `fields` with what `event` holds at `paths`; an event that is no object holds nothing. */
export function readFields(fields: Fields, paths: Paths, event: unknown): void {
  for (const pathId of fields.touched) fields.heads[pathId] = -1;
  fields.touched.length = 0;
  fields.count = 0;
  fields.placeCount = 1;
  fields.arrayCount = 0;
  fields.cut = false;
  for (let pathId = fields.heads.length; pathId < paths.ids.size; pathId++) fields.heads.push(-1);
  if (typeof event !== "object" || event === null || Array.isArray(event)) return;
  walkObject(fields, paths.root, event, 0, 0);
}
