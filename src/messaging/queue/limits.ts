import { coreErrors } from "../../core/errors.ts";
import type { QueueSpec } from "./driver.ts";

/**
 * SQS's quotas (docs.aws.amazon.com/AWSSimpleQueueService, quotas-messages), durations in
 * milliseconds.
 */
export const queueLimits: {
  readonly messageBytesMax: number;
  readonly visibilityMsMax: number;
  readonly delayMsMax: number;
  readonly retentionMsMin: number;
  readonly retentionMsMax: number;
  readonly receivesMaxMax: number;
  readonly deduplicationMs: number;
  readonly attributesMax: number;
  readonly groupLengthMax: number;
  readonly waitMsMax: number;
} = {
  messageBytesMax: 1024 * 1024,
  visibilityMsMax: 12 * 3600_000,
  delayMsMax: 15 * 60_000,
  retentionMsMin: 60_000,
  retentionMsMax: 14 * 86_400_000,
  receivesMaxMax: 1000,
  deduplicationMs: 5 * 60_000,
  attributesMax: 10,
  groupLengthMax: 128,
  waitMsMax: 20_000,
};

/** The part of a queue's declaration that its engine must know. */
export interface QueueSpecOptions {
  readonly fifo?: boolean;
  readonly contentDeduplication?: boolean;
  readonly deduplicationScope?: "queue" | "group";
  readonly visibilityMs?: number;
  readonly delayMs?: number;
  readonly retentionMs?: number;
  readonly receivesMax?: number;
  readonly portable?: boolean;
}

/** The name of the dead-letter queue that every declared queue has. */
export function deadLettersOf(name: string): string {
  return `${name}.dead`;
}

/**
 * The engine's view of a declaration, defaults filled in.
 * @throws MOR_DECLARATION past AWS's limits, unless `portable` is false
 */
export function queueSpec(name: string, options: QueueSpecOptions): QueueSpec {
  const spec: QueueSpec = {
    name,
    fifo: options.fifo ?? false,
    visibilityMs: options.visibilityMs ?? 30_000,
    delayMs: options.delayMs ?? 0,
    retentionMs: options.retentionMs ?? 4 * 86_400_000,
    receivesMax: options.receivesMax ?? 5,
    deadLetters: deadLettersOf(name),
    contentDeduplication: options.contentDeduplication ?? true,
    deduplicationScope: options.deduplicationScope ?? "queue",
  };
  checkSpec(spec, options.portable ?? true);
  return spec;
}

function checkSpec(spec: QueueSpec, portable: boolean): void {
  const { visibilityMsMax, delayMsMax, retentionMsMin, retentionMsMax } = queueLimits;
  const receivesMax = spec.receivesMax ?? 1;
  checkRange(spec.name, "receivesMax", receivesMax, 1, queueLimits.receivesMaxMax, portable);
  checkRange(spec.name, "visibilityMs", spec.visibilityMs, 0, visibilityMsMax, portable);
  checkRange(spec.name, "delayMs", spec.delayMs, 0, delayMsMax, portable);
  checkRange(spec.name, "retentionMs", spec.retentionMs, retentionMsMin, retentionMsMax, portable);
}

function checkRange(
  queue: string,
  option: string,
  value: number,
  min: number,
  max: number,
  portable: boolean,
): void {
  const wholeSeconds = !option.endsWith("Ms") || value % 1000 === 0;
  const sane = Number.isInteger(value) && value >= 0;
  if (sane && (!portable || (value >= min && value <= max && wholeSeconds))) return;
  const seconds = wholeSeconds ? "" : ", in whole seconds";
  throw coreErrors.MOR_DECLARATION(
    `queue ${queue}: ${option} is ${value}; SQS allows ${min} to ${max}${seconds}`,
    { fix: "Choose a value within the limits, or declare the queue with portable: false." },
  );
}
