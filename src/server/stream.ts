import type { Clock } from "../core/clock.ts";
import { coreErrors } from "../core/errors.ts";

/** Streams at once; one more is refused. */
export const streamsMax = 100;
const heartbeatMs = 15_000;
/**
 * A stream ends then, milliseconds: its reader comes again and shows once more that it may read. No
 * session is read from for much longer than it lasts.
 */
const streamMsMax = 3_600_000;

/** What a stream of server-sent events can do. */
export interface EventStream {
  /** Sends what {@link frameOf} made; many streams may send the same. */
  send(frame: Uint8Array): void;
}

const encoder = new TextEncoder();

/** One event as bytes. */
export function frameOf(event: string, data: string): Uint8Array {
  return encoder.encode(`event: ${event}\ndata: ${data}\n\n`);
}

/** Serves server-sent events (HTML, 9.2 "Server-sent events") and ends them with the server. */
export interface EventStreams {
  /**
   * Opens a stream; `open` begins to send and answers how to stop.
   * @throws MOR_OVERLOADED when too many are open
   */
  serve(signal: AbortSignal, open: (stream: EventStream) => () => void): Response;
  endAll(): void;
}

/** A reader this far behind is cut off, bytes: it reconnects and gets the newest state. */
const bufferedBytesMax = 1024 * 1024;

/** Keeps proxies from closing the line. */
const aliveBytes = encoder.encode(": alive\n\n");
/** A reader whose stream ended comes again after a second. */
const retryBytes = encoder.encode("retry: 1000\n\n");

type Controller = ReadableStreamDefaultController<Uint8Array>;

/** One open stream. */
interface Live {
  readonly write: (bytes: Uint8Array) => void;
  /** Closes the stream after what is buffered; without effect when it has ended already. */
  readonly end: () => void;
  /** The reader is gone: there is nothing to close. */
  readonly leave: () => void;
}

function liveStream(controller: Controller, clock: Clock, ended: () => void): Live {
  let isLive = true;
  let cancelBeat = (): void => {};
  const cancelEnd = clock.after(streamMsMax, () => end());
  const finish = (last: () => void): void => {
    if (!isLive) return;
    isLive = false;
    cancelBeat();
    cancelEnd();
    ended();
    last();
  };
  const write = (bytes: Uint8Array): void => {
    if (!isLive) return;
    controller.enqueue(bytes);
    const isBehind = (controller.desiredSize ?? 0) < -bufferedBytesMax;
    // An error drops what is buffered; closing would keep it until the reader takes it.
    if (isBehind) finish(() => controller.error(new Error("the reader is too slow")));
  };
  const beat = (): void => {
    cancelBeat = clock.after(heartbeatMs, () => {
      beat();
      write(aliveBytes);
    });
  };
  beat();
  const end = (): void => finish(() => controller.close());
  return { write, end, leave: () => finish(() => {}) };
}

/** A new, empty set of streams. */
export function eventStreams(clock: Clock): EventStreams {
  const all = new Set<Live>();
  const begin = (
    controller: Controller,
    signal: AbortSignal,
    open: (stream: EventStream) => () => void,
  ): Live => {
    let close = (): void => {};
    const live = liveStream(controller, clock, () => {
      all.delete(live);
      signal.removeEventListener("abort", live.end);
      close();
    });
    all.add(live);
    signal.addEventListener("abort", live.end, { once: true });
    live.write(retryBytes);
    close = open({ send: live.write });
    // It may have ended while it was opened: nobody would close it again.
    if (!all.has(live)) close();
    else if (signal.aborted) live.end();
    return live;
  };
  return {
    serve(signal, open) {
      if (all.size >= streamsMax) {
        throw coreErrors.MOR_OVERLOADED(`${streamsMax} event streams are open`, {
          details: { retryAfterMs: 5_000 },
        });
      }
      let live: Live | undefined;
      const body = new ReadableStream<Uint8Array>(
        {
          start: (controller) => void (live = begin(controller, signal, open)),
          cancel: () => live?.leave(),
        },
        { highWaterMark: 0, size: (chunk) => chunk?.byteLength ?? 0 },
      );
      return new Response(body, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
      });
    },
    endAll() {
      for (const live of all) live.end();
    },
  };
}
