import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { watch, type Connection, type LineEvents, type Watch } from "./api/connection.ts";
import { readOverview, type Overview } from "./api/overview.ts";
import { browserClock } from "./clock.ts";
import { noPast, remember, type Past } from "./pages/overview/past.ts";

/** What the page draws: the newest overview and what went before. */
export interface Scene {
  readonly overview: Overview;
  readonly past: Past;
  /** When it came, by this browser's clock. */
  readonly heardAtMs: number;
}

export interface Live {
  /** What to draw: held while paused. Undefined until the first answer. */
  readonly scene: Scene | undefined;
  readonly connection: Connection;
  /** Why the server refused, if it did. */
  readonly refusal: string | undefined;
  readonly pausedAtMs: number | undefined;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly retry: () => void;
}

const Context = createContext<Live | undefined>(undefined);
const queryKey = ["overview"];

function openStream({ data, failed }: LineEvents): () => void {
  const source = new EventSource("/api/v1/overview/stream");
  source.addEventListener("overview", (event) => data(String(event.data)));
  source.addEventListener("error", failed);
  return () => source.close();
}

function sceneOf(overview: Overview, before: Scene | undefined): Scene {
  const past = remember(before?.past ?? noPast, overview);
  return { overview, past, heardAtMs: browserClock.nowMs() };
}

/** The server's own words for a refusal (RFC 9457), or its status. */
async function refusalOf(response: Response): Promise<string> {
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null && "title" in body) return String(body.title);
  } catch {
    // Not JSON: the status must do.
  }
  return `HTTP ${response.status}`;
}

class Refused extends Error {}

async function fetchScene({ client }: { client: QueryClient }): Promise<Scene> {
  const response = await fetch("/api/v1/overview", { headers: { accept: "application/json" } });
  if (!response.ok) throw new Refused(await refusalOf(response));
  return sceneOf(readOverview(await response.json()), client.getQueryData<Scene>(queryKey));
}

/** Reads data that came; what cannot be read is as good as silence, which the watch notices. */
function sceneFrom(text: string, before: Scene | undefined): Scene | undefined {
  try {
    return sceneOf(readOverview(JSON.parse(text)), before);
  } catch {
    return undefined;
  }
}

export function LiveProvider({ children }: { children: ReactNode }): ReactNode {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>({ phase: "connecting", failures: 0 });
  const [held, setHeld] = useState<{ readonly scene: Scene; readonly atMs: number }>();
  const line = useRef<Watch>(undefined);
  const { data, error } = useQuery({ queryKey, queryFn: fetchScene, enabled: false });
  useEffect(() => {
    const started = watch({
      open: openStream,
      clock: browserClock,
      random: Math.random,
      onConnection: setConnection,
      onData(text) {
        const scene = sceneFrom(text, client.getQueryData<Scene>(queryKey));
        if (scene !== undefined) client.setQueryData<Scene>(queryKey, scene);
      },
    });
    line.current = started;
    return () => started.stop();
  }, [client]);
  // The stream's own failure has no words; one plain request finds out why.
  useEffect(() => {
    if (connection.failures === 2)
      void client.prefetchQuery({ queryKey, queryFn: fetchScene, staleTime: 0 });
  }, [client, connection.failures]);
  const lost = connection.phase === "lost";
  const live = useMemo<Live>(
    () => ({
      scene: held?.scene ?? data,
      connection,
      refusal: lost && error instanceof Refused ? error.message : undefined,
      pausedAtMs: held?.atMs,
      pause() {
        if (data !== undefined) setHeld({ scene: data, atMs: browserClock.nowMs() });
      },
      resume: () => setHeld(undefined),
      retry: () => line.current?.retry(),
    }),
    [connection, data, error, held, lost],
  );
  return <Context value={live}>{children}</Context>;
}

export function useLive(): Live {
  const value = use(Context);
  if (value === undefined) throw new Error("useLive stands outside LiveProvider");
  return value;
}

/** The time, read again each second while `running`. */
export function useNow(running: boolean): number {
  const [nowMs, setNowMs] = useState(() => browserClock.nowMs());
  useEffect(() => {
    if (!running) return undefined;
    setNowMs(browserClock.nowMs());
    return browserClock.every(500, () => setNowMs(browserClock.nowMs()));
  }, [running]);
  return nowMs;
}
