import type { MorningError } from "../../core/errors.ts";
import { coreErrors } from "../../core/errors.ts";
import type { QueueSpec, SendEntry } from "./driver.ts";
import { queueErrors } from "./errors.ts";
import { queueLimits } from "./limits.ts";

/** All but SQS's range of characters (SendMessage: MessageBody). */
const foreignCharacters = /[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const idForm = /^[\x21-\x7e]{1,128}$/;
const attributeForm = /^(?!(?:aws|amazon)\.)(?!\.)(?!.*\.\.)(?!.*\.$)[A-Za-z0-9_.-]{1,256}$/i;
/** A text of at most so many UTF-16 units cannot exceed 1 MiB of UTF-8 with its attributes. */
const surelySmall = 100_000;

/** What an entry says of its queue's engine. */
export interface EntryRules {
  /** Longest delay of one message. */
  readonly delayMsMax: number;
  readonly priority: boolean;
}

/** Bytes that SQS counts: the body, and each attribute's name, type and value, in UTF-8. */
export function entryBytes(entry: SendEntry): number {
  let bytes = Buffer.byteLength(entry.body);
  for (const [name, value] of Object.entries(entry.attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + "String".length;
  }
  return bytes;
}

/** Why an engine would refuse `entry`, or undefined when it is fit. */
export function entryProblem(
  spec: QueueSpec,
  entry: SendEntry,
  rules: EntryRules,
): MorningError | undefined {
  return (
    bodyProblem(spec.name, entry) ??
    attributesProblem(spec.name, entry.attributes) ??
    groupProblem(spec, entry) ??
    optionsProblem(spec, entry, rules)
  );
}

function bodyProblem(queue: string, entry: SendEntry): MorningError | undefined {
  if (entry.body.length === 0 || foreignCharacters.test(entry.body)) {
    return queueErrors.MOR_QUEUE_BODY_CHARACTERS(
      entry.body.length === 0
        ? `queue ${queue}: the body is empty`
        : `queue ${queue}: the body holds a character outside of SQS's range`,
    );
  }
  if (entry.body.length < surelySmall && entry.attributes === undefined) return undefined;
  const bytes = entryBytes(entry);
  if (bytes <= queueLimits.messageBytesMax) return undefined;
  return queueErrors.MOR_QUEUE_MESSAGE_TOO_LARGE(
    `queue ${queue}: the message has ${bytes} bytes, ${queueLimits.messageBytesMax} are allowed`,
    { details: { bytes, bytesMax: queueLimits.messageBytesMax } },
  );
}

function attributesProblem(
  queue: string,
  attributes: SendEntry["attributes"],
): MorningError | undefined {
  if (attributes === undefined) return undefined;
  const pairs = Object.entries(attributes);
  if (pairs.length > queueLimits.attributesMax) {
    return queueErrors.MOR_QUEUE_ATTRIBUTE(
      `queue ${queue}: ${pairs.length} attributes, ${queueLimits.attributesMax} are allowed`,
    );
  }
  const bad = pairs.find(
    ([name, value]) =>
      !attributeForm.test(name) || value.length === 0 || foreignCharacters.test(value),
  );
  if (bad === undefined) return undefined;
  return queueErrors.MOR_QUEUE_ATTRIBUTE(`queue ${queue}: attribute ${JSON.stringify(bad[0])}`);
}

function groupProblem(spec: QueueSpec, entry: SendEntry): MorningError | undefined {
  const { group, deduplicationId } = entry;
  const ids = [group, deduplicationId].filter((id) => id !== undefined);
  const bad = ids.find((id) => !idForm.test(id));
  if (bad !== undefined) {
    return queueErrors.MOR_QUEUE_GROUP(
      `queue ${spec.name}: ${JSON.stringify(bad.slice(0, 140))} is no group or deduplication id`,
    );
  }
  if (!spec.fifo) {
    if (deduplicationId === undefined) return undefined;
    return queueErrors.MOR_QUEUE_GROUP(`queue ${spec.name}: deduplicationId on a standard queue`);
  }
  if (group === undefined) {
    return queueErrors.MOR_QUEUE_GROUP(`queue ${spec.name}: a FIFO message needs a group`);
  }
  if (deduplicationId !== undefined || spec.contentDeduplication) return undefined;
  return queueErrors.MOR_QUEUE_GROUP(`queue ${spec.name}: a message needs a deduplicationId`);
}

function optionsProblem(
  spec: QueueSpec,
  entry: SendEntry,
  rules: EntryRules,
): MorningError | undefined {
  const { delayMs, priority } = entry;
  if (delayMs === undefined && priority === undefined) return undefined;
  const subject = `queue ${spec.name}`;
  if (spec.fifo) {
    return coreErrors.MOR_INVALID(
      `${subject}: a delay or priority of one message would break the order of a FIFO queue`,
    );
  }
  if (delayMs !== undefined && !(Number.isInteger(delayMs) && delayMs >= 0)) {
    return coreErrors.MOR_INVALID(`${subject}: delayMs is ${delayMs}`);
  }
  if (delayMs !== undefined && delayMs > rules.delayMsMax) {
    return coreErrors.MOR_UNSUPPORTED(
      `${subject}: delayMs is ${delayMs}; this driver delays at most ${rules.delayMsMax}`,
    );
  }
  if (priority !== undefined && !rules.priority) {
    return coreErrors.MOR_UNSUPPORTED(`${subject}: this driver has no priority`);
  }
  if (priority === undefined || (Number.isInteger(priority) && Math.abs(priority) <= 100)) return;
  return coreErrors.MOR_INVALID(`${subject}: priority is ${priority}, not -100 to 100`);
}
