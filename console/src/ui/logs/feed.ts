import type { LogLine } from "./line.ts";

/** Lines by their numbers, which go on from the first that ever came. */
export interface Lines {
  readonly first: number;
  /** The number after the last. */
  readonly end: number;
  at(number: number): LogLine | undefined;
}

/** Lines as they come. The oldest go when there are too many; how many came is not forgotten. */
export interface LogFeed extends Lines {
  push(lines: readonly LogLine[]): void;
  clear(): void;
  /** Is called once a frame at most, however many lines came. */
  readonly subscribe: (changed: () => void) => () => void;
}

/** Lines that are kept if nothing else is said. */
export const linesKept = 20_000;

/**
 * Makes an empty feed.
 * @param linesMax lines that are kept
 * @param nextFrame runs once before the next picture
 */
export function makeLogFeed(
  linesMax: number = linesKept,
  nextFrame: (run: () => void) => void = requestAnimationFrame,
): LogFeed {
  let ring: (LogLine | undefined)[] = Array.from({ length: linesMax });
  let end = 0;
  let first = 0;
  let isAsked = false;
  const readers = new Set<() => void>();
  const changed = (): void => {
    if (isAsked) return;
    isAsked = true;
    nextFrame(() => {
      isAsked = false;
      for (const reader of readers) reader();
    });
  };
  return {
    get first() {
      return first;
    },
    get end() {
      return end;
    },
    at: (number) => (number >= first && number < end ? ring[number % linesMax] : undefined),
    push(lines) {
      // Of more than is kept, only the last are written.
      const skipped = Math.max(0, lines.length - linesMax);
      end += skipped;
      for (let at = skipped; at < lines.length; at++) ring[end++ % linesMax] = lines[at];
      first = Math.max(first, end - linesMax);
      changed();
    },
    clear() {
      ring = Array.from({ length: linesMax });
      first = end;
      changed();
    },
    subscribe(reader) {
      readers.add(reader);
      return () => readers.delete(reader);
    },
  };
}

/** Lines that stay as they are: an answer, or a feed at one moment. */
export function stillLines(lines: readonly (LogLine | undefined)[], first: number = 0): Lines {
  return { first, end: first + lines.length, at: (number) => lines[number - first] };
}

/** What a feed holds now, whatever comes after. */
export function heldLines(feed: Lines): Lines {
  const { first, end } = feed;
  return stillLines(
    Array.from({ length: end - first }, (_, at) => feed.at(first + at)),
    first,
  );
}
