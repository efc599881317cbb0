import { useMemo } from "react";
import { browserClock } from "../../../clock.ts";
import { useLive } from "../../../live.tsx";
import { spanOf, useRange, type Range } from "../../../range.ts";
import type { Span } from "./frame.ts";

const second = 1000;

/** What is younger may still be on its way: a chart would end in a drop. */
const arrivingMs = 2 * second;

/** How long a span that ends now stands still: a point of a chart wide, 5 s to 1 min. */
const stillOf = (lengthMs: number): number =>
  Math.min(60 * second, Math.max(5 * second, Math.round(lengthMs / 120 / second) * second));

/** The console's time range; while it ends now it moves on as far as a chart can show. */
export function useSpan(): readonly [Span, (range: Range) => void] {
  const [range, setRange] = useRange();
  const { scene, pausedAtMs } = useLive();
  const nowMs = pausedAtMs ?? scene?.heardAtMs ?? browserClock.nowMs();
  const { fromMs, toMs } = spanOf(range, nowMs);
  const stillMs = stillOf(toMs - fromMs);
  const endMs = "name" in range ? Math.floor((nowMs - arrivingMs) / stillMs) * stillMs : toMs;
  const span = useMemo(() => spanOf(range, endMs), [range, endMs]);
  return [span, setRange];
}
