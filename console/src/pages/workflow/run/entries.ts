import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { useTicking } from "../../../api/query.ts";
import { browserClock } from "../../../clock.ts";
import { useLive } from "../../../live.tsx";
import { hasEnded, type RunDetail } from "../status.tsx";
import { placesOf, type Entry, type Place } from "./places.ts";

type Page = AnswerOf<"/workflow-runs/{id}/entries", "get">;

/** What is drawn first is small; what follows is as large as the API allows. */
const firstMax = 1000;
const pageMax = 5000;
const everyMs = 1000;
const calmFactor = 5;
/** Histories of more entries are drawn as far as they were read, not as far as it is now. */
const movingMax = 2000;
const movesMs = 1000;

/** The history of a run, as far as it was read. */
export interface History {
  readonly entries: readonly Entry[];
  readonly places: readonly Place[];
  /** Entries that were read, of which all are shown once there are no more. */
  readonly read: number;
  readonly isWhole: boolean;
  readonly problem: Problem | null;
  readonly retry: () => void;
  /** By the server's clock: until when what goes on is drawn. */
  readonly untilMs: number;
}

/** Reads all pages, and reads them again when the run went on. */
function usePages(run: RunDetail) {
  const { id } = run;
  const query = useInfiniteQuery<Page, Problem>({
    // Not of the API's answers: an action on another run must not read 50,000 entries again.
    queryKey: ["run-entries", id],
    queryFn: ({ pageParam, signal }) => {
      const after = pageParam as string | undefined;
      const limit = after === undefined ? firstMax : pageMax;
      return call(
        "get",
        "/workflow-runs/{id}/entries",
        { path: { id }, query: { limit, after } },
        signal,
      );
    },
    initialPageParam: undefined,
    getNextPageParam: ({ after }) => after,
    // Comparing 50,000 entries costs more than drawing them.
    structuralSharing: false,
    staleTime: Infinity,
  });
  const { data, hasNextPage, isFetching, fetchNextPage, refetch } = query;
  const pages = data?.pages.length ?? 0;
  const isWhole = data !== undefined && !hasNextPage;
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const ended = hasEnded(run);
  const again = (): void => void refetch({ cancelRefetch: false });
  // The more there is to read, the more rarely it is read again; what waits seldom has news.
  const calm = pages > 1 && run.status !== "running" ? calmFactor : 1;
  useTicking(everyMs * pages * calm, isWhole && !ended && !isFetching, again);
  const wasGoing = useRef(!ended);
  useEffect(() => {
    if (ended && wasGoing.current) again();
    wasGoing.current = !ended;
  }, [ended]);
  return { query, isWhole, again };
}

/** The history of a run, live while it goes on. */
export function useHistoryOf(run: RunDetail): History | undefined {
  const { query, isWhole, again } = usePages(run);
  const { scene, pausedAtMs } = useLive();
  const { data, dataUpdatedAt, error } = query;
  const ended = hasEnded(run);
  const pages = data?.pages;
  const read = pages?.reduce((sum, { entries }) => sum + entries.length, 0) ?? 0;
  const entries = useMemo(() => {
    // Between the first page and the whole nothing is drawn anew with each page.
    const shown = isWhole ? pages : pages?.slice(0, 1);
    return shown?.flatMap((page) => page.entries);
  }, [isWhole ? pages : pages?.[0], isWhole]);
  const nowMs = scene?.overview.nowMs ?? browserClock.nowMs();
  const isMoving = !ended && read <= movingMax && pausedAtMs === undefined;
  const beat = isMoving ? Math.floor(nowMs / movesMs) : 0;
  const untilMs = useMemo(
    () => run.endedAtMs ?? nowMs,
    // Not with every tick of a long history.
    [run.endedAtMs, beat, dataUpdatedAt],
  );
  const places = useMemo(
    () => (entries === undefined ? undefined : placesOf(entries, untilMs, ended)),
    [entries, untilMs, ended],
  );
  if (entries === undefined || places === undefined) {
    return error === null
      ? undefined
      : {
          entries: [],
          places: [],
          read: 0,
          isWhole: false,
          problem: error,
          retry: again,
          untilMs,
        };
  }
  return { entries, places, read, isWhole, problem: error, retry: again, untilMs };
}
