import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { call, type AnswerOf } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { useApi, useTicking } from "../../../api/query.ts";
import { useRef } from "react";
import type { Message } from "./data.ts";
import type { QueueView } from "./view.ts";

type Page = AnswerOf<"/queues/{name}/messages", "get">;

const pageMax = 100;
/** What a row can show of a body, and copies of it are worth; a drawer reads the whole. */
const bodyMax = 2000;
const everyMs = 2000;

/**
 * The messages of a queue, looked at without receiving them, page by page. The first page is kept
 * fresh; once the reader has asked for more nothing moves until `refetch`.
 */
export function usePeek(
  name: string,
  { state, q, group }: Partial<Pick<QueueView, "state" | "q" | "group">>,
) {
  const filters = { state, contains: q, group };
  const query = useInfiniteQuery<Page, Problem>({
    queryKey: ["api", "/queues/{name}/messages", name, filters],
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam as string | undefined;
      const asked = { ...filters, cursor, limit: pageMax, bodyMax };
      return call("get", "/queues/{name}/messages", { path: { name }, query: asked }, signal);
    },
    initialPageParam: undefined,
    getNextPageParam: ({ cursor }) => cursor,
    placeholderData: keepPreviousData,
  });
  const isFirst = (query.data?.pages.length ?? 1) === 1;
  useTicking(everyMs, isFirst, () => void query.refetch());
  // A page that moved while the next one was read has the same message twice.
  const seen = new Map<string, Message>();
  for (const page of query.data?.pages ?? []) {
    for (const message of page.messages) seen.set(message.id, message);
  }
  const messages = query.data === undefined ? undefined : [...seen.values()];
  return { query, isFirst, messages };
}

/**
 * One message as it is now. Once it is gone: as it was when it was last seen, by a list at least.
 */
export function useMessage(name: string, id: string, listed: Message | undefined) {
  const query = useApi(
    "/queues/{name}/messages",
    { path: { name }, query: { id, limit: 1 } },
    { everyMs },
  );
  const isWhole = listed !== undefined && listed.body.length === listed.bodyLength;
  const last = useRef(isWhole ? listed : undefined);
  const found = query.data?.messages[0];
  if (found !== undefined) last.current = found;
  const kept = last.current?.id === id ? last.current : undefined;
  return { query, message: found ?? kept, isGone: query.data !== undefined && found === undefined };
}
