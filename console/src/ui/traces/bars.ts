import type { Hue } from "../chart/hues.ts";
import type { Stretch } from "./critical.ts";
import type { Ink } from "./ink.ts";
import type { Scope } from "./scope.ts";
import type { SpanEvent, TraceSpan } from "./span.ts";
import type { Tree } from "./tree.ts";

/** How the bars of a waterfall lie: in pixels. */
export interface Lay {
  readonly rowHeight: number;
  /** The height of a bar, and where it begins below the top of its row. */
  readonly barHeight: number;
  readonly barTop: number;
  /** The room for the bars: from here, so wide. */
  readonly left: number;
  readonly width: number;
}

/** What is drawn, and how. */
export interface Bars {
  readonly tree: Tree;
  readonly rows: Int32Array;
  /** The rows that are drawn: from, and up to but without. */
  readonly from: number;
  readonly to: number;
  readonly scope: Scope;
  readonly hues: ReadonlyMap<string, Hue>;
  readonly critical: ReadonlyMap<number, readonly Stretch[]>;
  /** Those that stand out; all others are faint. Undefined: all stand alike. */
  readonly matches: ReadonlySet<number> | undefined;
  readonly lay: Lay;
  readonly ticks: readonly number[];
  readonly words: (durationMs: number) => string;
}

const narrowest = 2;
const faint = 0.28;
/** Moments closer than this are drawn as one. */
const ticksApart = 3;
const ticksMost = 200;

type Context = CanvasRenderingContext2D;

/** A moment as pixels from the left. */
export const placeOf = (atMs: number, { fromMs, toMs }: Scope, { left, width }: Lay): number =>
  left + ((atMs - fromMs) / (toMs - fromMs)) * width;

function drawGrid(context: Context, bars: Bars, ink: Ink): void {
  const { scope, lay, ticks, from, to } = bars;
  // Not through names that stand above their bars.
  const top = Math.max(0, lay.barTop - 7);
  context.fillStyle = ink.of("--line");
  for (const atMs of ticks) {
    const x = Math.round(placeOf(atMs, scope, lay));
    for (let row = 0; row < to - from; row++) {
      context.fillRect(x, row * lay.rowHeight + top, 1, lay.rowHeight - top);
    }
  }
}

/** Where a bar begins and ends; it is seen however short it is. */
function sides(span: TraceSpan, bars: Bars): readonly [number, number] {
  const { scope, lay } = bars;
  const right = lay.left + lay.width;
  const from = placeOf(span.startMs, scope, lay);
  const to = Math.max(from + narrowest, placeOf(span.startMs + span.durationMs, scope, lay));
  return [Math.max(lay.left - 4, from), Math.min(right + 4, to)];
}

/** An arrow at the side that a bar lies beyond. */
function drawBeyond(context: Context, isLeft: boolean, top: number, lay: Lay, ink: Ink): void {
  const x = isLeft ? lay.left + 2 : lay.left + lay.width - 2;
  const turn = isLeft ? 4 : -4;
  const middle = top + lay.barHeight / 2;
  context.strokeStyle = ink.of("--text-3");
  context.lineWidth = 1.25;
  context.beginPath();
  context.moveTo(x + turn, middle - 4);
  context.lineTo(x, middle);
  context.lineTo(x + turn, middle + 4);
  context.stroke();
}

const hatchApart = 6;

/** Slanted lines where nothing is done but waiting. */
function drawHatch(context: Context, { from, to, top }: Bar, { lay }: Bars, colour: string): void {
  const { barHeight } = lay;
  context.save();
  context.beginPath();
  context.rect(from, top, to - from, barHeight);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  // At places of the page, not of the bar: it does not crawl while it grows.
  const first = Math.floor((from - barHeight) / hatchApart) * hatchApart;
  for (let x = first; x < to; x += hatchApart) {
    context.moveTo(x, top + barHeight);
    context.lineTo(x + barHeight, top);
  }
  context.stroke();
  context.restore();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(from + 0.5, top + 0.5, Math.max(1, to - from - 1), barHeight - 1);
}

