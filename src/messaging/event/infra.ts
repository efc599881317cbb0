import type {
  CapabilityInfra,
  IamStatement,
  InfraFragment,
  InfraHolder,
  InfraScope,
  InfraValue,
} from "../../core/infra.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Capability } from "../../core/resource.ts";
import type { Event } from "./event.ts";
import type { InputTransformer } from "./input.ts";
import { isSubscription, subscriptionOf } from "./subscriptions.ts";
import type { Subscription } from "./subscriptions.ts";

/** As long as the embedded log keeps events. */
const archiveDays = 7;
const daySeconds = 86_400;
/** Dead letters are kept as long as SQS can. */
const deadSeconds = 14 * daySeconds;
/** EventBridge's own retries, of deliveries to the queue. */
const ruleRetriesMax = 185;

function arn(id: string): InfraValue {
  return { "Fn::GetAtt": [id, "Arn"] };
}

const busId = (scope: InfraScope): string => scope.logicalId("EventBus", "bus");
const topicId = (event: Event, scope: InfraScope): string => scope.logicalId("Topic", event.name);

/** Logical ids of a subscription's resources. */
function idsOf(
  { spec, name }: Subscription,
  scope: InfraScope,
): Record<"queue" | "dead" | "policy" | "rule", string> {
  return {
    queue: scope.logicalId("Queue", spec.queue),
    dead: scope.logicalId("Queue", `${spec.queue}.dead`),
    policy: scope.logicalId("QueuePolicy", spec.queue),
    rule: scope.logicalId("Rule", name),
  };
}

/** The queue of a subscription and its dead letters, as the queue pillar names them. */
function queues(subscription: Subscription, scope: InfraScope): InfraFragment {
  const { spec, attemptsMax, ageMsMax } = subscription;
  const ids = idsOf(subscription, scope);
  const common = { VisibilityTimeout: 30, SqsManagedSseEnabled: true, MaximumMessageSize: 2 ** 20 };
  return {
    [ids.dead]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        ...common,
        QueueName: scope.name("queue", `${spec.queue}.dead`),
        MessageRetentionPeriod: deadSeconds,
      },
    },
    [ids.queue]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        ...common,
        QueueName: scope.name("queue", spec.queue),
        MessageRetentionPeriod: Math.ceil(ageMsMax / 1000),
        RedrivePolicy: { deadLetterTargetArn: arn(ids.dead), maxReceiveCount: attemptsMax },
      },
    },
  };
}

/** Lets one source, and nothing else, put messages on the queue and its dead letters. */
function queuePolicy(
  subscription: Subscription,
  scope: InfraScope,
  service: string,
  source: InfraValue,
): InfraFragment {
  const ids = idsOf(subscription, scope);
  const statement: InfraValue = {
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sqs:SendMessage",
    Resource: [arn(ids.queue), arn(ids.dead)],
    Condition: { ArnEquals: { "aws:SourceArn": source } },
  };
  return {
    [ids.policy]: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: ids.queue }, { Ref: ids.dead }],
        PolicyDocument: { Version: "2012-10-17", Statement: [statement] },
      },
    },
  };
}

/** The transformer of a target: what the subscription gets, with the event's id and its context. */
function transformer({ paths, template }: InputTransformer): InfraValue {
  return {
    InputPathsMap: { ...paths, "morning-id": "$.id", "morning-context": "$.detail._morning" },
    InputTemplate: `{"id":"<morning-id>","_morning":<morning-context>,"input":${template}}`,
  };
}

function rule(subscription: Subscription, scope: InfraScope): InfraFragment {
  const { spec, name, ageMsMax } = subscription;
  const ids = idsOf(subscription, scope);
  const target: InfraValue = {
    Id: "queue",
    Arn: arn(ids.queue),
    DeadLetterConfig: { Arn: arn(ids.dead) },
    RetryPolicy: {
      MaximumRetryAttempts: ruleRetriesMax,
      MaximumEventAgeInSeconds: Math.min(daySeconds, Math.ceil(ageMsMax / 1000)),
    },
    ...(spec.input === undefined ? {} : { InputTransformer: transformer(spec.input) }),
  };
  return {
    [ids.rule]: {
      Type: "AWS::Events::Rule",
      Properties: {
        Name: scope.name("rule", name),
        EventBusName: { Ref: busId(scope) },
        EventPattern: spec.pattern as InfraValue,
        State: "ENABLED",
        Targets: [target],
      },
    },
  };
}

