import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { Axis } from "./axis.tsx";
import type { Lay } from "./bars.ts";
import { Canvas } from "./canvas.tsx";
import { stepOf } from "./keys.ts";
import { Minimap } from "./minimap.tsx";
import { headHeight, useCursor, useWheel } from "./pointer.ts";
import { Row, type RowActs } from "./row.tsx";
import { ticksOf } from "./scope.ts";
import { showRow, useSight, useWidthOf, type Sight } from "./sight.ts";
import type { Trace, TraceSpan } from "./span.ts";
import { useWaterfall, type Waterfall as State } from "./state.ts";
import { useText } from "./text.ts";
import { Legend, Tools } from "./tools.tsx";
import { hasChildren, rowOf } from "./tree.ts";
import "./traces.css";

export type { SpanEvent, Trace, TraceSpan } from "./span.ts";

interface WaterfallProps {
  /** The same object as long as nothing in it has changed. */
  readonly trace: Trace;
  /** The id of the span whose details are open. */
  readonly selected?: string | undefined;
  readonly onSelect?: ((span: TraceSpan) => void) | undefined;
  /** All services there are, so that each has the colour that it has on other pages. */
  readonly services?: readonly string[] | undefined;
  /** Pixels of the list of spans at most; beyond them it scrolls. */
  readonly heightMax?: number;
}

const edge = 8;
/** Narrower than this, names stand above their bars. */
const narrowWidth = 620;
const tickWidth = 88;

function layOf(width: number, nameWidth: number | undefined): Lay {
  if (nameWidth === undefined) {
    const lay = { rowHeight: 44, barHeight: 12, barTop: 25 };
    return { ...lay, left: edge, width: Math.max(1, width - 2 * edge) };
  }
  const left = nameWidth + edge;
  const lay = { rowHeight: 26, barHeight: 12, barTop: 7 };
  return { ...lay, left, width: Math.max(1, width - left - edge) };
}

/** Pixels that a level is moved in: deep traces keep room for their names. */
const indentOf = (depthMost: number, room: number): number =>
  Math.min(14, (room * 0.4) / Math.max(1, depthMost));

/** Rows in sight. */
function Rows({
  state,
  sight,
  lay,
  nameWidth,
  width,
  selected,
  acts,
}: {
  state: State;
  sight: Sight;
  lay: Lay;
  nameWidth: number | undefined;
  width: number;
  selected: string | undefined;
  acts: RowActs;
}): ReactNode {
  const { tree, rows, collapsed, errorsBefore, hues, matches, text, at } = state;
  const indent = indentOf(tree.depthMost, nameWidth ?? width);
  const isSearch = text.trim() !== "";
  const row = rowOf(rows, at);
  const reachable = row >= sight.from && row < sight.to ? at : rows[sight.from];
  return Array.from(rows.subarray(sight.from, sight.to), (place, index) => {
    const span = tree.spans[place];
    if (span === undefined) return null;
    const key = tree.keys[place] ?? "";
    const end = tree.end[place] ?? 0;
    const isOpen = hasChildren(tree, place) ? !collapsed.has(key) : undefined;
    const failed = (errorsBefore[end] ?? 0) - (errorsBefore[place + 1] ?? 0);
    return (
      <Row
        key={key}
        {...acts}
        place={place}
        row={sight.from + index}
        top={(sight.from + index) * lay.rowHeight}
        height={lay.rowHeight}
        span={span}
        depth={tree.depth[place] ?? 0}
        indent={indent}
        nameWidth={nameWidth}
        hue={hues.get(span.service)}
        isOpen={isOpen}
        hidden={end - place - 1}
        hidesError={isOpen === false && failed > 0}
        isSelected={span.spanId === selected}
        isReachable={place === reachable}
        look={isSearch ? (matches.has(place) ? "match" : "faint") : "plain"}
      />
    );
  });
}

/** How the rows are reached: by keys, by what is selected, and by going from match to match. */
function useMoves(
  scroller: RefObject<HTMLElement | null>,
  state: State,
  lay: Lay,
  { selected, onSelect }: Pick<WaterfallProps, "selected" | "onSelect">,
) {
  const focusing = useRef<"focus" | "show">(undefined);
  const revealedOnce = useRef<string>(undefined);
  const { tree, rows, at, collapsed } = state;
  const newest = useRef({ state, lay, onSelect });
  newest.current = { state, lay, onSelect };
  const acts = useMemo<RowActs>(
    () => ({
      select(place) {
        const span = newest.current.state.tree.spans[place];
        if (span !== undefined) newest.current.onSelect?.(span);
      },
      toggle: (place) => newest.current.state.toggle(place),
      focus: (place) => newest.current.state.setAt(place),
    }),
    [],
  );
  useEffect(() => {
    const place = selected === undefined ? -1 : tree.keys.indexOf(selected);
    // Once: a trace that grows must not be scrolled back again and again.
    if (place < 0 || revealedOnce.current === selected) return;
    revealedOnce.current = selected;
    focusing.current ??= "show";
    state.reveal(place);
  }, [selected, tree]);
  useLayoutEffect(() => {
    const element = scroller.current;
    const row = rowOf(rows, at);
    if (focusing.current === undefined || element === null || row < 0) return;
    const wanted = focusing.current;
    showRow(element, row, lay.rowHeight, headHeight);
    if (wanted === "show") focusing.current = undefined;
    const found = element.querySelector<HTMLElement>(`[data-place="${at}"]`);
    if (found === null || wanted === "show") return;
    focusing.current = undefined;
    found.focus({ preventScroll: true });
  });
  const go = (places: ReadonlySet<number>, direction: 1 | -1): void => {
    const place = state.next(places, direction);
    if (place === undefined) return;
    focusing.current = "show";
    state.reveal(place);
  };
  const press = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLElement) || event.target.role !== "row") return;
    if (event.key === "+" || event.key === "-") return state.zoom(event.key === "+" ? 0.5 : 2);
    if (event.key === "0") return state.zoom(undefined);
    const room = (scroller.current?.clientHeight ?? 0) - headHeight;
    const page = Math.max(1, Math.floor(room / lay.rowHeight) - 1);
    const step = stepOf(event.key, { tree, rows, collapsed, at, page });
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (step === "toggle") state.toggle(at);
    else if (step === "select") acts.select(at);
    else {
      focusing.current = "focus";
      state.setAt(step.to);
    }
  };
  return { acts, press, go };
}

