import type { Clock } from "../../../../core/clock.ts";
import type { Log } from "../../../../core/log.ts";
import type { Statement, StatementResult, Store } from "../../../../core/store.ts";
import type { QueueDriver, QueueSpec } from "../../driver.ts";
import type { MessageIds } from "./ids.ts";
import type { Sequence } from "./sequence.ts";

/** What every part of the embedded queue works with. */
export interface Engine {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** The queue's time: the wall clock's, but it never goes back. */
  now(): number;
  readonly sequence: Sequence;
  readonly ids: MessageIds;
  /** Another queue's lane, for dead letters and redrives. */
  lane(name: string): Lane | undefined;
  laneOf(id: number): Lane | undefined;
}

/** Messages that another lane's write put into a queue. */
export interface Arrival {
  /** Makes the values that the receiving queue adds: its rank on a standard queue, null on FIFO. */
  readonly rankOf: (group: string | undefined) => number | null;
  /**
   * Called before such a write; its answer is called after it with how many messages became
   * visible.
   */
  arriving(): (count: number) => void;
}

/** One queue: it alone changes its messages, so that what it knows in memory stays true. */
export interface Lane extends Arrival {
  readonly id: number;
  readonly name: string;
  spec: QueueSpec;
  send(
    entries: Parameters<QueueDriver["send"]>[1],
    outboxId?: number,
  ): ReturnType<QueueDriver["send"]>;
  receive(
    options: Parameters<QueueDriver["receive"]>[1],
    signal?: AbortSignal,
  ): ReturnType<QueueDriver["receive"]>;
  delete(receipts: readonly string[]): ReturnType<QueueDriver["delete"]>;
  extend(changes: Parameters<QueueDriver["extend"]>[1]): ReturnType<QueueDriver["extend"]>;
  stats(): ReturnType<QueueDriver["stats"]>;
  /** Runs a write of maintenance in order with the lane's own; then the lane counts anew. */
  maintain(statements: readonly Statement[]): Promise<readonly StatementResult[]>;
  /** Answers what waits with nothing and stops timers. */
  close(): Promise<void>;
}

/** A clock that goes on at the right speed when the machine's wall clock is set back. */
export function steadyNow(clock: Clock): () => number {
  let lastMs = clock.now();
  let lastMonotonic = clock.monotonic();
  return () => {
    const monotonic = clock.monotonic();
    const elapsed = Math.max(0, monotonic - lastMonotonic);
    lastMonotonic = monotonic;
    lastMs = Math.max(clock.now(), lastMs + elapsed);
    return Math.floor(lastMs);
  };
}
