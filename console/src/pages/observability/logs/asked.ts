import { useMemo } from "react";
import { browserClock } from "../../../clock.ts";
import { useLive } from "../../../live.tsx";
import { spanOf, useRange, type Range } from "../../../range.ts";

/** A range as the API takes it: one that ends now says only how far back it goes. */
export interface AskedSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How long a range that ends now stands still: an answer is not asked for anew each time. */
const stillMs = 5000;

/** The console's time range in milliseconds; while it ends now it moves on every few seconds. */
export function useSpan(): readonly [AskedSpan, (range: Range) => void] {
  const [range, setRange] = useRange();
  const { scene, pausedAtMs } = useLive();
  const beat = Math.floor((pausedAtMs ?? scene?.heardAtMs ?? browserClock.nowMs()) / stillMs);
  const span = useMemo(() => spanOf(range, (beat + 1) * stillMs), [range, beat]);
  return [span, setRange];
}