/** The list of spans with their bars. */
function List({
  state,
  scroller,
  measure,
  width,
  lay,
  nameWidth,
  onNameWidth,
  heightMax,
  moves,
  selected,
}: {
  state: State;
  scroller: RefObject<HTMLDivElement | null>;
  measure: (element: HTMLDivElement | null) => void;
  width: number;
  lay: Lay;
  nameWidth: number | undefined;
  onNameWidth: (width: number) => void;
  heightMax: number;
  moves: ReturnType<typeof useMoves>;
  selected: string | undefined;
}): ReactNode {
  const { t } = useText();
  const { tree, rows, scope } = state;
  const sight = useSight(scroller, lay.rowHeight, rows.length);
  const ticks = ticksOf(scope, tree.fromMs, lay.width / tickWidth);
  const newest = useRef({ state, lay });
  newest.current = { state, lay };
  useWheel(scroller, newest);
  const cursor = useCursor(scroller, newest);
  return (
    <div className="span-frame">
      <div
        ref={measure}
        className={nameWidth === undefined ? "span-list narrow" : "span-list"}
        role="treegrid"
        aria-label={t("trace.label")}
        aria-rowcount={rows.length + 1}
        style={{ maxHeight: heightMax }}
        onPointerMove={cursor.move}
        onPointerLeave={cursor.hide}
        onKeyDown={moves.press}
      >
        <Axis
          {...{ ticks, zeroMs: tree.fromMs, scope, lay, width, nameWidth, onNameWidth }}
          cursor={cursor.words}
        />
        <div role="rowgroup" className="span-body" style={{ height: rows.length * lay.rowHeight }}>
          {width > 0 && (
            <>
              <Rows {...{ state, sight, lay, nameWidth, width, selected }} acts={moves.acts} />
              <Canvas {...{ state, sight, lay, ticks }} />
            </>
          )}
        </div>
      </div>
      <div className="span-line" aria-hidden="true" hidden ref={cursor.line} />
    </div>
  );
}

/**
 * The spans of a trace over its time: a tree that opens and closes, a bar for each span, and the
 * whole above it. Only what is in sight is drawn, so 10,000 spans open and scroll as ten do.
 */
export function Waterfall(props: WaterfallProps): ReactNode {
  const { trace, selected, services, heightMax = 640 } = props;
  const { t } = useText();
  const state = useWaterfall(trace, services, selected);
  const scroller = useRef<HTMLDivElement>(null);
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const [given, setGiven] = useState<number>();
  const width = useWidthOf(element);
  const usual = Math.min(460, Math.round(width * 0.36));
  const nameWidth = width < narrowWidth ? undefined : Math.min(given ?? usual, width * 0.7);
  const lay = layOf(width, nameWidth);
  const moves = useMoves(scroller, state, lay, props);
  const { tree, matches, at } = state;
  if (tree.spans.length === 0) return <p className="nothing">{t("trace.none")}</p>;
  const finding = {
    text: state.text,
    onText: state.setText,
    matches,
    at: matches.has(at) ? [...matches].filter((one) => one <= at).length : 0,
    go: moves.go,
  };
  return (
    <div className="waterfall">
      <Tools
        finding={finding}
        errors={state.errors}
        hasCritical={state.critical.size > 0}
        critical={state.shownCritical.size > 0}
        onCritical={state.setCritical}
        isCollapsed={state.collapsed.size > 0}
        onCollapse={state.collapseAll}
        onZoom={(factor) => state.zoom(factor)}
        zoomed={state.isZoomed}
      />
      <Legend tree={tree} hues={state.hues} />
      <Minimap
        tree={tree}
        hues={state.hues}
        scope={state.scope}
        width={width}
        onScope={state.setScope}
      />
      <List
        {...{ state, scroller, width, lay, nameWidth, heightMax, moves, selected }}
        onNameWidth={setGiven}
        measure={(found) => {
          scroller.current = found;
          setElement(found);
        }}
      />
    </div>
  );
}
