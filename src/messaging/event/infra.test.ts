import { expect, test } from "vitest";
import { z } from "zod";
import type { InfraFragment } from "../../core/infra.ts";
import { emulatorScope } from "../../testing/aws/provision.ts";
import { event } from "./event.ts";
import { infra, snsInfra } from "./infra.ts";

const scope = emulatorScope({
  app: "shop",
  environment: "production",
  region: "ap-northeast-1",
  account: "123456789012",
});
const placed = event("order.placed", { data: z.object({ total: z.number() }) });
const holder = { service: "loyalty" };
const large = placed.subscriber({
  pattern: { detail: { total: [{ numeric: [">", 100] }] } },
  attemptsMax: 4,
  ageMsMax: 3_600_000,
});

function types(fragment: InfraFragment): string[] {
  return Object.values(fragment).map(({ Type }) => Type);
}

test("events share one bus and its archive, which leaves replayed events out", () => {
  const fragment = infra.resources(placed, scope);
  expect(infra.resources(event("other", { data: z.object({}) }), scope)).toEqual(fragment);
  expect(types(fragment)).toEqual(["AWS::Events::EventBus", "AWS::Events::Archive"]);
  expect(JSON.stringify(fragment)).toContain('"replay-name":[{"exists":false}]');
});

test("a subscription is a rule, a queue with dead letters, and a policy for that rule", () => {
  const fragment = infra.held?.(large, scope, holder) ?? {};
  const made = Object.fromEntries(
    Object.entries(fragment).map(([id, { Properties }]) => [id, Properties]),
  );
  expect(types(fragment)).toEqual([
    "AWS::SQS::Queue",
    "AWS::SQS::Queue",
    "AWS::Events::Rule",
    "AWS::SQS::QueuePolicy",
  ]);
  const queue = scope.logicalId("Queue", "subscription.loyalty.order.placed");
  const dead = scope.logicalId("Queue", "subscription.loyalty.order.placed.dead");
  const rule = scope.logicalId("Rule", "loyalty.order.placed");
  expect(made[queue]).toMatchObject({
    MessageRetentionPeriod: 3600,
    RedrivePolicy: { maxReceiveCount: 4, deadLetterTargetArn: { "Fn::GetAtt": [dead, "Arn"] } },
  });
  expect(made[rule]).toMatchObject({
    EventPattern: {
      "detail-type": ["order.placed"],
      detail: { total: [{ numeric: [">", 100] }] },
    },
    Targets: [
      {
        Arn: { "Fn::GetAtt": [queue, "Arn"] },
        DeadLetterConfig: { Arn: { "Fn::GetAtt": [dead, "Arn"] } },
        RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 3600 },
      },
    ],
  });
  const policy = made[scope.logicalId("QueuePolicy", "subscription.loyalty.order.placed")];
  expect(JSON.stringify(policy)).toContain(`"aws:SourceArn":{"Fn::GetAtt":["${rule}","Arn"]}`);
  expect(infra.held?.(placed.publisher(), scope, holder)).toEqual({});
});

test("over SNS an event is a topic, and the filter policy is the pattern without the type", () => {
  expect(types(snsInfra.resources(placed, scope))).toEqual(["AWS::SNS::Topic"]);
  const fragment = snsInfra.held?.(large, scope, holder) ?? {};
  const id = scope.logicalId("Subscription", "loyalty.order.placed");
  expect(fragment[id]?.Properties).toMatchObject({
    RawMessageDelivery: true,
    FilterPolicyScope: "MessageBody",
    FilterPolicy: { detail: { total: [{ numeric: [">", 100] }] } },
  });
});

test("a publisher may put events of its type, a subscriber take from its queue", () => {
  expect(infra.grants(placed.publisher(), scope)).toEqual([
    {
      Effect: "Allow",
      Action: ["events:PutEvents"],
      Resource: [{ "Fn::GetAtt": [scope.logicalId("EventBus", "bus"), "Arn"] }],
      Condition: { StringEquals: { "events:detail-type": "order.placed" } },
    },
  ]);
  expect(snsInfra.grants(placed.publisher(), scope)).toMatchObject([{ Action: ["sns:Publish"] }]);
  const queue = scope.logicalId("Queue", "subscription.loyalty.order.placed");
  for (const made of [infra, snsInfra]) {
    expect(made.grants(large, scope, holder)).toEqual([
      {
        Effect: "Allow",
        Action: [
          "sqs:GetQueueUrl",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
          "sqs:DeleteMessage",
          "sqs:ChangeMessageVisibility",
        ],
        Resource: [{ "Fn::GetAtt": [queue, "Arn"] }],
      },
    ]);
  }
});
