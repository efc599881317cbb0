import {
  useCallback,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type RefObject,
} from "react";
import { heldLines, type Lines, type LogFeed } from "./feed.ts";
import type { Heights } from "./heights.ts";

const still = (): (() => void) => () => {};

/** What of a feed is shown: what comes, or what was there when the reader stopped. */
export interface Following {
  readonly lines: Lines;
  readonly isFollowing: boolean;
  /** How many came since the reader stopped. */
  readonly fresh: number;
  readonly hold: () => void;
  readonly follow: () => void;
}

/** Follows a feed until it is held. */
export function useFollowing(feed: LogFeed | undefined, paused: boolean): Following {
  useSyncExternalStore(feed?.subscribe ?? still, () =>
    feed === undefined ? "" : `${feed.first} ${feed.end}`,
  );
  const [held, setHeld] = useState<Lines>();
  const hold = useCallback(() => {
    if (feed !== undefined) setHeld((old) => old ?? heldLines(feed));
  }, [feed]);
  const [byPause, setByPause] = useState(false);
  if (paused && held === undefined && feed !== undefined) {
    setHeld(heldLines(feed));
    setByPause(true);
  }
  // What only the page held goes on with the page; what the reader held stays.
  if (!paused && byPause) {
    setHeld(undefined);
    setByPause(false);
  }
  const lines = held ?? feed ?? { first: 0, end: 0, at: () => undefined };
  return {
    lines,
    isFollowing: feed !== undefined && held === undefined,
    fresh: feed === undefined || held === undefined ? 0 : feed.end - held.end,
    hold,
    follow: () => !paused && setHeld(undefined),
  };
}

/** Lines drawn beyond each edge, and by how many what is drawn moves at once. */
const beyond = 8;
const step = 4;

interface Place {
  readonly top: number;
  readonly height: number;
}

/** The numbers of the lines to draw: from, and up to but without. */
export interface LogSight {
  readonly from: number;
  readonly to: number;
}

function sightOf(lines: Lines, heights: Heights, place: Place): LogSight {
  const { first, end } = lines;
  const from = heights.at(first, end, place.top);
  const to = heights.at(first, end, place.top + place.height) + 1;
  return { from: Math.max(first, from - beyond), to: Math.min(end, to + beyond) };
}

/**
 * Which lines are to be drawn: the last of a feed that is followed, else those that are scrolled
 * to. Scrolling up stops the feed, scrolling down to its end goes on.
 */
export function useLogSight(
  scroller: RefObject<HTMLElement | null>,
  heights: Heights,
  { lines, isFollowing, hold, follow }: Following,
): LogSight {
  const [place, setPlace] = useState<Place>({ top: 0, height: 640 });
  const wasAbove = useRef(false);
  const newest = useRef({ isFollowing, hold, follow });
  newest.current = { isFollowing, hold, follow };
  const { rowHeight } = heights;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    let before = element.scrollTop;
    const look = (): void => {
      const { scrollTop, clientHeight, scrollHeight } = element;
      const left = scrollHeight - clientHeight - scrollTop;
      const isAtEnd = left < rowHeight / 2;
      const now = newest.current;
      if (left > 2 && scrollTop < before - 1 && now.isFollowing) now.hold();
      if (isAtEnd && wasAbove.current && scrollTop > before && !now.isFollowing) now.follow();
      wasAbove.current = !isAtEnd;
      before = scrollTop;
      const by = rowHeight * step;
      const next = { top: Math.floor(scrollTop / by) * by, height: clientHeight + by };
      setPlace((old) => (old.top === next.top && old.height === next.height ? old : next));
    };
    // A wheel moves softly: the first step is so small that the next line would undo it.
    const wheel = ({ deltaY }: WheelEvent): void => {
      if (deltaY < 0 && element.scrollTop > 0) newest.current.hold();
    };
    // On the list itself, not on a line: its bar is dragged. By touch every line may be.
    const press = ({ target, pointerType }: PointerEvent): void => {
      if (target === element || pointerType === "touch") newest.current.hold();
    };
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    element.addEventListener("wheel", wheel, { passive: true });
    element.addEventListener("pointerdown", press);
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", look);
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", press);
    };
  }, [rowHeight]);
  const total = heights.between(lines.first, lines.end);
  const top = isFollowing ? Math.max(0, total - place.height) : place.top;
  return sightOf(lines, heights, { top, height: place.height });
}
