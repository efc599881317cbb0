import { serviceRole } from "../../core/infra.ts";
import type { IamStatement, InfraFragment, InfraScope, InfraValue } from "../../core/infra.ts";
import { definitionOf } from "./declaration.ts";
import type { AnyStateMachine } from "./declaration.ts";
import { executionsArn, machineArn, rolePermissions } from "./permissions.ts";
import { endedDetailType, tasksQueue, tasksQueueLimits } from "./places.ts";
import type { Places } from "./places.ts";

const arn = (id: string): InfraValue => ({ "Fn::GetAtt": [id, "Arn"] });

/** The queue through which a machine's service gets its tasks and its ends; its dead letters. */
function queues(machine: AnyStateMachine, scope: InfraScope): InfraFragment {
  const queue = tasksQueue(machine.name);
  const dead = scope.logicalId("Queue", `${queue}.dead`);
  const common = {
    VisibilityTimeout: 30,
    SqsManagedSseEnabled: true,
    MaximumMessageSize: 2 ** 20,
    MessageRetentionPeriod: tasksQueueLimits.retentionMs / 1000,
  };
  return {
    [dead]: {
      Type: "AWS::SQS::Queue",
      Properties: { ...common, QueueName: scope.name("queue", `${queue}.dead`) },
    },
    [scope.logicalId("Queue", queue)]: {
      Type: "AWS::SQS::Queue",
      Properties: {
        ...common,
        QueueName: scope.name("queue", queue),
        RedrivePolicy: {
          deadLetterTargetArn: arn(dead),
          maxReceiveCount: tasksQueueLimits.receivesMax,
        },
      },
    },
  };
}

/** Tells the machine's queue when an execution has ended. */
function endRule(machine: AnyStateMachine, scope: InfraScope): InfraFragment {
  const queue = scope.logicalId("Queue", tasksQueue(machine.name));
  const rule = scope.logicalId("Rule", tasksQueue(machine.name));
  const { partition, region, account } = scope;
  const name = scope.name("rule", tasksQueue(machine.name));
  // Written out: the rule and the policy of the queue would refer to each other.
  const ruleArn = `arn:${partition}:events:${region}:${account}:rule/${name}`;
  return {
    [rule]: {
      Type: "AWS::Events::Rule",
      Properties: {
        Name: name,
        EventBusName: "default",
        EventPattern: {
          source: ["aws.states"],
          "detail-type": [endedDetailType],
          detail: {
            status: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
            stateMachineArn: [machineArn(machine.name, scope)],
          },
        },
        State: "ENABLED",
        Targets: [{ Id: "queue", Arn: arn(queue) }],
      },
    },
    [scope.logicalId("QueuePolicy", tasksQueue(machine.name))]: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: queue }],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: arn(queue),
              Condition: { ArnEquals: { "aws:SourceArn": ruleArn } },
            },
          ],
        },
      },
    },
  };
}

function role(machine: AnyStateMachine, scope: InfraScope): InfraFragment {
  return {
    [scope.logicalId("MachineRole", machine.name)]: serviceRole(scope, {
      name: `machine-${machine.name}`,
      service: "states.amazonaws.com",
      policy: "states",
      statements: rolePermissions(machine, scope),
    }),
  };
}

/** The document, with marks where addresses are filled in when the machine is made. */
function document(
  machine: AnyStateMachine,
  service: string,
  scope: InfraScope,
): { readonly text: string; readonly fillings: Readonly<Record<string, InfraValue>> } {
  const fillings: Record<string, InfraValue> = {};
  const marked = (key: string, value: InfraValue): string => {
    fillings[key] = value;
    return `\${${key}}`;
  };
  const places: Places = {
    queueUrl(name) {
      const id = scope.logicalId("Queue", name);
      return marked(`url${id}`, { Ref: id });
    },
    bucket: (blobs) => scope.name("bucket", blobs),
    eventBus: scope.name("event-bus", "bus"),
    eventSource: `${scope.app}.${service}`,
  };
  return { text: JSON.stringify(definitionOf(machine, places)), fillings };
}

/**
 * A machine on Step Functions: the machine and its role, the queue through which its service does
 * its tasks, and the rule that tells of executions that ended.
 * @param holder the service that runs the machine
 * @throws MOR_MACHINE_PERMISSIONS
 */
export function machineResources(
  machine: AnyStateMachine,
  scope: InfraScope,
  holder: { readonly service: string },
): InfraFragment {
  const { text, fillings } = document(machine, holder.service, scope);
  return {
    ...queues(machine, scope),
    ...role(machine, scope),
    [scope.logicalId("StateMachine", machine.name)]: {
      Type: "AWS::StepFunctions::StateMachine",
      Properties: {
        StateMachineName: scope.name("state-machine", machine.name),
        StateMachineType: "STANDARD",
        RoleArn: arn(scope.logicalId("MachineRole", machine.name)),
        DefinitionString: text,
        DefinitionSubstitutions: fillings,
      },
    },
    ...endRule(machine, scope),
  };
}

/**
 * What the service that runs a machine may do: start and watch executions, do their tasks. Who only
 * holds `starter()` writes to the journal; nothing in the service lists executions.
 */
export function machineGrants(
  machine: AnyStateMachine,
  scope: InfraScope,
): readonly IamStatement[] {
  const own = machineArn(machine.name, scope);
  const allow = (Action: readonly string[], Resource: InfraValue): IamStatement => ({
    Effect: "Allow",
    Action,
    Resource: [Resource],
  });
  return [
    allow(
      [
        "states:SendTaskFailure",
        "states:SendTaskHeartbeat",
        "states:SendTaskSuccess",
        "states:StartExecution",
      ],
      own,
    ),
    allow(
      [
        "states:DescribeExecution",
        "states:GetExecutionHistory",
        "states:RedriveExecution",
        "states:StopExecution",
      ],
      executionsArn(machine.name, scope),
    ),
    allow(
      [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
      ],
      arn(scope.logicalId("Queue", tasksQueue(machine.name))),
    ),
  ];
}
