import { useEffect, useRef, type ReactNode } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import * as format from "../../i18n/format.ts";
import type { Locale, Translate } from "../../i18n/messages.ts";
import { usePreferences } from "../../preferences.tsx";
import { useLook } from "./look.ts";
import {
  aboveNought,
  colourOf,
  dashOf,
  heightRange,
  lonePoints,
  reachOf,
  stackedValues,
  timeLabels,
  valueText,
  type Marker,
  type Series,
  type Threshold,
  type Unit,
} from "./series.ts";
import "./hues.css";

export interface PlotProps {
  readonly atMs: readonly number[];
  readonly series: readonly Series[];
  readonly unit: Unit;
  /** The point under the cursor. */
  readonly onIndex: (index: number | undefined) => void;
  readonly onRange?: ((fromMs: number, toMs: number) => void) | undefined;
  readonly markers?: readonly Marker[] | undefined;
  /** Charts of one name share their cursor. */
  readonly sync?: string | undefined;
  readonly range?: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly thresholds?: readonly Threshold[] | undefined;
  /** Series stand one on the other, the first at the bottom. */
  readonly stacked?: boolean | undefined;
  /** Powers of ten stand equally far apart; nought is a gap. Not for stacked series. */
  readonly log?: boolean | undefined;
}

interface Scene {
  readonly element: HTMLElement;
  readonly locale: Locale;
  readonly t: Translate;
  readonly newest: { readonly current: PlotProps };
}

type Token = (name: string) => string;

const tokensOf = (element: HTMLElement): Token => {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
};

const letterWidth = 6.4;

/** Of a scale of powers only the powers have a line. */
const powersOnly = (_: uPlot, splits: readonly number[]): (number | null)[] =>
  splits.map((one) => (Math.abs(Math.log10(one) % 1) < 1e-9 ? one : null));

function axesOf({ locale, t, newest }: Scene, token: Token): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: token("--text-3"),
    font: `11px ${token("--font")}`,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
  };
  const { unit, log = false } = newest.current;
  const words = (value: number): string =>
    unit === "rate" ? format.shortNumber(value) : valueText(unit, value, locale, t);
  return [
    {
      ...axis,
      space: 70,
      size: 28,
      grid: { show: false },
      values: (_, splits, __, ___, step) => timeLabels(splits, step, locale),
    },
    {
      ...axis,
      ...(log ? { filter: powersOnly, grid: { ...axis.grid, filter: powersOnly } } : {}),
      size: (_, values) =>
        Math.max(44, 14 + letterWidth * Math.max(0, ...(values ?? []).map((one) => one.length))),
      // A scale of powers writes some of its lines only.
      values: (_, splits) =>
        splits.map((one) => ((one as number | null) === null ? "" : words(one))),
    },
  ];
}

const barsPath = uPlot.paths.bars?.({ size: [0.84, 48] });

function lineOf(series: Series, token: Token, stacked: boolean): uPlot.Series {
  const stroke = token(colourOf(series.tone));
  if (series.bars === true) {
    const paths = barsPath === undefined ? {} : { paths: barsPath };
    return { stroke, fill: stroke, width: 0, points: { show: false }, ...paths };
  }
  return {
    stroke,
    width: 1.5,
    dash: [...dashOf(series)],
    points: {
      show: false,
      size: 4,
      fill: stroke,
      filter: (plot, at) => lonePoints(plot.data[at] as (number | null)[]),
    },
    // Colours are written as six hexadecimal digits: two more make them a wash.
    ...(stacked ? { fill: stroke } : series.area === true ? { fill: `${stroke}1f` } : {}),
  };
}

/** The values that mean something: a wash below the lines, then edges and words above them. */
function drawThresholds(
  plot: uPlot,
  thresholds: readonly Threshold[],
  token: Token,
  pass: "wash" | "words",
): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const [top, bottom] = [bbox.top, bbox.top + bbox.height];
  const place = (value: number | undefined, open: number): number =>
    value === undefined
      ? open
      : Math.min(bottom, Math.max(top, Math.round(plot.valToPos(value, "y", true))));
  ctx.save();
  ctx.font = `${11 * ratio}px ${token("--font")}`;
  ctx.textAlign = "right";
  for (const { from, to, label, tone } of thresholds) {
    const [low, high] = [place(from, bottom), place(to, top)];
    if (pass === "wash") {
      ctx.fillStyle = token(`--${tone}-wash`);
      ctx.fillRect(bbox.left, high, bbox.width, low - high);
      continue;
    }
    ctx.fillStyle = token(`--${tone}`);
    const edges = [...(from === undefined ? [] : [low]), ...(to === undefined ? [] : [high])];
    for (const edge of edges) ctx.fillRect(bbox.left, edge, bbox.width, ratio);
    const isRoomAbove = low - 16 * ratio > top;
    ctx.textBaseline = isRoomAbove ? "bottom" : "top";
    ctx.fillText(label, bbox.left + bbox.width - 4 * ratio, low + (isRoomAbove ? -3 : 3) * ratio);
  }
  ctx.restore();
}

