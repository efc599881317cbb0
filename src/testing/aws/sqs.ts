import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { QueueAttributeName } from "@aws-sdk/client-sqs";
import type { InfraValue } from "../../core/infra.ts";
import type { ResourceMakers } from "./provision.ts";

function attributeText(value: InfraValue): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Makers of SQS resources on the emulator at `endpoint`. */
export function sqsMakers(endpoint: string, region: string): ResourceMakers {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SQSClient({ endpoint, region, credentials });
  return {
    async "AWS::SQS::Queue"({ QueueName, Tags: _tags, ...properties }) {
      const name = attributeText(QueueName ?? "");
      const attributes = Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key, attributeText(value)]),
      );
      const { QueueUrl: url } = await client.send(
        new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
      );
      const names: QueueAttributeName[] = ["QueueArn"];
      const found = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names }),
      );
      return {
        Ref: String(url),
        Arn: String(found.Attributes?.["QueueArn"]),
        QueueName: name,
      };
    },
  };
}
