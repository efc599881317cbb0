import { useEffect, useMemo, useState } from "react";
import { makeLogFeed, type LogFeed } from "../../../ui/logs/feed.ts";
import { lineOf, type LogAnswer } from "./lines.ts";

/** Lines as they are stored, and how many there was no room for. */
export interface LiveTail {
  readonly feed: LogFeed;
  readonly leftOut: number;
}

interface TailPart {
  readonly lines: readonly LogAnswer[];
  readonly leftOut: number;
}

/** Follows what a query finds, as long as `on`. */
export function useTail(q: string, on: boolean): LiveTail {
  const feed = useMemo(() => makeLogFeed(), [q]);
  const [leftOut, setLeftOut] = useState(0);
  useEffect(() => {
    if (!on) return undefined;
    setLeftOut(0);
    const source = new EventSource(`/api/v1/telemetry/tail?q=${encodeURIComponent(q)}`);
    let came = 0;
    source.addEventListener("lines", (event) => {
      const part = JSON.parse((event as MessageEvent<string>).data) as TailPart;
      // Ids of the tail say when, not which: two lines of one instant need not be two ids.
      feed.push(part.lines.map((line) => ({ ...lineOf(line), id: `${line.id}#${came++}` })));
      if (part.leftOut > 0) setLeftOut((before) => before + part.leftOut);
    });
    return () => source.close();
  }, [q, on, feed]);
  return { feed, leftOut };
}