function bus(scope: InfraScope): InfraFragment {
  const id = busId(scope);
  return {
    [id]: { Type: "AWS::Events::EventBus", Properties: { Name: scope.name("event-bus", "bus") } },
    [scope.logicalId("Archive", "bus")]: {
      Type: "AWS::Events::Archive",
      Properties: {
        ArchiveName: scope.name("archive", "bus"),
        SourceArn: arn(id),
        RetentionDays: archiveDays,
        // What is replayed is not archived again.
        EventPattern: { "replay-name": [{ exists: false }] },
      },
    },
  };
}

function topicSubscription(subscription: Subscription, scope: InfraScope): InfraFragment {
  const { spec, name, event } = subscription;
  const ids = idsOf(subscription, scope);
  const { "detail-type": _, ...policy } = spec.pattern;
  return {
    [scope.logicalId("Subscription", name)]: {
      Type: "AWS::SNS::Subscription",
      Properties: {
        TopicArn: { Ref: topicId(event, scope) },
        Protocol: "sqs",
        Endpoint: arn(ids.queue),
        RawMessageDelivery: true,
        RedrivePolicy: { deadLetterTargetArn: arn(ids.dead) },
        ...(Object.keys(policy).length === 0
          ? {}
          : { FilterPolicyScope: "MessageBody", FilterPolicy: policy as InfraValue }),
      },
      DependsOn: [ids.policy],
    },
  };
}

function heldBy(
  capability: Capability<unknown, Event>,
  holder: InfraHolder | undefined,
): Subscription {
  if (holder !== undefined) return subscriptionOf(holder.service, capability);
  throw coreErrors.MOR_INTERNAL(`event ${capability.resource.name}: a subscription has a holder`);
}

/**
 * What a consumer of the subscription's queue calls (Service Authorization Reference, Amazon SQS).
 */
function consumeGrants(subscription: Subscription, scope: InfraScope): readonly IamStatement[] {
  const Action = [
    "sqs:GetQueueUrl",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
  ];
  return [{ Effect: "Allow", Action, Resource: [arn(idsOf(subscription, scope).queue)] }];
}

/** EventBridge: one bus with its archive; a rule and a queue with dead letters a subscription. */
export const infra: CapabilityInfra<Event> = {
  resources: (_event, scope) => bus(scope),
  held(capability, scope, holder) {
    if (!isSubscription(capability)) return {};
    const subscription = subscriptionOf(holder.service, capability);
    const source = arn(idsOf(subscription, scope).rule);
    return {
      ...queues(subscription, scope),
      ...rule(subscription, scope),
      ...queuePolicy(subscription, scope, "events.amazonaws.com", source),
    };
  },
  grants(capability, scope, holder) {
    if (isSubscription(capability)) return consumeGrants(heldBy(capability, holder), scope);
    return [
      {
        Effect: "Allow",
        Action: ["events:PutEvents"],
        Resource: [arn(busId(scope))],
        Condition: { StringEquals: { "events:detail-type": capability.resource.name } },
      },
    ];
  },
};

/** SNS: a topic an event; a subscription with filter policy and a queue with dead letters. */
export const snsInfra: CapabilityInfra<Event> = {
  resources: (event, scope) => ({
    [topicId(event, scope)]: {
      Type: "AWS::SNS::Topic",
      Properties: { TopicName: scope.name("topic", event.name) },
    },
  }),
  held(capability, scope, holder) {
    if (!isSubscription(capability)) return {};
    const subscription = subscriptionOf(holder.service, capability);
    const topic: InfraValue = { Ref: topicId(capability.resource, scope) };
    return {
      ...queues(subscription, scope),
      ...queuePolicy(subscription, scope, "sns.amazonaws.com", topic),
      ...topicSubscription(subscription, scope),
    };
  },
  grants(capability, scope, holder) {
    if (isSubscription(capability)) return consumeGrants(heldBy(capability, holder), scope);
    const topic: InfraValue = { Ref: topicId(capability.resource, scope) };
    return [{ Effect: "Allow", Action: ["sns:Publish"], Resource: [topic] }];
  },
};
