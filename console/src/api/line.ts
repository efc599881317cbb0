import type { LineEvents } from "./connection.ts";

const path = "/api/v1/stream";
const kinds = ["overview", "tick", "action"] as const;

/** Opens the stream of everything that is live; the answer closes it. */
export function openLine({ data, failed }: LineEvents): () => void {
  const source = new EventSource(path);
  for (const kind of kinds) {
    source.addEventListener(kind, (event) => data(String(event.data), kind));
  }
  source.addEventListener("error", failed);
  return () => source.close();
}

/** How a line is opened: at once, or before whoever listens is there. */
export type OpenLine = (events: LineEvents) => () => void;

/**
 * Opens the stream now, for whoever asks first: what comes until then waits. Everybody after that
 * opens one anew.
 */
export function openEarly(): OpenLine {
  const waiting: (readonly [kind: string, text: string])[] = [];
  let hasFailed = false;
  let listener: LineEvents | undefined;
  let isTaken = false;
  const close = openLine({
    data(text, kind) {
      if (listener === undefined) waiting.push([kind, text]);
      else listener.data(text, kind);
    },
    failed() {
      hasFailed = true;
      listener?.failed();
    },
  });
  return (events) => {
    if (isTaken) return openLine(events);
    isTaken = true;
    // In its own turn: whoever opens a line is not ready to hear before it has been given.
    queueMicrotask(() => {
      listener = events;
      for (const [kind, text] of waiting) events.data(text, kind);
      if (hasFailed) events.failed();
    });
    return close;
  };
}
