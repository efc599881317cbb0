import { serviceRole } from "../../core/infra.ts";
import type {
  CapabilityInfra,
  IamStatement,
  InfraFragment,
  InfraScope,
  InfraValue,
} from "../../core/infra.ts";
import { toAws } from "./aws.ts";
import { queueOf, runRetentionMs } from "./run.ts";
import type { Schedule } from "./schedule.ts";

/** Dead letters are kept as long as SQS keeps anything. */
const deadSeconds = 14 * 86_400;

/** The queue that a schedule fires into, and its dead letters, as the queue pillar names them. */
function queuesOf(declared: Schedule, scope: InfraScope): InfraFragment {
  const queue = queueOf(declared.name);
  const dead = scope.logicalId("Queue", `${queue}.dead`);
  const common = { VisibilityTimeout: 30, SqsManagedSseEnabled: true, MaximumMessageSize: 2 ** 20 };
  return {
    [dead]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        ...common,
        QueueName: scope.name("queue", `${queue}.dead`),
        MessageRetentionPeriod: deadSeconds,
      },
    },
    [scope.logicalId("Queue", queue)]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        ...common,
        QueueName: scope.name("queue", queue),
        MessageRetentionPeriod: runRetentionMs / 1000,
        RedrivePolicy: {
          deadLetterTargetArn: { "Fn::GetAtt": [dead, "Arn"] },
          maxReceiveCount: declared.attemptsMax,
        },
      },
    },
  };
}

/** The role that EventBridge Scheduler takes on to put a run on its queue. */
function roleOf(declared: Schedule, scope: InfraScope): InfraFragment {
  const queue = scope.logicalId("Queue", queueOf(declared.name));
  const arn: InfraValue = { "Fn::GetAtt": [queue, "Arn"] };
  return {
    [scope.logicalId("ScheduleRole", declared.name)]: serviceRole(scope, {
      name: `schedule-${declared.name}`,
      service: "scheduler.amazonaws.com",
      policy: "send",
      statements: [{ Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [arn] }],
    }),
  };
}

function windowOf({ expression }: Schedule): InfraValue {
  const minutes = Math.ceil(expression.jitterMs / 60_000);
  return minutes === 0
    ? { Mode: "OFF" }
    : { Mode: "FLEXIBLE", MaximumWindowInMinutes: Math.min(minutes, 1_440) };
}

/** What a run says on AWS: EventBridge Scheduler fills in the time. */
export const awsInput: string = JSON.stringify({
  scheduledTime: "<aws.scheduler.scheduled-time>",
  manual: false,
});

/**
 * A schedule of EventBridge Scheduler, the queue that it sends to, the role that it sends under.
 */
export const infra: CapabilityInfra<Schedule> = {
  resources(declared, scope) {
    const { expression, name } = declared;
    const iso = (ms: number): string => new Date(ms).toISOString();
    const role = scope.logicalId("ScheduleRole", name);
    const queue = scope.logicalId("Queue", queueOf(name));
    return {
      ...queuesOf(declared, scope),
      ...roleOf(declared, scope),
      [scope.logicalId("Schedule", name)]: {
        Type: "AWS::Scheduler::Schedule",
        Properties: {
          Name: scope.name("schedule", name),
          ScheduleExpression: toAws(expression, `schedule ${name}`),
          ScheduleExpressionTimezone: expression.timezone,
          FlexibleTimeWindow: windowOf(declared),
          ...(expression.startMs === undefined ? {} : { StartDate: iso(expression.startMs) }),
          ...(expression.endMs === undefined ? {} : { EndDate: iso(expression.endMs) }),
          State: "ENABLED",
          Target: {
            Arn: { "Fn::GetAtt": [queue, "Arn"] },
            RoleArn: { "Fn::GetAtt": [role, "Arn"] },
            Input: awsInput,
          },
        },
      },
    };
  },
  grants({ resource }, scope): readonly IamStatement[] {
    const queue = scope.logicalId("Queue", queueOf(resource.name));
    return [
      {
        Effect: "Allow",
        Action: [
          "sqs:ReceiveMessage",
          "sqs:DeleteMessage",
          "sqs:ChangeMessageVisibility",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
        ],
        Resource: [{ "Fn::GetAtt": [queue, "Arn"] }],
      },
    ];
  },
};
