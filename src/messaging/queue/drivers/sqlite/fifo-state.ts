import type { Engine, Lane } from "./engine.ts";
import type { Inbox } from "./inbox.ts";
import type { Locks } from "./locks.ts";

/** What a FIFO queue knows besides its rows. */
export interface FifoState {
  readonly engine: Engine;
  readonly lane: Lane;
  readonly inbox: Inbox;
  locks: Locks;
  total: number;
  /** Whether a receive may find something. */
  ready: boolean;
  events: number;
  nextDueMs: number;
}
