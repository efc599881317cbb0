import type { Clock } from "../core/clock.ts";
import { coreErrors } from "../core/errors.ts";

/** Streams at once; one more is refused. */
const streamsMax = 100;
const heartbeatMs = 15_000;

/** What a stream of server-sent events can do. */
export interface EventStream {
  send(event: string, data: string): void;
}

/** Serves server-sent events (HTML Living Standard, 9.2) and ends them all when the server stops. */
export interface EventStreams {
  /**
   * Opens a stream; `open` begins to send and answers how to stop.
   * @throws MOR_OVERLOADED when too many are open
   */
  serve(signal: AbortSignal, open: (stream: EventStream) => () => void): Response;
  endAll(): void;
}

/** A reader that is this far behind is cut off, bytes: it reconnects and gets the newest state. */
const bufferedBytesMax = 4 * 1024 * 1024;

/** A new, empty set of streams. */
export function eventStreams(clock: Clock): EventStreams {
  const ends = new Set<() => void>();
  return {
    serve(signal, open) {
      if (ends.size >= streamsMax) {
        throw coreErrors.MOR_OVERLOADED(`${streamsMax} event streams are open`, {
          details: { retryAfterMs: 5_000 },
        });
      }
      const encoder = new TextEncoder();
      let end = (): void => {};
      const body = new ReadableStream<Uint8Array>(
        {
          start(controller) {
            const write = (text: string): void => {
              if ((controller.desiredSize ?? 0) < -bufferedBytesMax) return end();
              controller.enqueue(encoder.encode(text));
            };
            let cancelBeat = (): void => {};
            const beat = (): void => {
              cancelBeat = clock.after(heartbeatMs, () => {
                write(": alive\n\n");
                beat();
              });
            };
            write("retry: 1000\n\n");
            const close = open({
              send: (event, data) => write(`event: ${event}\ndata: ${data}\n\n`),
            });
            beat();
            end = () => {
              if (!ends.delete(end)) return;
              cancelBeat();
              close();
              controller.close();
            };
            ends.add(end);
            signal.addEventListener("abort", end, { once: true });
          },
          cancel: () => end(),
        },
        { highWaterMark: 0, size: (chunk) => chunk?.byteLength ?? 0 },
      );
      return new Response(body, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
      });
    },
    endAll() {
      for (const end of ends) end();
    },
  };
}
