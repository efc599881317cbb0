import type { ProviderKey } from "../host.ts";

/** Server-sent events that end with the server. */
export interface LiveStreams {
  /**
   * Answers with a stream of events; `open` begins to send and says how to stop.
   * @throws MOR_OVERLOADED when too many are open
   */
  serve(
    signal: AbortSignal,
    open: (send: (event: string, data: string) => void) => () => void,
  ): Response;
}

/** The key under which the server provides its streams. */
export const liveStreams: ProviderKey<LiveStreams> = { provider: "live-streams" };
