import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { AuditEntry } from "../door/index.ts";
import { overviewAnswer } from "../overview/overview.ts";
import type { Overview } from "../overview/overview.ts";
import type { ServerParts } from "../parts.ts";
import { frameOf } from "../stream.ts";
import type { EventStream } from "../stream.ts";

/** Calls that take away somebody's right to read: whoever reads must show that it still has it. */
function takesAway({ method, path, status }: AuditEntry): boolean {
  return method === "DELETE" && status < 300 && /^\/api\/v1\/(keys|sessions)\//.test(path);
}

/**
 * Everything that is live, to every open stream: each frame is made once, however many read. What
 * it listens to it leaves when the last reader goes.
 */
function liveStreams({ feed, door, streams }: ServerParts): (stream: EventStream) => () => void {
  const open = new Set<EventStream>();
  let whole: { readonly overview: Overview; readonly frame: Uint8Array } | undefined;
  let stops: readonly (() => void)[] = [];
  const sendAll = (event: string, data: unknown): void => {
    const frame = frameOf(event, JSON.stringify(data));
    for (const stream of open) stream.send(frame);
  };
  const begin = (): (() => void)[] => [
    feed.listen((tick) => sendAll("tick", tick)),
    door.audit.listen((entry) => {
      sendAll("action", entry);
      if (takesAway(entry)) streams.endAll();
    }),
  ];
  return (stream) => {
    const overview = feed.latest();
    if (whole?.overview !== overview) {
      whole = { overview, frame: frameOf("overview", JSON.stringify(overview)) };
    }
    stream.send(whole.frame);
    if (open.size === 0) stops = begin();
    open.add(stream);
    return () => {
      if (!open.delete(stream) || open.size > 0) return;
      for (const stop of stops) stop();
      whole = undefined;
    };
  };
}

/** The overview, once or live. */
export function overviewRoutes(parts: ServerParts): readonly AnyRoute[] {
  const live = liveStreams(parts);
  return [
    get(
      "/overview",
      { role: "viewer", answer: overviewAnswer, summary: "What the Overview page shows" },
      () => parts.feed.latest(),
    ),
    get(
      "/stream",
      {
        role: "viewer",
        answerType: "text/event-stream",
        summary: "Everything live: the overview, then what changes each second, and every action",
      },
      ({ signal }) => parts.streams.serve(signal, live),
    ),
  ];
}