/** Lines at the moments that are pointed out, with their words where there is room. */
function drawMarkers(plot: uPlot, markers: readonly Marker[], token: Token): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  let free = -Infinity;
  ctx.save();
  ctx.font = `${11 * ratio}px ${token("--font")}`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  for (const { atMs, label, tone } of markers.toSorted((one, other) => one.atMs - other.atMs)) {
    const x = Math.round(plot.valToPos(atMs / 1000, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const colour = token(tone === undefined ? "--text-2" : `--${tone}`);
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(label).width;
    const start = Math.min(x + 4 * ratio, bbox.left + bbox.width - width);
    if (start < free) continue;
    ctx.fillText(label, start, bbox.top);
    free = start + width + 8 * ratio;
  }
  ctx.restore();
}

/** The time under the cursor, in the reader's zone and in UTC, beside the cursor. */
function placeTime(plot: uPlot, words: HTMLElement, { locale, t, newest }: Scene): void {
  const { idx, left = -1 } = plot.cursor;
  const atMs = idx === null || idx === undefined ? undefined : newest.current.atMs[idx];
  words.hidden = atMs === undefined || left < 0;
  if (atMs === undefined) return;
  const { min = 0, max = 0 } = plot.scales["x"] ?? {};
  const isLong = (max ?? 0) - (min ?? 0) > 72_000;
  const local = isLong ? format.dateTime(atMs, locale) : format.timeOfDay(atMs, locale);
  words.textContent = t("chart.when", { local, utc: format.exactTime(atMs).slice(11, 19) });
  const room = plot.over.clientWidth - words.offsetWidth;
  words.style.left = `${Math.min(Math.max(0, left - words.offsetWidth / 2), Math.max(0, room))}px`;
}

function selected(plot: uPlot, onRange: PlotProps["onRange"]): void {
  const { left, width } = plot.select;
  const [from, to] = [left, left + width].map((x) => Math.round(plot.posToVal(x, "x") * 1000));
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (from !== undefined && to !== undefined && to > from) onRange?.(from, to);
}

/** From this on the line that is pointed at stands out from the others. */
const manyFrom = 6;

/** Stacked ones begin with the highest, which those below it are drawn over. */
const inOrder = <T,>(all: readonly T[], stacked: boolean): readonly T[] =>
  stacked ? all.toReversed() : all;

function heightOf({ newest }: Scene): uPlot.Scale {
  const { log = false } = newest.current;
  return {
    ...(log ? { distr: 3, log: 10 } : {}),
    range: (_, min, max) => {
      const { unit, thresholds = [] } = newest.current;
      const [least, most] = reachOf(thresholds, min, max);
      if (!log) return heightRange(unit, least, most);
      const low = least !== null && least > 0 ? least : 1;
      return uPlot.rangeLog(low, Math.max(low * 10, most ?? 0), 10, false);
    },
  };
}

function optionsOf(scene: Scene): uPlot.Options {
  const { element, newest } = scene;
  const { series, sync, onRange, stacked = false } = newest.current;
  const token = tokensOf(element);
  const words = document.createElement("div");
  words.className = "chart-when";
  words.hidden = true;
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: onRange !== undefined, y: false, setScale: false, dist: 5 },
      points: { size: 5 },
      ...(series.length > manyFrom ? { focus: { prox: 24 } } : {}),
      ...(sync === undefined ? {} : { sync: { key: sync, setSeries: false } }),
    },
    scales: {
      x: {
        range: (_, min, max) => {
          const { range } = newest.current;
          return range === undefined ? [min, max] : [range.fromMs / 1000, range.toMs / 1000];
        },
      },
      y: heightOf(scene),
    },
    axes: axesOf(scene, token),
    series: [{}, ...inOrder(series, stacked).map((one) => lineOf(one, token, stacked))],
    ...(series.length > manyFrom ? { focus: { alpha: 0.25 } } : {}),
    hooks: {
      init: [(plot) => plot.over.append(words)],
      drawClear: [(plot) => drawThresholds(plot, newest.current.thresholds ?? [], token, "wash")],
      draw: [
        (plot) => drawThresholds(plot, newest.current.thresholds ?? [], token, "words"),
        (plot) => drawMarkers(plot, newest.current.markers ?? [], token),
      ],
      setCursor: [
        (plot) => {
          placeTime(plot, words, scene);
          newest.current.onIndex(plot.cursor.idx ?? undefined);
        },
      ],
      setSelect: [(plot) => selected(plot, newest.current.onRange)],
    },
  };
}

function dataOf({ atMs, series, stacked = false, log = false }: PlotProps): uPlot.AlignedData {
  const own = series.map(({ values }) => (log ? aboveNought(values) : [...values]));
  const values = stacked ? inOrder(stackedValues(series), true) : own;
  return [atMs.map((at) => at / 1000), ...values];
}

/** The canvas of a chart; a chunk of its own. */
export default function Plot(props: PlotProps): ReactNode {
  const { atMs, series, unit, sync, onRange, markers, range, thresholds } = props;
  const { stacked = false, log = false } = props;
  const { locale, t } = usePreferences();
  const look = useLook();
  const canvas = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const newest = useRef(props);
  newest.current = props;
  const lines = series
    .map(({ key, tone, area, bars, dashed }) => [key, tone, area, bars, dashed].join(" "))
    .join();
  const zooms = onRange !== undefined;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const options = optionsOf({ element, locale, t, newest });
    const chart = new uPlot(options, dataOf(newest.current), element);
    plot.current = chart;
    const sizes = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      chart.destroy();
    };
  }, [locale, t, look, lines, unit, sync, zooms, stacked, log]);
  useEffect(
    () => plot.current?.setData(dataOf(newest.current)),
    [atMs, series, markers, thresholds, range?.fromMs, range?.toMs],
  );
  return <div className="chart-canvas" ref={canvas} />;
}
