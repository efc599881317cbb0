import { useEffect, useState } from "react";

/** What is large waits at most so long for an idle moment, milliseconds. */
const waitMsMax = 2000;

/**
 * Becomes true at the first idle moment after the page stands: what is large and not needed to act
 * (a map, a chart) is loaded and drawn then.
 */
export function useIdle(): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const asked = requestIdleCallback(() => setIdle(true), { timeout: waitMsMax });
    return () => cancelIdleCallback(asked);
  }, []);
  return idle;
}
