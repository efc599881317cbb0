import { coreErrors } from "../../core/errors.ts";
import type { InternalQueue } from "../../core/capabilities/queueing.ts";
import { withDeadLetters } from "./dead.ts";
import type { QueueDriver, QueueSpec } from "./driver.ts";
import { deadLettersOf } from "./limits.ts";
import type { Queue } from "./queue.ts";
import { makeSending } from "./sending.ts";
import type { Sending } from "./sending.ts";

/** What a queue is to its app. */
export type QueueRole = "declared" | "internal" | "dead";

/** A queue that this process knows. */
export interface QueueEntry {
  readonly spec: QueueSpec;
  readonly role: QueueRole;
  /** The declaration, of a declared queue. */
  readonly declared?: Queue;
  /** What a pillar said of a queue of its own. */
  readonly internal?: InternalQueue;
  readonly sending: Sending;
  /** Channels to wake after a commit that holds messages for it. */
  readonly wake: readonly string[];
}

/** The queues of this process by name. */
export interface Entries {
  declare(
    given: readonly { spec: QueueSpec; declared?: Queue; internal?: InternalQueue }[],
  ): Promise<void>;
  /** @throws MOR_NOT_FOUND */
  readonly get: (name: string) => QueueEntry;
  readonly list: () => readonly QueueEntry[];
  drop(name: string): void;
}

/** The engine's view of a queue that a pillar keeps for itself. */
export function internalSpec(queue: InternalQueue): QueueSpec {
  return {
    name: queue.name,
    fifo: false,
    visibilityMs: 30_000,
    delayMs: 0,
    retentionMs: queue.retentionMs,
    receivesMax: queue.receivesMax,
    deadLetters: deadLettersOf(queue.name),
    contentDeduplication: true,
    deduplicationScope: "queue",
  };
}

/** An empty set of queues over a driver. */
export function makeEntries(driver: QueueDriver): Entries {
  const entries = new Map<string, QueueEntry>();
  return {
    async declare(given) {
      const specs = withDeadLetters(given.map(({ spec }) => spec));
      await driver.declare(specs);
      const known = new Map(given.map((one) => [one.spec.name, one]));
      for (const spec of specs) {
        const { declared, internal } = known.get(spec.name) ?? {};
        const wake = driver.features.transactional
          ? (await driver.statements(spec.name, [])).wake
          : [];
        entries.set(spec.name, {
          spec,
          role: declared ? "declared" : internal ? "internal" : "dead",
          ...(declared === undefined ? {} : { declared }),
          ...(internal === undefined ? {} : { internal }),
          sending: makeSending(driver, spec.name),
          wake,
        });
      }
    },
    get(name) {
      const entry = entries.get(name);
      if (entry !== undefined) return entry;
      throw coreErrors.MOR_NOT_FOUND(`there is no queue ${name}`);
    },
    list: () => [...entries.values()],
    drop: (name) => void entries.delete(name),
  };
}