/** A bar that is filled as far as it is done. */
function drawProgress(context: Context, bar: Bar, share: number, { lay }: Bars): void {
  const { from, to, top } = bar;
  const alpha = context.globalAlpha;
  context.globalAlpha = alpha * 0.3;
  context.fillRect(from, top, to - from, lay.barHeight);
  context.globalAlpha = alpha;
  context.fillRect(from, top, (to - from) * Math.min(1, Math.max(0, share)), lay.barHeight);
}

/** What has not ended has a dotted end. */
function drawOpenEnd(context: Context, { to, top }: Bar, { lay }: Bars, ink: Ink): void {
  context.fillStyle = ink.of("--surface");
  for (let y = top; y < top + lay.barHeight; y += 4) context.fillRect(to - 3, y, 3, 2);
}

interface Bar {
  readonly span: TraceSpan;
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

function drawBody(context: Context, bar: Bar, bars: Bars, ink: Ink): void {
  const { span, from, to, top } = bar;
  const { barHeight } = bars.lay;
  const width = to - from;
  const hue = bars.hues.get(span.service);
  const colour = ink.hue(hue);
  if (span.missing === true) {
    context.strokeStyle = ink.of("--text-3");
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.strokeRect(from + 0.5, top + 0.5, Math.max(1, width - 1), barHeight - 1);
    context.setLineDash([]);
    return;
  }
  context.fillStyle = colour;
  if (span.waits === true) drawHatch(context, bar, bars, colour);
  else if (span.progress !== undefined) drawProgress(context, bar, span.progress, bars);
  else if (hue?.hollow === true && width > 6) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.strokeRect(from + 1, top + 1, width - 2, barHeight - 2);
    const alpha = context.globalAlpha;
    context.globalAlpha = alpha * 0.25;
    context.fillRect(from, top, width, barHeight);
    context.globalAlpha = alpha;
  } else context.fillRect(from, top, width, barHeight);
  if (span.goesOn === true && width > 6) drawOpenEnd(context, bar, bars, ink);
  if (span.status === "error") {
    context.fillStyle = ink.of("--failing");
    context.fillRect(Math.max(from, to - 4), top - 2, Math.min(4, width), barHeight + 4);
  }
}

function drawEvents(
  context: Context,
  events: readonly SpanEvent[],
  top: number,
  bars: Bars,
  ink: Ink,
): void {
  const { scope, lay } = bars;
  let [last, drawn] = [-Infinity, 0];
  for (const { atMs } of events) {
    const x = placeOf(atMs, scope, lay);
    if (x < lay.left || x > lay.left + lay.width || Math.abs(x - last) < ticksApart) continue;
    if (++drawn > ticksMost) return;
    last = x;
    context.fillStyle = ink.of("--surface");
    context.fillRect(x - 2, top - 2, 4, lay.barHeight + 4);
    context.fillStyle = ink.of("--text");
    context.fillRect(x - 1, top - 2, 2, lay.barHeight + 4);
  }
}

/** By how many pixels a span's own clock had put it elsewhere; 0 for what cannot be seen. */
function skewOf({ skewMs = 0 }: TraceSpan, { scope, lay }: Bars): number {
  const by = placeOf(skewMs, scope, lay) - placeOf(0, scope, lay);
  return Math.abs(by) < 2 ? 0 : by;
}

/** Where the span's own clock had put it, as an outline. */
function drawSkew(context: Context, bar: Bar, by: number, { lay }: Bars, ink: Ink): void {
  context.strokeStyle = ink.of("--warning");
  context.lineWidth = 1;
  context.setLineDash([2, 2]);
  const [from, width] = [bar.from + by, bar.to - bar.from];
  context.strokeRect(from + 0.5, bar.top + 0.5, Math.max(1, width - 1), lay.barHeight - 1);
  context.setLineDash([]);
}

