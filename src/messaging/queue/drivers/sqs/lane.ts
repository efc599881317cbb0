import type { BatchResultErrorEntry, SendMessageBatchResultEntry } from "@aws-sdk/client-sqs";
import type { QueueSpec, ReceiptResult, SendEntry, SendResult } from "../../driver.ts";
import { entryBytes } from "../../entry.ts";
import { queueErrors } from "../../errors.ts";
import { makeBatcher } from "./batch.ts";
import type { Batcher } from "./batch.ts";
import { sqsError } from "./client.ts";
import type { Sqs } from "./client.ts";
import { batchEntry, seconds } from "./messages.ts";

/** A change of one delivery's visibility. */
export interface Change {
  readonly receipt: string;
  readonly visibilityMs: number;
}

/** One queue on SQS. */
export interface Lane {
  spec: QueueSpec;
  url(): Promise<string>;
  arn(): Promise<string>;
  readonly send: Batcher<SendEntry, SendResult>;
  readonly delete: Batcher<string, ReceiptResult>;
  readonly extend: Batcher<Change, ReceiptResult>;
}

/** Results of a batch by the numbers that its entries had as ids. */
function byId<Found extends { Id?: string | undefined }>(
  found: readonly Found[] | undefined,
): Map<string, Found> {
  return new Map((found ?? []).map((one) => [one.Id ?? "", one]));
}

function receiptResult(
  queue: string,
  failed: BatchResultErrorEntry | undefined,
): ReceiptResult | Error {
  if (failed === undefined) return "ok";
  const { Code: code = "", Message: message = "" } = failed;
  if (/ReceiptHandleIsInvalid/.test(code)) {
    return queueErrors.MOR_QUEUE_RECEIPT(`queue ${queue}: ${message}`);
  }
  if (/Total VisibilityTimeout|VisibilityTimeout is invalid/i.test(message)) {
    return queueErrors.MOR_QUEUE_VISIBILITY(`queue ${queue}: ${message}`);
  }
  if (/MessageNotInflight|InvalidParameterValue/.test(code)) return "stale";
  return sqsError(queue, Object.assign(new Error(message), { name: code })) as Error;
}

function sendResult(
  queue: string,
  sent: SendMessageBatchResultEntry | undefined,
  failed: BatchResultErrorEntry | undefined,
): SendResult {
  if (sent?.MessageId === undefined) {
    const code = failed?.Code ?? "Unknown";
    const message = `queue ${queue}: SQS: ${code}: ${failed?.Message ?? "no answer"}`;
    return { error: { code: "MOR_QUEUE_SEND_FAILED", message } };
  }
  const { SequenceNumber: sequence } = sent;
  return { id: sent.MessageId, ...(sequence === undefined ? {} : { sequence }) };
}

/** Opens a queue on SQS; nothing is asked of SQS before it is used. */
export function openLane({ sdk, client }: Sqs, physicalName: string, spec: QueueSpec): Lane {
  let url: Promise<string> | undefined;
  let arn: Promise<string> | undefined;
  const findUrl = async (): Promise<string> => {
    const found = await client.send(new sdk.GetQueueUrlCommand({ QueueName: physicalName }));
    return String(found.QueueUrl);
  };
  const findArn = async (): Promise<string> => {
    const QueueUrl = await lane.url();
    const asked = new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
    return String((await client.send(asked)).Attributes?.["QueueArn"]);
  };
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw sqsError(spec.name, error);
    }
  };
  const lane: Lane = {
    spec,
    // A queue that is not there may be there later: only a success is kept.
    url: () =>
      (url ??= guard(findUrl).catch((error: unknown) => {
        url = undefined;
        throw error;
      })),
    arn: () =>
      (arn ??= guard(findArn).catch((error: unknown) => {
        arn = undefined;
        throw error;
      })),
    send: makeBatcher<SendEntry, SendResult>(
      (entries) =>
        guard(async () => {
          const Entries = entries.map((entry, index) => batchEntry(entry, String(index)));
          const QueueUrl = await lane.url();
          const done = await client.send(new sdk.SendMessageBatchCommand({ QueueUrl, Entries }));
          const [sent, failed] = [byId(done.Successful), byId(done.Failed)];
          return entries.map((_, index) =>
            sendResult(spec.name, sent.get(String(index)), failed.get(String(index))),
          );
        }),
      spec.fifo,
      entryBytes,
    ),
    delete: makeBatcher<string, ReceiptResult>(
      (receipts) =>
        guard(async () => {
          const Entries = receipts.map((receipt, index) => ({
            Id: String(index),
            ReceiptHandle: receipt,
          }));
          const QueueUrl = await lane.url();
          const done = await client.send(new sdk.DeleteMessageBatchCommand({ QueueUrl, Entries }));
          const failed = byId(done.Failed);
          return receipts.map((_, index) => receiptResult(spec.name, failed.get(String(index))));
        }),
      false,
    ),
    extend: makeBatcher<Change, ReceiptResult>(
      (changes) =>
        guard(async () => {
          const Entries = changes.map(({ receipt, visibilityMs }, index) => ({
            Id: String(index),
            ReceiptHandle: receipt,
            VisibilityTimeout: seconds(visibilityMs),
          }));
          const QueueUrl = await lane.url();
          const command = new sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
          const failed = byId((await client.send(command)).Failed);
          return changes.map((_, index) => receiptResult(spec.name, failed.get(String(index))));
        }),
      false,
    ),
  };
  return lane;
}
