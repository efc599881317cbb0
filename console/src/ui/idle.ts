import { useEffect, useState } from "react";
import { browserClock } from "../clock.ts";

/** What is large waits at most so long for an idle moment, milliseconds. */
const waitMsMax = 2000;
/** Safari tells no idle moment: by then the page stands there too. */
const standsMs = 300;

/** Runs at the first idle moment; the answer cancels it. */
export function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback !== "function") return browserClock.after(standsMs, run);
  const asked = requestIdleCallback(run, { timeout: waitMsMax });
  return () => cancelIdleCallback(asked);
}

/**
 * Becomes true at the first idle moment after the page stands: what is large and not needed to act
 * (a map, a chart) is loaded and drawn then.
 */
export function useIdle(): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => whenIdle(() => setIdle(true)), []);
  return idle;
}
