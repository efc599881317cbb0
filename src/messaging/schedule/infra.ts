import type {
  CapabilityInfra,
  IamStatement,
  InfraFragment,
  InfraScope,
  InfraValue,
} from "../../core/infra.ts";
import { toAws } from "./aws.ts";
import { queueOf } from "./runtime.ts";
import type { Schedule } from "./schedule.ts";

/** The role that EventBridge Scheduler takes on to put a run on its queue. */
function roleOf(declared: Schedule, scope: InfraScope): InfraFragment {
  const queue = scope.logicalId("Queue", queueOf(declared.name));
  return {
    [scope.logicalId("ScheduleRole", declared.name)]: {
      Type: "AWS::IAM::Role",
      Properties: {
        RoleName: scope.name("role", `schedule-${declared.name}`),
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "scheduler.amazonaws.com" },
              Action: ["sts:AssumeRole"],
              Condition: { StringEquals: { "aws:SourceAccount": scope.account } },
            },
          ],
        },
        Policies: [
          {
            PolicyName: "send",
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                {
                  Effect: "Allow",
                  Action: ["sqs:SendMessage"],
                  Resource: [{ "Fn::GetAtt": [queue, "Arn"] }],
                },
              ],
            },
          },
        ],
      },
    },
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

/** A schedule of EventBridge Scheduler that sends to a queue, and the role that it sends under. */
export const infra: CapabilityInfra<Schedule> = {
  resources(declared, scope) {
    const { expression, name } = declared;
    const iso = (ms: number): string => new Date(ms).toISOString();
    const role = scope.logicalId("ScheduleRole", name);
    const queue = scope.logicalId("Queue", queueOf(name));
    return {
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
  // Whoever runs when a schedule fires receives from its queue; the queue's own grant says so.
  grants: (): readonly IamStatement[] => [],
};
