import type { QueueSpec } from "./driver.ts";
import { queueLimits } from "./limits.ts";

/**
 * The dead-letter queue of `spec` where none is declared: of the same kind, kept for 14 days, the
 * longest that SQS
 * allows, since on a standard queue a dead letter's retention counts from its first send.
 */
export function deadLetterSpec(spec: QueueSpec): QueueSpec | undefined {
  if (spec.deadLetters === undefined || spec.receivesMax === undefined) return undefined;
  return {
    name: spec.deadLetters,
    fifo: spec.fifo,
    visibilityMs: spec.visibilityMs,
    delayMs: 0,
    retentionMs: queueLimits.retentionMsMax,
    contentDeduplication: spec.contentDeduplication,
    deduplicationScope: spec.deduplicationScope,
  };
}

/**
 * Every queue that `specs` need: themselves, and the dead-letter queues that they do not declare.
 */
export function withDeadLetters(specs: readonly QueueSpec[]): readonly QueueSpec[] {
  const known = new Map(specs.map((spec) => [spec.name, spec]));
  for (const spec of specs) {
    const dead = deadLetterSpec(spec);
    if (dead !== undefined && !known.has(dead.name)) known.set(dead.name, dead);
  }
  return [...known.values()];
}
