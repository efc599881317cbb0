import type { Entry } from "./rows.ts";

/** What a callback that is watched keeps while it waits, as its value. */
export interface Beats {
  readonly heartbeatMs: number;
  /** When its time is over whatever comes, milliseconds since the epoch. */
  readonly untilMs: number;
}

/** How a callback is watched, if it is. */
export function beatsOf({ kind, value }: Pick<Entry, "kind" | "value">): Beats | undefined {
  return kind === "callback" && value !== "" ? (JSON.parse(value) as Beats) : undefined;
}

/** Until when the next heartbeat, or the answer, has to come. */
export function nextBeatMs({ heartbeatMs, untilMs }: Beats, nowMs: number): number {
  return Math.min(nowMs + heartbeatMs, untilMs);
}
