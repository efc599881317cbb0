import { useLayoutEffect, useRef, type ReactNode } from "react";
import * as format from "../../i18n/format.ts";
import { useLook } from "../chart/look.ts";
import { drawBars, type Lay } from "./bars.ts";
import { cleared, inkOf, type Ink } from "./ink.ts";
import type { Sight } from "./sight.ts";
import type { Waterfall as State } from "./state.ts";
import { useText } from "./text.ts";

/** The canvas of the bars: over the rows that are drawn, and moved with them. */
export function Canvas({
  state,
  sight,
  lay,
  ticks,
}: {
  state: State;
  sight: Sight;
  lay: Lay;
  ticks: readonly number[];
}): ReactNode {
  const { locale } = useText();
  const look = useLook();
  const canvas = useRef<HTMLCanvasElement>(null);
  const ink = useRef<{ readonly look: number; readonly colours: Ink }>(undefined);
  const { tree, rows, scope, hues, shownCritical, matches, text } = state;
  const height = Math.max(1, (sight.to - sight.from) * lay.rowHeight);
  useLayoutEffect(() => {
    const context = canvas.current && cleared(canvas.current, lay.width, height);
    if (canvas.current === null || context === null) return;
    if (ink.current?.look !== look) ink.current = { look, colours: inkOf(canvas.current) };
    const bars = {
      tree,
      rows,
      ...sight,
      scope,
      hues,
      critical: shownCritical,
      lay: { ...lay, left: 0 },
      matches: text.trim() === "" ? undefined : matches,
      ticks: ticks.map((one) => one + tree.fromMs),
      words: (ms: number) => format.duration(ms, locale),
    };
    drawBars(context, bars, ink.current.colours);
  });
  return (
    <canvas
      ref={canvas}
      className="span-bars"
      aria-hidden="true"
      style={{ top: sight.from * lay.rowHeight, left: lay.left, width: lay.width, height }}
    />
  );
}
