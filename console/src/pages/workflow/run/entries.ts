import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { call } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { useTicking } from "../../../api/query.ts";
import { browserClock } from "../../../clock.ts";
import { useLive } from "../../../live.tsx";
import { hasEnded, type RunDetail } from "../status.tsx";
import { changed, longer, type EntryLog } from "./log.ts";
import { placesOf, type Entry, type Place } from "./places.ts";

/** Of a short history all is read at once; what follows is as large as the API allows. */
const firstMax = 1000;
const pageMax = 5000;
const everyMs = 1000;
/** Histories of more entries are drawn as far as they were read, not as far as it is now. */
const movingMax = 2000;
const movesMs = 1000;
/** A long history is forgotten soon after its page was left. */
const keptMs = 30_000;

const keyOf = (id: string): readonly string[] => ["run-entries", id];

/** What of a run tells that something was recorded. */
const printOf = ({ entries, place, status, wakeAtMs }: RunDetail): string =>
  [entries, place, status, wakeAtMs].join(" ");

interface Asked {
  readonly limit: number;
  readonly values?: "false";
  readonly changedAfter?: number;
}

/** Pages of a run's entries, one after the other. */
async function* pages(id: string, first: Asked, rest: Asked, signal: AbortSignal) {
  let after: string | undefined;
  do {
    const query = { ...(after === undefined ? first : rest), after };
    const input = { path: { id }, query };
    const page = await call("get", "/workflow-runs/{id}/entries", input, signal);
    after = page.after;
    yield { entries: page.entries, isLast: after === undefined };
  } while (after !== undefined);
}

/** Reads all; the first page is shown at once, how far the rest is too. */
async function readAll(id: string, client: QueryClient, signal: AbortSignal): Promise<EntryLog> {
  const rest: Asked = { limit: pageMax, values: "false" };
  let log: EntryLog = { entries: [], place: 0, isWhole: false, hasValues: true };
  for await (const { entries, isLast } of pages(id, { limit: firstMax }, rest, signal)) {
    const hasValues = log.entries.length === 0 && isLast;
    log = { ...longer(log, entries), isWhole: isLast, hasValues };
    if (!isLast) client.setQueryData<EntryLog>(keyOf(id), log);
  }
  return log;
}

/** Reads what ended since, and what is open. */
async function readOn(id: string, log: EntryLog, signal: AbortSignal): Promise<EntryLog> {
  const asked: Asked = {
    limit: pageMax,
    changedAfter: log.place,
    ...(log.hasValues ? {} : { values: "false" as const }),
  };
  const changes: Entry[] = [];
  for await (const { entries } of pages(id, asked, asked, signal)) changes.push(...entries);
  return changed(log, changes);
}

/** The history of a run, as far as it was read. */
export interface History {
  readonly entries: readonly Entry[];
  readonly places: readonly Place[];
  /** Entries that were read, of which all are shown once there are no more. */
  readonly read: number;
  readonly isWhole: boolean;
  readonly hasValues: boolean;
  readonly problem: Problem | null;
  readonly retry: () => void;
  /** By the server's clock: until when what goes on is drawn. */
  readonly untilMs: number;
}

/** Reads the history, and what changed in it when the run went on. */
function useLog(run: RunDetail) {
  const { id, status } = run;
  const client = useQueryClient();
  const print = printOf(run);
  const readAt = useRef<string>(undefined);
  const query = useQuery<EntryLog, Problem>({
    // Not of the API's answers: an action on another run must not read 50,000 entries again.
    queryKey: keyOf(id),
    queryFn: ({ signal }) => {
      readAt.current = print;
      const before = client.getQueryData<EntryLog>(keyOf(id));
      return before?.isWhole === true ? readOn(id, before, signal) : readAll(id, client, signal);
    },
    // Comparing 50,000 entries costs more than drawing them.
    structuralSharing: false,
    staleTime: 0,
    gcTime: keptMs,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const { data, isFetching, refetch } = query;
  const ended = hasEnded(run);
  const again = (): void => void refetch({ cancelRefetch: false });
  const isBehind = readAt.current !== print || status === "running";
  useTicking(everyMs, data?.isWhole === true && !ended && isBehind && !isFetching, again);
  // What ended meanwhile is read at once, also where the page is held.
  useEffect(() => {
    if (ended && readAt.current !== undefined && readAt.current !== print) again();
  }, [ended, print, isFetching]);
  return { query, again };
}

/** The history of a run, live while it goes on. */
export function useHistoryOf(run: RunDetail): History | undefined {
  const { query, again } = useLog(run);
  const { scene, pausedAtMs } = useLive();
  const { data: log, dataUpdatedAt, error } = query;
  const ended = hasEnded(run);
  const read = log?.entries.length ?? 0;
  const isWhole = log?.isWhole === true;
  // Between the first page and the whole nothing is drawn anew with each page.
  const first = useRef<readonly Entry[]>(undefined);
  if (isWhole) first.current = undefined;
  else first.current ??= log?.entries;
  const entries = isWhole ? log.entries : first.current;
  const nowMs = scene?.overview.nowMs ?? browserClock.nowMs();
  const isMoving = !ended && read <= movingMax && pausedAtMs === undefined;
  const beat = isMoving ? Math.floor(nowMs / movesMs) : 0;
  const untilMs = useMemo(
    () => run.endedAtMs ?? nowMs,
    // Not with every tick of a long history.
    [run.endedAtMs, beat, isWhole ? dataUpdatedAt : 0],
  );
  const places = useMemo(
    () => (entries === undefined ? undefined : placesOf(entries, untilMs, ended)),
    [entries, untilMs, ended],
  );
  const known = { read, isWhole, hasValues: log?.hasValues ?? true, problem: error };
  if (entries === undefined || places === undefined) {
    if (error === null) return undefined;
    return { ...known, entries: [], places: [], retry: again, untilMs };
  }
  return { ...known, entries, places, retry: again, untilMs };
}
