import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { useTicking } from "../../api/query.ts";
import { browserClock } from "../../clock.ts";
import { useLive } from "../../live.tsx";
import { filterOf, type RunsFilter, type RunsView } from "./search.ts";
import type { Run } from "./status.tsx";

type Page = AnswerOf<"/workflow-runs", "get">;

const pageMax = 100;
const everyMs = 2000;
/** A search that ends now stands still so long: it is not asked for anew each second. */
const stillMs = 60_000;

/** The search that an address means, the same object as long as it means the same. */
export function useFilter(view: Partial<RunsView>, workflow: string | undefined): RunsFilter {
  const { scene } = useLive();
  const nowMs = scene?.overview.nowMs ?? browserClock.nowMs();
  const beatMs = Math.floor(nowMs / stillMs) * stillMs;
  const { look, q, since, day } = view;
  return useMemo(
    () =>
      filterOf(
        {
          ...(look === undefined ? {} : { look }),
          ...(q === undefined ? {} : { q }),
          ...(since === undefined ? {} : { since }),
          ...(day === undefined ? {} : { day }),
        },
        beatMs,
        workflow,
      ),
    // A search without a length of time does not move with the time.
    [look, q, since, day, workflow, since === undefined ? 0 : beatMs],
  );
}

/**
 * The runs that a search finds, newest first, page by page. The first page is kept fresh; once the
 * reader has asked for more nothing moves until `refetch`.
 */
export function useRuns(filter: RunsFilter) {
  const query = useInfiniteQuery<Page, Problem>({
    queryKey: ["api", "/workflow-runs", filter],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam as string | undefined;
      return call(
        "get",
        "/workflow-runs",
        { query: { ...filter, cursor, limit: pageMax } },
        signal,
      );
    },
    initialPageParam: undefined,
    getNextPageParam: ({ cursor }) => cursor,
    placeholderData: keepPreviousData,
  });
  const isFirst = (query.data?.pages.length ?? 1) === 1;
  useTicking(everyMs, isFirst, () => void query.refetch());
  const pages = query.data?.pages;
  const runs = useMemo(() => {
    // A page that moved while the next one was read has the same run twice.
    const seen = new Map<string, Run>();
    for (const page of pages ?? []) for (const run of page.runs) seen.set(run.id, run);
    return pages === undefined ? undefined : [...seen.values()];
  }, [pages]);
  return { query, isFirst, runs };
}
