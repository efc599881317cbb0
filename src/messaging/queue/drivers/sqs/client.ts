import type { SQSClient } from "@aws-sdk/client-sqs";
import type * as SqsSdk from "@aws-sdk/client-sqs";
import { coreErrors, MorningError } from "../../../../core/errors.ts";
import type { Host } from "../../../../core/host.ts";
import { awsEngine } from "../../../../engines/aws/client.ts";

/** The SDK and a client of it. */
export interface Sqs {
  readonly sdk: typeof SqsSdk;
  readonly client: SQSClient;
}

/** Opens the client, shared by the process. */
export function openSqs(host: Host, options: Readonly<Record<string, unknown>>): Promise<Sqs> {
  return awsEngine(host, "@aws-sdk/client-sqs", options, async (settings) => {
    const sdk = await import("@aws-sdk/client-sqs");
    // An emulator's queue URL may name a host that only it knows.
    const useQueueUrlAsEndpoint = settings.endpoint === undefined;
    return { sdk, client: new sdk.SQSClient({ ...settings, useQueueUrlAsEndpoint }) };
  });
}

const missing = new Set(["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"]);
const unreachable = new Set(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "ETIMEDOUT"]);

/** An error of the SDK as one of ours; what it does not know stays as it is. */
export function sqsError(queue: string, cause: unknown): unknown {
  if (MorningError.is(cause)) return cause;
  const { name, code = "", message } = cause as Error & { readonly code?: string };
  if (missing.has(name)) {
    return coreErrors.MOR_NOT_FOUND(`queue ${queue}: SQS has no such queue`, {
      cause,
      fix: "Deploy the infrastructure of this environment first.",
    });
  }
  if (unreachable.has(code)) {
    return coreErrors.MOR_ENGINE_UNAVAILABLE(`queue ${queue}: SQS does not answer: ${code}`, {
      cause,
    });
  }
  if (name === "PurgeQueueInProgress") {
    return coreErrors.MOR_CONFLICT(`queue ${queue}: SQS purges it already`, {
      cause,
      fix: "Wait 60 seconds: SQS purges a queue once in that time.",
    });
  }
  return coreErrors.MOR_INTERNAL(`queue ${queue}: SQS: ${name}: ${message}`, {
    cause,
    fix: "Look at the permissions of the role and at the quotas of the queue.",
  });
}
