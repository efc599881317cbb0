import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import type { ResourceMakers } from "./provision.ts";
import { textOf } from "./values.ts";

/** Makers of SNS resources on the emulator at `endpoint`. */
export function snsMakers(endpoint: string, region: string): ResourceMakers {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SNSClient({ endpoint, region, credentials });
  return {
    async "AWS::SNS::Topic"({ TopicName: name }) {
      const { TopicArn: arn } = await client.send(new CreateTopicCommand({ Name: textOf(name) }));
      return { Ref: textOf(arn), TopicArn: textOf(arn) };
    },
    async "AWS::SNS::Subscription"({ TopicArn, Protocol, Endpoint, ...rest }) {
      const { SubscriptionArn: arn } = await client.send(
        new SubscribeCommand({
          TopicArn: textOf(TopicArn),
          Protocol: textOf(Protocol),
          Endpoint: textOf(Endpoint),
          Attributes: Object.fromEntries(
            Object.entries(rest).map(([key, value]) => [key, textOf(value)]),
          ),
          ReturnSubscriptionArn: true,
        }),
      );
      return { Ref: textOf(arn) };
    },
  };
}
