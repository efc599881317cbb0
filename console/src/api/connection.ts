import type { PageClock } from "../clock.ts";

/** The server sends once a second; after this long without word it counts as lost. */
export const silenceMsMax = 2500;
const tickMs = 500;
const retryMsFirst = 500;
const retryMsMax = 15_000;

/** What the page says about its line to the server. */
export interface Connection {
  readonly phase: "connecting" | "live" | "lost";
  /** When data last came; undefined before the first. */
  readonly heardAtMs?: number;
  /** When the next try begins; only while lost. */
  readonly retryAtMs?: number;
  /** Tries that failed since the line was last good. */
  readonly failures: number;
}

/** An open line. Whatever opens it tells what comes through `LineEvents`. */
export interface LineEvents {
  /** Something came: its kind (`tick`), and its text. */
  readonly data: (text: string, kind: string) => void;
  readonly failed: () => void;
}

/** What a watch needs. `open` answers with the way to close the line. */
export interface WatchOptions {
  readonly open: (events: LineEvents) => () => void;
  readonly clock: PageClock;
  /** 0 to 1, for the jitter of the back-off. */
  readonly random: () => number;
  readonly onData: (text: string, kind: string) => void;
  readonly onConnection: (connection: Connection) => void;
}

/** A running watch. */
export interface Watch {
  /** Tries at once instead of waiting. */
  retry(): void;
  stop(): void;
}

/**
 * 0.5 s, doubled up to 15 s, of which a random quarter is taken off so that pages do not return as
 * one.
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(retryMsMax, retryMsFirst * 2 ** Math.max(0, failures - 1));
  return Math.round(full * (1 - random / 4));
}

/** Keeps one line open: notices silence, says so, tries again with back-off, for ever. */
export function watch({ open, clock, random, onData, onConnection }: WatchOptions): Watch {
  let connection: Connection = { phase: "connecting", failures: 0 };
  let openedAtMs = clock.nowMs();
  let close: (() => void) | undefined;
  let cancelRetry: (() => void) | undefined;

  const become = (next: Connection): void => {
    connection = next;
    onConnection(next);
  };
  const heard = (): { heardAtMs?: number } =>
    connection.heardAtMs === undefined ? {} : { heardAtMs: connection.heardAtMs };

  function lose(): void {
    close?.();
    close = undefined;
    cancelRetry?.();
    const failures = connection.failures + 1;
    const delayMs = backoffMs(failures, random());
    become({ phase: "lost", failures, retryAtMs: clock.nowMs() + delayMs, ...heard() });
    cancelRetry = clock.after(delayMs, connect);
  }

  function connect(): void {
    cancelRetry?.();
    cancelRetry = undefined;
    close?.();
    openedAtMs = clock.nowMs();
    // A line that was lost stays so in words until data comes: an open socket proves little.
    let current = true;
    const end = open({
      data(text, kind) {
        if (!current) return;
        become({ phase: "live", failures: 0, heardAtMs: clock.nowMs() });
        onData(text, kind);
      },
      failed() {
        if (current) lose();
      },
    });
    close = () => {
      current = false;
      end();
    };
  }

  const endTicks = clock.every(tickMs, () => {
    if (close === undefined) return;
    const sinceMs = Math.max(openedAtMs, connection.heardAtMs ?? 0);
    if (clock.nowMs() - sinceMs > silenceMsMax) lose();
  });
  onConnection(connection);
  connect();
  return {
    retry() {
      if (connection.phase === "lost") connect();
    },
    stop() {
      endTicks();
      cancelRetry?.();
      close?.();
      close = undefined;
    },
  };
}
