/** How a callback is watched, as the journal keeps it beside the entry. */
export interface Beats {
  readonly heartbeatMs: number;
  /** When its time is over whatever comes, milliseconds since the epoch. */
  readonly untilMs: number;
}

/** Until when the next heartbeat, or the answer, has to come. */
export function nextBeatMs({ heartbeatMs, untilMs }: Beats, nowMs: number): number {
  return Math.min(nowMs + heartbeatMs, untilMs);
}
