import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { useLive } from "../live.tsx";
import { rangeMs, spanOf, useRange, type Range } from "../range.ts";
import { call } from "./client.ts";
import { useTicking } from "./query.ts";

/** Figures over time: one row of moments, and a row of values for each figure asked for. */
export interface History {
  /** Milliseconds since the epoch. */
  readonly atMs: readonly number[];
  readonly stepMs: number;
  /** When the oldest kept figure was taken: nothing is known of before. */
  readonly sinceMs: number;
  /** Values of `metric` of a node (`queue/mail`); null where nothing was taken. */
  readonly values: (id: string, metric: string) => readonly (number | null)[];
}

const pointsMax = 300;
const ticksMs = 1000;

/** How often a range that ends now is read again: as often as its points come. */
function refreshMs(range: Range): number | undefined {
  if (!("name" in range)) return undefined;
  return Math.max(2 * ticksMs, rangeMs[range.name] / pointsMax);
}

/** The history of figures of nodes over the console's time range, kept up to date while live. */
export function useHistory(
  ids: readonly string[],
  metrics: readonly string[],
): History | undefined {
  const [range] = useRange();
  const { scene } = useLive();
  const input = { ids: ids.join(","), metrics: metrics.join(","), pointsMax };
  const enabled = ids.length > 0 && metrics.length > 0 && scene !== undefined;
  // The server's clock is the one that its figures are kept by.
  const nowMs = useRef(0);
  nowMs.current = scene?.overview.nowMs ?? 0;
  const { data, refetch } = useQuery({
    queryKey: ["api", "/history", input, range],
    queryFn: ({ signal }) =>
      call("get", "/history", { query: { ...input, ...spanOf(range, nowMs.current) } }, signal),
    enabled,
    placeholderData: keepPreviousData,
  });
  useTicking(refreshMs(range), enabled, () => void refetch());
  return useMemo(() => {
    if (data === undefined) return undefined;
    const rows = new Map(data.series.map((one) => [`${one.id} ${one.metric}`, one.values]));
    const none = data.atMs.map(() => null);
    return {
      atMs: data.atMs,
      stepMs: data.stepMs,
      sinceMs: data.sinceMs,
      values: (id, metric) => rows.get(`${id} ${metric}`) ?? none,
    };
  }, [data]);
}
