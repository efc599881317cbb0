import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { useTicking } from "../../api/query.ts";
import { monthSpan } from "./days.ts";
import { goingStatuses, type Run } from "./status.tsx";

type Page = AnswerOf<"/workflow-runs", "get">;

const pageMax = 200;
const pagesMax = 10;
const everyMs = 5000;

/** How the runs of a day ended, or that they have not. */
export interface DayCounts {
  readonly completed: number;
  readonly failed: number;
  readonly stopped: number;
  readonly going: number;
}

export const noCounts: DayCounts = { completed: 0, failed: 0, stopped: 0, going: 0 };

function outcomeOf({ status }: Pick<Run, "status">): keyof DayCounts {
  if (goingStatuses.includes(status)) return "going";
  if (status === "failed") return "failed";
  return status === "completed" || status === "continued" ? "completed" : "stopped";
}

/** Runs by the midnight of the day that they were started on, in the reader's zone. */
export function countsByDay(
  runs: readonly Pick<Run, "status" | "createdAtMs">[],
): ReadonlyMap<number, DayCounts> {
  const days = new Map<number, DayCounts>();
  for (const run of runs) {
    const dayMs = new Date(run.createdAtMs).setHours(0, 0, 0, 0);
    const counts = days.get(dayMs) ?? noCounts;
    const outcome = outcomeOf(run);
    days.set(dayMs, { ...counts, [outcome]: counts[outcome] + 1 });
  }
  return days;
}

/** How many moments lie on each day. */
export function momentsByDay(atMs: readonly number[]): ReadonlyMap<number, number> {
  const days = new Map<number, number>();
  for (const at of atMs) {
    const dayMs = new Date(at).setHours(0, 0, 0, 0);
    days.set(dayMs, (days.get(dayMs) ?? 0) + 1);
  }
  return days;
}

/** The runs of a month, the newest first as far as they are read. */
export function useMonth(workflow: string, month: string) {
  const { fromMs, untilMs } = monthSpan(month);
  const filter = { workflow, fromMs, untilMs };
  const query = useInfiniteQuery<Page, Problem>({
    queryKey: ["api", "/workflow-runs", "month", filter],
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
    getNextPageParam: ({ cursor }, pages) => (pages.length < pagesMax ? cursor : undefined),
  });
  const { data, hasNextPage, isFetching, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  // One page is what a glance costs; a month of many stands until the reader comes again.
  useTicking(everyMs, data?.pages.length === 1, () => void query.refetch());
  const days = useMemo(() => countsByDay((data?.pages ?? []).flatMap(({ runs }) => runs)), [data]);
  const last = data?.pages.at(-1);
  const isCut = data?.pages.length === pagesMax && last?.cursor !== undefined;
  const read = data?.pages.reduce((sum, { runs }) => sum + runs.length, 0) ?? 0;
  return { query, days, read, isCut };
}
