import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import type { Target } from "@aws-sdk/client-eventbridge";
import type { ResourceMakers } from "./provision.ts";
import { textOf } from "./values.ts";

/** Makers of EventBridge resources on the emulator at `endpoint`. */
export function eventBridgeMakers(endpoint: string, region: string): ResourceMakers {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new EventBridgeClient({ endpoint, region, credentials });
  return {
    async "AWS::Events::EventBus"({ Name: name }) {
      const { EventBusArn: arn } = await client.send(
        new CreateEventBusCommand({ Name: textOf(name) }),
      );
      return { Ref: textOf(name), Arn: textOf(arn) };
    },
    async "AWS::Events::Archive"({ ArchiveName, SourceArn, RetentionDays, EventPattern }) {
      const { ArchiveArn: arn } = await client.send(
        new CreateArchiveCommand({
          ArchiveName: textOf(ArchiveName),
          EventSourceArn: textOf(SourceArn),
          RetentionDays: Number(RetentionDays),
          EventPattern: textOf(EventPattern),
        }),
      );
      return { Ref: textOf(ArchiveName), Arn: textOf(arn) };
    },
    async "AWS::Events::Rule"({ Name, EventBusName, EventPattern, Targets }) {
      const rule = { Name: textOf(Name), EventBusName: textOf(EventBusName) };
      const { RuleArn: arn } = await client.send(
        new PutRuleCommand({
          ...rule,
          EventPattern: textOf(EventPattern),
          State: "ENABLED",
        }),
      );
      await client.send(
        new PutTargetsCommand({
          Rule: rule.Name,
          EventBusName: rule.EventBusName,
          Targets: Targets as unknown as Target[],
        }),
      );
      return { Ref: `${rule.EventBusName}|${rule.Name}`, Arn: textOf(arn) };
    },
  };
}