function drawCritical(
  context: Context,
  stretches: readonly Stretch[],
  top: number,
  bars: Bars,
  ink: Ink,
): void {
  const { scope, lay } = bars;
  context.fillStyle = ink.of("--text");
  for (const { fromMs, toMs } of stretches) {
    const from = Math.max(lay.left, placeOf(fromMs, scope, lay));
    const to = Math.min(lay.left + lay.width, placeOf(toMs, scope, lay));
    if (to < lay.left || from > lay.left + lay.width) continue;
    context.fillRect(from, top + lay.barHeight + 1, Math.max(1.5, to - from), 2);
  }
}

function drawWords(context: Context, { span, from, to, top }: Bar, bars: Bars, ink: Ink): void {
  const { lay } = bars;
  const words = bars.words(span.durationMs);
  const width = context.measureText(words).width;
  const right = lay.left + lay.width;
  const middle = top + lay.barHeight / 2 + 0.5;
  context.fillStyle = ink.of("--text-2");
  if (to + 6 + width <= right) context.fillText(words, to + 6, middle);
  else if (from - 6 - width >= lay.left) context.fillText(words, from - 6 - width, middle);
  else {
    // No room beside it: on a plate of its own, since hues are no ground for text.
    const x = right - width - 8;
    context.fillStyle = ink.of("--surface");
    context.fillRect(x - 4, top + 0.5, width + 8, lay.barHeight - 1);
    context.fillStyle = ink.of("--text-2");
    context.fillText(words, x, middle);
  }
}

function drawRow(context: Context, row: number, bars: Bars, ink: Ink): void {
  const { tree, rows, lay, scope, critical, matches } = bars;
  const place = rows[row] ?? -1;
  const span = tree.spans[place];
  if (span === undefined) return;
  const top = (row - bars.from) * lay.rowHeight + lay.barTop;
  context.globalAlpha = matches === undefined || matches.has(place) ? 1 : faint;
  if (span.startMs + span.durationMs < scope.fromMs) drawBeyond(context, true, top, lay, ink);
  else if (span.startMs > scope.toMs) drawBeyond(context, false, top, lay, ink);
  else {
    const [from, to] = sides(span, bars);
    const bar: Bar = { span, from, to, top };
    const by = skewOf(span, bars);
    if (by !== 0) drawSkew(context, bar, by, bars, ink);
    drawBody(context, bar, bars, ink);
    drawCritical(context, critical.get(place) ?? [], top, bars, ink);
    drawEvents(context, span.events ?? [], top, bars, ink);
    const reach = { from: from + Math.min(0, by), to: to + Math.max(0, by) };
    drawWords(context, { ...bar, ...reach }, bars, ink);
  }
  context.globalAlpha = 1;
}

/** Draws the bars of some rows, the first of them at the top of the canvas. */
export function drawBars(context: Context, bars: Bars, ink: Ink): void {
  const { lay } = bars;
  context.save();
  context.beginPath();
  context.rect(lay.left, 0, lay.width, (bars.to - bars.from) * lay.rowHeight);
  context.clip();
  context.font = `11px ${ink.font}`;
  context.textBaseline = "middle";
  drawGrid(context, bars, ink);
  for (let row = bars.from; row < bars.to; row++) drawRow(context, row, bars, ink);
  context.restore();
}

/** The event of a span whose tick lies under a place, within 5 pixels. */
export function eventAt(
  events: readonly SpanEvent[],
  x: number,
  scope: Scope,
  lay: Lay,
): SpanEvent | undefined {
  let [found, least]: [SpanEvent | undefined, number] = [undefined, 5];
  for (const event of events.slice(0, 10_000)) {
    const distance = Math.abs(placeOf(event.atMs, scope, lay) - x);
    if (distance <= least) [found, least] = [event, distance];
  }
  return found;
}
