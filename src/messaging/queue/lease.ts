import type { Cancel, Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Delivery } from "./delivery.ts";
import type { QueueDriver } from "./driver.ts";

/** Sweeps in one visibility timeout: a lease is renewed between a third and a half of it. */
const sweepsPerTimeout = 6;

/** Keeps the leases of everything that a consumer holds. One timer for all. */
export interface Heartbeat {
  /** Something is held now: the sweep runs as long as that lasts. */
  beat(): void;
  stop(): void;
}

/** What a heartbeat works on. */
export interface HeartbeatOptions {
  readonly driver: QueueDriver;
  readonly queue: string;
  readonly visibilityMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly held: ReadonlySet<Delivery>;
  /** The lease of a message ended: another may have it. */
  lost(delivery: Delivery): void;
  /** Called once a sweep, for what else must be renewed. */
  swept(): void;
}

async function renew(options: HeartbeatOptions, due: readonly Delivery[]): Promise<void> {
  const { clock, visibilityMs } = options;
  const startedMs = clock.monotonic();
  const changes = due.map(({ message }) => ({ receipt: message.receipt, visibilityMs }));
  try {
    const results = await options.driver.extend(options.queue, changes);
    due.forEach((delivery, index) => {
      if (delivery.settled) return;
      if (results[index] === "stale") options.lost(delivery);
      else delivery.leaseMs = startedMs + visibilityMs;
    });
  } catch (error) {
    options.log.warn("leases were not extended", { error: String(error), messages: due.length });
    expire(options, due);
  }
}

/** Gives up the messages whose leases ended without an answer from the engine. */
function expire(options: HeartbeatOptions, due: readonly Delivery[]): void {
  const nowMs = options.clock.monotonic();
  for (const delivery of due) {
    if (!delivery.settled && delivery.leaseMs <= nowMs) options.lost(delivery);
  }
}

/**
 * Renews leases at half of the visibility timeout at the latest. It runs on the event loop: a
 * handler that blocks the loop for longer than half of the timeout loses its messages, and is told
 * so.
 */
export function makeHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { clock, held, visibilityMs } = options;
  const intervalMs = Math.max(1, Math.floor(visibilityMs / sweepsPerTimeout));
  let cancel: Cancel | undefined;
  let renewing = false;

  const sweep = (): void => {
    cancel = undefined;
    if (held.size === 0) return;
    const dueMs = clock.monotonic() + visibilityMs / 2 + intervalMs;
    const due = [...held].filter(({ leaseMs }) => leaseMs < dueMs);
    if (renewing) expire(options, due);
    else if (due.length > 0) {
      renewing = true;
      void renew(options, due).finally(() => (renewing = false));
    }
    options.swept();
    beat();
  };
  const beat = (): void => {
    if (cancel === undefined && visibilityMs > 0) cancel = clock.after(intervalMs, sweep);
  };
  return {
    beat,
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
