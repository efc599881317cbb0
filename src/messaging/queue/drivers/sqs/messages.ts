import type { Message, SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";
import type { ReceivedMessage, SendEntry } from "../../driver.ts";

/** Whole seconds, as SQS counts; a fraction counts as one. */
export function seconds(durationMs: number): number {
  return Math.ceil(durationMs / 1000);
}

/** An entry of ours as one of a batch. */
export function batchEntry(entry: SendEntry, id: string): SendMessageBatchRequestEntry {
  const { attributes, group, deduplicationId, delayMs } = entry;
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes ?? {}).map(([name, value]) => [
      name,
      { DataType: "String", StringValue: value },
    ]),
  );
  return {
    Id: id,
    MessageBody: entry.body,
    ...(attributes === undefined ? {} : { MessageAttributes }),
    ...(group === undefined ? {} : { MessageGroupId: group }),
    ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
    ...(delayMs === undefined ? {} : { DelaySeconds: seconds(delayMs) }),
  };
}

/** A message of SQS as one of ours; binary attributes of foreign senders are left out. */
export function receivedMessage(message: Message, nowMs: number): ReceivedMessage {
  const system: Partial<Record<string, string>> = message.Attributes ?? {};
  const attributes: Record<string, string> = {};
  for (const [name, { StringValue: value }] of Object.entries(message.MessageAttributes ?? {})) {
    if (value !== undefined) attributes[name] = value;
  }
  const { MessageGroupId: group, MessageDeduplicationId: dedup, SequenceNumber: sequence } = system;
  return {
    id: message.MessageId ?? "",
    receipt: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes,
    receiveCount: Number(system["ApproximateReceiveCount"] ?? 1),
    sentAtMs: Number(system["SentTimestamp"] ?? nowMs),
    firstReceivedAtMs: Number(system["ApproximateFirstReceiveTimestamp"] ?? nowMs),
    ...(group === undefined ? {} : { group }),
    ...(dedup === undefined ? {} : { deduplicationId: dedup }),
    ...(sequence === undefined ? {} : { sequence }),
  };
}
