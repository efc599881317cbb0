import { useLayoutEffect, useState, type RefObject } from "react";
import type { Following, LogSight } from "./follow.ts";
import type { Heights } from "./heights.ts";

/** Reads how high the rows are that are drawn; the answer is how far those above have moved. */
function measure(
  element: HTMLElement,
  heights: Heights,
  above: number,
): { readonly changed: boolean; readonly moved: number } {
  let [changed, moved] = [false, 0];
  for (const item of element.querySelectorAll<HTMLElement>(".log-item")) {
    const number = Number(item.dataset["number"]);
    const change = heights.set(number, item.offsetHeight);
    changed ||= change !== 0;
    if (number < above) moved += change;
  }
  return { changed, moved };
}

/**
 * Knows how high rows are that are wrapped or open, and holds what is in sight where it is when
 * those above it turn out to be higher, or are closed. A feed that is followed stays at its end.
 */
export function useMeasured(
  scroller: RefObject<HTMLElement | null>,
  heights: Heights,
  { lines, isFollowing }: Following,
  sight: LogSight,
  wrap: boolean,
  open: ReadonlySet<string>,
): void {
  const [, again] = useState(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const { first, end } = lines;
    const above = heights.at(first, end, element.scrollTop);
    if (wrap || open.size > 0) {
      const { changed, moved } = measure(element, heights, above);
      heights.forget(first);
      if (moved !== 0 && !isFollowing) element.scrollTop += moved;
      if (changed) again((count) => count + 1);
    } else if (!heights.isAlike()) {
      const before = heights.between(first, above);
      heights.clear();
      if (!isFollowing) element.scrollTop += heights.between(first, above) - before;
      again((count) => count + 1);
    }
    if (isFollowing) element.scrollTop = element.scrollHeight;
  }, [lines, lines.end, sight.from, sight.to, wrap, open, isFollowing, heights]);
}
