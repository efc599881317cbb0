import type {
  CapabilityInfra,
  IamStatement,
  InfraFragment,
  InfraScope,
  InfraValue,
} from "../../core/infra.ts";
import { deadLetterSpec } from "./dead.ts";
import type { QueueSpec } from "./driver.ts";
import { queueLimits } from "./limits.ts";
import type { Queue } from "./queue.ts";

/** The cloud name of a queue. */
function nameOf(spec: QueueSpec, scope: InfraScope): string {
  return scope.name(spec.fifo ? "fifo-queue" : "queue", spec.name);
}

/** Written out where a reference would make two resources refer to each other. */
function arnOf(spec: QueueSpec, scope: InfraScope): string {
  const { partition, region, account } = scope;
  return `arn:${partition}:sqs:${region}:${account}:${nameOf(spec, scope)}`;
}

function seconds(durationMs: number): number {
  return Math.ceil(durationMs / 1000);
}

/** FIFO in high-throughput mode where deduplication is a group's own: SQS allows it only then. */
function fifoProperties(spec: QueueSpec): Readonly<Record<string, InfraValue>> {
  if (!spec.fifo) return {};
  const ofGroup = spec.deduplicationScope === "group";
  return {
    FifoQueue: true,
    ContentBasedDeduplication: spec.contentDeduplication,
    DeduplicationScope: ofGroup ? "messageGroup" : "queue",
    FifoThroughputLimit: ofGroup ? "perMessageGroupId" : "perQueue",
  };
}

function properties(spec: QueueSpec, scope: InfraScope): Readonly<Record<string, InfraValue>> {
  return {
    QueueName: nameOf(spec, scope),
    VisibilityTimeout: seconds(spec.visibilityMs),
    DelaySeconds: seconds(spec.delayMs),
    MessageRetentionPeriod: seconds(spec.retentionMs),
    MaximumMessageSize: queueLimits.messageBytesMax,
    SqsManagedSseEnabled: true,
    ...fifoProperties(spec),
  };
}

/**
 * The queues of one spec: its own and its dead-letter queue's, which takes letters from it alone.
 */
export function queueResources(spec: QueueSpec, scope: InfraScope): InfraFragment {
  const id = scope.logicalId("Queue", spec.name);
  const dead = deadLetterSpec(spec);
  if (dead === undefined) {
    return { [id]: { Type: "AWS::SQS::Queue", Properties: properties(spec, scope) } };
  }
  const deadId = scope.logicalId("Queue", dead.name);
  const redrive: InfraValue = {
    deadLetterTargetArn: { "Fn::GetAtt": [deadId, "Arn"] },
    maxReceiveCount: spec.receivesMax ?? 1,
  };
  const allow: InfraValue = { redrivePermission: "byQueue", sourceQueueArns: [arnOf(spec, scope)] };
  return {
    [deadId]: {
      Type: "AWS::SQS::Queue",
      Properties: { ...properties(dead, scope), RedriveAllowPolicy: allow },
    },
    [id]: {
      Type: "AWS::SQS::Queue",
      Properties: { ...properties(spec, scope), RedrivePolicy: redrive },
    },
  };
}

/** What each capability calls; the Service Authorization Reference lists them for Amazon SQS. */
const actions: Readonly<Record<string, readonly string[]>> = {
  send: ["sqs:GetQueueUrl", "sqs:SendMessage"],
  consume: [
    "sqs:GetQueueUrl",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
  ],
};

/** SQS queues, and exactly what a sender and a consumer may do with them. */
export const infra: CapabilityInfra<Queue> = {
  resources: (queue, scope) => queueResources(queue.spec, scope),
  grants({ resource, verb }, scope): readonly IamStatement[] {
    const id = scope.logicalId("Queue", resource.name);
    const arn: InfraValue = { "Fn::GetAtt": [id, "Arn"] };
    return [{ Effect: "Allow", Action: actions[verb] ?? [], Resource: [arn] }];
  },
};
