import type { Hue } from "../chart/hues.ts";
import { shown } from "../../i18n/foreign.ts";
import { isWithin, type Flame, type FlameNode } from "./flame.ts";
import type { Ink } from "./ink.ts";

export const flameRow = 22;
const gap = 1;
const narrowest = 0.6;
const wordsFrom = 34;
const faint = 0.3;

/** What a flame graph shows, and what of it stands out. */
export interface FlameScene {
  readonly flame: Flame;
  /** The node that takes the whole width; -1 for all. */
  readonly top: number;
  /** The node that is pointed at or reached; -1 for none. */
  readonly at: number;
  readonly matches: ReadonlySet<number> | undefined;
  readonly hues: ReadonlyMap<string, Hue>;
  readonly width: number;
}

/** Black or white, whichever is read better on a colour written as six hexadecimal digits. */
export function inkOn(colour: string): "#000000" | "#ffffff" {
  const part = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const light = 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
  return (light + 0.05) ** 2 > 0.05 * 1.05 ? "#000000" : "#ffffff";
}

/** The part of the scale that is in sight. */
export function flameScope({ flame, top }: Pick<FlameScene, "flame" | "top">): {
  readonly fromMs: number;
  readonly lengthMs: number;
} {
  const { fromMs, totalMs } = flame.nodes[top] ?? { fromMs: 0, totalMs: flame.totalMs };
  return { fromMs, lengthMs: Math.max(1e-9, totalMs) };
}

/** A text cut to a width, by halving. */
function cut(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low)}…`;
}

function drawNode(
  context: CanvasRenderingContext2D,
  node: FlameNode,
  [from, to]: readonly [number, number],
  ink: Ink,
  hue: Hue | undefined,
): void {
  const top = node.depth * flameRow;
  const width = Math.max(narrowest, to - from - gap);
  const colour = ink.hue(hue);
  context.fillStyle = colour;
  context.fillRect(from, top, width, flameRow - gap);
  if (hue?.hollow === true && width > 8) {
    context.strokeStyle = inkOn(colour);
    context.lineWidth = 1;
    context.strokeRect(from + 2.5, top + 2.5, width - 5, flameRow - gap - 5);
  }
  if (node.errors > 0) {
    context.fillStyle = ink.of("--surface");
    context.fillRect(from, top + flameRow - gap - 5, width, 5);
    context.fillStyle = ink.of("--failing");
    context.fillRect(from, top + flameRow - gap - 4, width, 4);
  }
  if (width < wordsFrom) return;
  context.fillStyle = inkOn(colour);
  const words = cut(context, shown(node.name, 120), width - 10);
  context.fillText(words, from + 5, top + (flameRow - gap) / 2);
}

/** Draws all that is wide enough to be seen. */
export function drawFlame(context: CanvasRenderingContext2D, scene: FlameScene, ink: Ink): void {
  const { flame, top, at, matches, hues, width } = scene;
  const { fromMs, lengthMs } = flameScope(scene);
  const place = (ms: number): number =>
    Math.min(width, Math.max(0, ((ms - fromMs) / lengthMs) * width));
  context.font = `11px ${ink.font}`;
  context.textBaseline = "middle";
  for (let index = 0; index < flame.nodes.length;) {
    const node = flame.nodes[index];
    if (node === undefined) break;
    const [from, to] = [place(node.fromMs), place(node.fromMs + node.totalMs)];
    if (to - from < narrowest / 2) {
      index = node.end;
      continue;
    }
    const isAbove = top >= 0 && !isWithin(flame, index, top);
    const isFaint = isAbove || (matches !== undefined && !matches.has(index));
    context.globalAlpha = isFaint ? faint : 1;
    drawNode(context, node, [from, to], ink, hues.get(node.service));
    context.globalAlpha = 1;
    if (index === at) {
      context.strokeStyle = ink.of("--text");
      context.lineWidth = 2;
      context.strokeRect(
        from + 1,
        node.depth * flameRow + 1,
        Math.max(1, to - from - 2 - gap),
        flameRow - gap - 2,
      );
    }
    index++;
  }
}
