import { SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { ResourceMakers } from "./provision.ts";

/** Maker of queue policies on the emulator at `endpoint`: who else may put messages on a queue. */
export function queuePolicyMakers(endpoint: string, region: string): ResourceMakers {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SQSClient({ endpoint, region, credentials });
  return {
    async "AWS::SQS::QueuePolicy"({ Queues: urls, PolicyDocument: document }) {
      for (const url of urls as readonly string[]) {
        const Attributes = { Policy: JSON.stringify(document) };
        await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
      }
      return {};
    },
  };
}
