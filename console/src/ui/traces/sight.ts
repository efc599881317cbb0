import { useCallback, useLayoutEffect, useState, type RefObject } from "react";

/** Rows that are drawn: from, and up to but without. */
export interface Sight {
  readonly from: number;
  readonly to: number;
}

/** Rows drawn beyond each edge, and by how many they move at once: not every step draws anew. */
const beyond = 8;
const step = 6;

/** The rows to draw for a place scrolled to. */
export function sightOf(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
): Sight {
  const first = Math.floor(scrollTop / rowHeight);
  const last = Math.ceil((scrollTop + height) / rowHeight);
  return {
    from: Math.max(0, Math.floor((first - beyond) / step) * step),
    to: Math.min(count, Math.ceil((last + beyond) / step) * step),
  };
}

/** Which rows of a scrolled list are to be drawn. */
export function useSight(
  scroller: RefObject<HTMLElement | null>,
  rowHeight: number,
  count: number,
): Sight {
  const [sight, setSight] = useState<Sight>({ from: 0, to: Math.min(count, 48) });
  const look = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    const next = sightOf(element.scrollTop, element.clientHeight, rowHeight, count);
    setSight((old) => (old.from === next.from && old.to === next.to ? old : next));
  }, [scroller, rowHeight, count]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [look]);
  return { from: Math.min(sight.from, count), to: Math.min(sight.to, count) };
}

/** Scrolls so that a row is in sight, below a head that stays; to the middle if it was far off. */
export function showRow(
  element: HTMLElement,
  row: number,
  rowHeight: number,
  headHeight: number,
): void {
  const [top, bottom] = [row * rowHeight, (row + 1) * rowHeight];
  const room = element.clientHeight - headHeight;
  const { scrollTop } = element;
  if (top >= scrollTop && bottom <= scrollTop + room) return;
  const isFar = top < scrollTop - room || bottom > scrollTop + 2 * room;
  if (isFar) element.scrollTop = top - room / 2;
  else element.scrollTop = top < scrollTop ? top : bottom - room;
}

/** The width of an element, told anew when it changes. */
export function useWidthOf(element: HTMLElement | null): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (element === null) return undefined;
    setWidth(element.clientWidth);
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [element]);
  return width;
}
