import { skipToken, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { watch, type Connection, type Watch } from "./api/connection.ts";
import type { OpenLine } from "./api/line.ts";
import { staleBy } from "./api/stale.ts";
import { readAction, sceneAfter, sceneOf, sceneWith, type Scene } from "./api/scene.ts";
import { sessionKey, useSession } from "./api/session.tsx";
import { browserClock } from "./clock.ts";

export type { Scene } from "./api/scene.ts";

export interface Live {
  /** What to draw: held while paused. Undefined until the first answer. */
  readonly scene: Scene | undefined;
  readonly connection: Connection;
  readonly pausedAtMs: number | undefined;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly retry: () => void;
}

const Context = createContext<Live | undefined>(undefined);
const queryKey = ["live"];

/** An action makes queries stale at most this often, however fast actions come. */
const staleMs = 300;

/** The scene after what came; what cannot be read is silence, which the watch notices. */
function sceneFrom(text: string, kind: string, before: Scene | undefined): Scene | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const nowMs = browserClock.nowMs();
    if (kind === "overview") return sceneOf(value, before, nowMs);
    // A tick or an action goes on from an overview: the line begins with one.
    if (before === undefined) return undefined;
    if (kind === "tick") return sceneAfter(value, before, nowMs);
    return sceneWith(readAction(value as Record<string, unknown>), before);
  } catch {
    return undefined;
  }
}

/** Tells queries of actions, several at a time. */
function staleSoon(client: QueryClient): (path: string) => void {
  const waiting = new Set<string>();
  return (path) => {
    const isFirst = waiting.size === 0;
    waiting.add(path);
    if (!isFirst) return;
    browserClock.after(staleMs, () => {
      for (const one of waiting) void staleBy(client, one);
      waiting.clear();
    });
  };
}

/** Keeps the line to the server and what came over it. */
export function LiveProvider({
  open,
  children,
}: {
  /** Opens the line to the server; never another in one page. */
  open: OpenLine;
  children: ReactNode;
}): ReactNode {
  const client = useQueryClient();
  const { state } = useSession();
  const [connection, setConnection] = useState<Connection>({ phase: "connecting", failures: 0 });
  const [held, setHeld] = useState<{ readonly scene: Scene; readonly atMs: number }>();
  const line = useRef<Watch>(undefined);
  const { data } = useQuery<Scene>({ queryKey, queryFn: skipToken });
  const signedOut = state === "out";
  useEffect(() => {
    if (signedOut) return undefined;
    const stale = staleSoon(client);
    const started = watch({
      open,
      clock: browserClock,
      random: Math.random,
      onConnection: setConnection,
      onData(text, kind) {
        const scene = sceneFrom(text, kind, client.getQueryData<Scene>(queryKey));
        if (scene === undefined) return;
        client.setQueryData<Scene>(queryKey, scene);
        if (kind === "action") stale(scene.actions[0]?.path ?? "");
      },
    });
    line.current = started;
    return () => started.stop();
  }, [client, open, signedOut]);
  // The stream's own failure has no words; asking who we are finds out whether we are still let in.
  useEffect(() => {
    if (connection.failures >= 2) void client.invalidateQueries({ queryKey: sessionKey });
  }, [client, connection.failures]);
  // What was missed while the line was lost is read again once it is back.
  const phase = connection.phase;
  const wasLost = useRef(false);
  useEffect(() => {
    if (phase === "live" && wasLost.current) void client.invalidateQueries({ queryKey: ["api"] });
    wasLost.current = phase === "lost";
  }, [client, phase]);
  const live = useMemo<Live>(
    () => ({
      scene: held?.scene ?? data,
      connection,
      pausedAtMs: held?.atMs,
      pause() {
        if (data !== undefined) setHeld({ scene: data, atMs: browserClock.nowMs() });
      },
      resume: () => setHeld(undefined),
      retry: () => line.current?.retry(),
    }),
    [connection, data, held],
  );
  return <Context value={live}>{children}</Context>;
}

export function useLive(): Live {
  const value = use(Context);
  if (value === undefined) throw new Error("useLive stands outside LiveProvider");
  return value;
}
