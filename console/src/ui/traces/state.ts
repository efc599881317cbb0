import { useMemo, useState } from "react";
import { huesOf, type Hue } from "../chart/hues.ts";
import { criticalStretches, type Stretch } from "./critical.ts";
import { asGiven, foldedBy, hiding, turning, wholly } from "./folds.ts";
import { isWhole, panned, within, zoomed, type Scope } from "./scope.ts";
import type { Trace } from "./span.ts";
import { hasChildren, matchesOf, nextOf, treeOf, visibleRows, type Tree } from "./tree.ts";

/** What is worked out of a trace once. */
export interface Facts {
  readonly tree: Tree;
  readonly hues: ReadonlyMap<string, Hue>;
  readonly critical: ReadonlyMap<number, readonly Stretch[]>;
  readonly errors: ReadonlySet<number>;
  /** How many of the spans before a place failed. */
  readonly errorsBefore: Int32Array;
}

function factsOf(trace: Trace, services: readonly string[] | undefined): Facts {
  const tree = treeOf(trace.spans);
  const named = tree.spans.filter(({ missing }) => missing !== true).map(({ service }) => service);
  const all = huesOf([...(services ?? []), ...named]);
  const present = new Set(named);
  const errors = new Set<number>();
  const errorsBefore = new Int32Array(tree.spans.length + 1);
  for (const [at, { status }] of tree.spans.entries()) {
    if (status === "error") errors.add(at);
    errorsBefore[at + 1] = (errorsBefore[at] ?? 0) + (status === "error" ? 1 : 0);
  }
  return {
    tree,
    hues: new Map([...all].filter(([service]) => present.has(service))),
    critical: criticalStretches(tree),
    errors,
    errorsBefore,
  };
}

const noStretches: ReadonlyMap<number, readonly Stretch[]> = new Map();

/** What a reader did to a waterfall, and what it shows by that. */
export interface Waterfall extends Facts {
  readonly rows: Int32Array;
  readonly collapsed: ReadonlySet<string>;
  readonly scope: Scope;
  readonly isZoomed: boolean;
  readonly text: string;
  readonly matches: ReadonlySet<number>;
  readonly shownCritical: ReadonlyMap<number, readonly Stretch[]>;
  /** The place that the keys move from. */
  readonly at: number;
  readonly setAt: (place: number) => void;
  readonly setText: (text: string) => void;
  readonly setCritical: (shown: boolean) => void;
  readonly setScope: (scope: Scope) => void;
  /** By a factor around a moment, the middle if left out; undefined shows all. */
  readonly zoom: (factor: number | undefined, aroundMs?: number) => void;
  readonly pan: (share: number) => void;
  readonly toggle: (place: number) => void;
  readonly collapseAll: (all: boolean) => void;
  /** Opens all above a place, and goes there. */
  readonly reveal: (place: number) => void;
  readonly next: (places: ReadonlySet<number>, direction: 1 | -1) => number | undefined;
}

/**
 * The state of a waterfall.
 * @param services whose hues are kept apart from the trace's own, so that they are those of other
 *   pages
 */
export function useWaterfall(
  trace: Trace,
  services: readonly string[] | undefined,
  selected: string | undefined,
): Waterfall {
  const facts = useMemo(() => factsOf(trace, services), [trace, services]);
  const { tree } = facts;
  const [folds, setFolds] = useState(asGiven);
  const collapsed = useMemo(() => foldedBy(tree, folds), [tree, folds]);
  const turn = (keys: ReadonlySet<string>): void => setFolds((old) => turning(old, keys));
  const [chosen, setChosen] = useState<Scope>();
  const [text, setText] = useState("");
  const [hasCritical, setCritical] = useState(true);
  const [at, setAt] = useState(() => Math.max(0, tree.keys.indexOf(selected ?? "")));
  const rows = useMemo(() => visibleRows(tree, collapsed), [tree, collapsed]);
  const matches = useMemo(() => matchesOf(tree, text), [tree, text]);
  const scope = chosen === undefined ? tree : within(tree, chosen);
  const setScope = (next: Scope): void => setChosen(isWhole(tree, next) ? undefined : next);
  return {
    ...facts,
    rows,
    collapsed,
    scope,
    isZoomed: chosen !== undefined,
    text,
    matches,
    shownCritical: hasCritical ? facts.critical : noStretches,
    at: Math.min(at, Math.max(0, tree.spans.length - 1)),
    setAt,
    setText,
    setCritical,
    setScope,
    zoom(factor, aroundMs = (scope.fromMs + scope.toMs) / 2) {
      setScope(factor === undefined ? tree : zoomed(tree, scope, factor, aroundMs));
    },
    pan: (share) => setScope(panned(tree, scope, share)),
    toggle(place) {
      if (hasChildren(tree, place)) turn(new Set([tree.keys[place] ?? ""]));
    },
    collapseAll: (all) => setFolds(wholly(all)),
    reveal(place) {
      turn(hiding(tree, collapsed, place));
      setAt(place);
    },
    next: (places, direction) => nextOf(places, at, direction),
  };
}
