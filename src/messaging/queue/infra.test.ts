import { describe, expect, it } from "vitest";
import { z } from "zod";
import { emulatorScope } from "../../testing/aws/provision.ts";
import { infra } from "./infra.ts";
import { queue } from "./queue.ts";

const scope = emulatorScope({
  app: "shop",
  environment: "production",
  region: "ap-northeast-1",
  account: "123456789012",
});
const message = z.object({ id: z.string() });
const orders = queue("orders", {
  message,
  fifo: true,
  deduplicationScope: "group",
  receivesMax: 4,
});

describe("the infrastructure of a queue", () => {
  it("is the queue and its dead letters, which take from it alone", () => {
    const resources = infra.resources(orders, scope);
    const [dead, own] = ["orders.dead", "orders"].map((name) => scope.logicalId("Queue", name));
    expect(Object.keys(resources).toSorted()).toEqual([dead, own].map(String).toSorted());
    expect(resources[own ?? ""]?.Properties).toMatchObject({
      QueueName: "shop-production-orders.fifo",
      FifoQueue: true,
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
      VisibilityTimeout: 30,
      MessageRetentionPeriod: 345_600,
      RedrivePolicy: {
        deadLetterTargetArn: { "Fn::GetAtt": [dead, "Arn"] },
        maxReceiveCount: 4,
      },
    });
    expect(resources[dead ?? ""]?.Properties).toMatchObject({
      MessageRetentionPeriod: 1_209_600,
      RedriveAllowPolicy: {
        redrivePermission: "byQueue",
        sourceQueueArns: ["arn:aws:sqs:ap-northeast-1:123456789012:shop-production-orders.fifo"],
      },
    });
  });

  it("allows a sender to send to its queue and nothing else", () => {
    expect(infra.grants(orders.sender(), scope)).toEqual([
      {
        Effect: "Allow",
        Action: ["sqs:GetQueueUrl", "sqs:SendMessage"],
        Resource: [{ "Fn::GetAtt": [scope.logicalId("Queue", "orders"), "Arn"] }],
      },
    ]);
  });

  it("allows a consumer to receive, settle and count, without a wildcard", () => {
    const [statement] = infra.grants(orders.consumer(), scope);
    expect(statement?.Action).toContain("sqs:ReceiveMessage");
    expect(statement?.Action).not.toContain("sqs:SendMessage");
    expect(JSON.stringify(statement)).not.toContain("*");
  });
});
