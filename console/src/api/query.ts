import {
  keepPreviousData,
  useMutation,
  useQuery,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useLive } from "../live.tsx";
import { call, type AnswerOf, type InputOf, type PathOf } from "./client.ts";
import type { Problem } from "./problem.ts";
import type { paths } from "./schema.ts";

/** How a page keeps what it has read. */
export interface ReadOptions {
  readonly enabled?: boolean;
  /** While the page is live: read again this often, as the stream ticks. */
  readonly everyMs?: number;
  /** Shows what the last input gave until the next one's answer is there. */
  readonly keep?: boolean;
}

/** The key of a query: its first member's first segment is what actions make stale. */
const keyOf = (path: string, input: object): readonly unknown[] => ["api", path, input];

/** Reads one resource of the platform's API and keeps it fresh: on actions of anybody, and live. */
export function useApi<P extends PathOf<"get">>(
  path: P,
  input: InputOf<P, "get">,
  { enabled = true, everyMs, keep = false }: ReadOptions = {},
): UseQueryResult<AnswerOf<P, "get">, Problem> {
  const result = useQuery<AnswerOf<P, "get">, Problem>({
    queryKey: keyOf(path, input),
    queryFn: ({ signal }) => call("get", path, input, signal),
    enabled,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
  useTicking(everyMs, enabled, () => void result.refetch());
  return result;
}

/** Runs at most once in `everyMs`, as long as the stream ticks and the page is not held. */
export function useTicking(everyMs: number | undefined, enabled: boolean, run: () => void): void {
  const { scene, connection, pausedAtMs } = useLive();
  const lastMs = useRef(0);
  const heardAtMs = scene?.heardAtMs ?? 0;
  const going = enabled && connection.phase === "live" && pausedAtMs === undefined;
  useEffect(() => {
    if (everyMs === undefined || !going || heardAtMs - lastMs.current < everyMs) return;
    const first = lastMs.current === 0;
    lastMs.current = heardAtMs;
    if (!first && document.visibilityState === "visible") run();
    // `run` is new each time and is meant to be the latest.
  }, [everyMs, going, heardAtMs]);
}

/** Calls one changing operation; its failure is a Problem. */
export function useAct<P extends keyof paths, M extends "post" | "put" | "delete">(
  method: M,
  path: P,
): UseMutationResult<AnswerOf<P, M>, Problem, InputOf<P, M>> {
  return useMutation<AnswerOf<P, M>, Problem, InputOf<P, M>>({
    mutationFn: (input) => call(method, path, input),
  });
}
