import { describe, expect, it } from "vitest";
import { blob } from "../../state/blob/index.ts";
import { emulatorScope } from "../../testing/aws/provision.ts";
import { machineGrants, machineResources } from "./infra.ts";
import { branch, stateMachine } from "./index.ts";
import type { AnyStateMachine } from "./index.ts";
import { fulfilment } from "./rig.contract.ts";

const scope = emulatorScope({
  app: "shop",
  environment: "production",
  region: "ap-northeast-1",
  account: "123456789012",
});
const states = "arn:aws:states:ap-northeast-1:123456789012";

interface Statement {
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
}

/** What the role of a machine may do: action by resource. */
function allowed(machine: AnyStateMachine): string[] {
  const role = machineResources(machine, scope, { service: "orders" })[
    scope.logicalId("MachineRole", machine.name)
  ];
  const policies = role?.Properties["Policies"] as unknown as readonly {
    readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  }[];
  return policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.flatMap(({ Action, Resource }) =>
      Action.map((action) => `${action} ${JSON.stringify(Resource)}`),
    ),
  );
}

describe("the infrastructure of a machine on Step Functions", () => {
  it("is the machine, its role, its queue with dead letters, and word of what ended", () => {
    const resources = machineResources(fulfilment, scope, { service: "orders" });
    const types = Object.values(resources).map(({ Type }) => Type);
    expect(types.toSorted()).toEqual([
      "AWS::Events::Rule",
      "AWS::IAM::Role",
      "AWS::SQS::Queue",
      "AWS::SQS::Queue",
      "AWS::SQS::QueuePolicy",
      "AWS::StepFunctions::StateMachine",
    ]);
    const machine = resources[scope.logicalId("StateMachine", "fulfilment")]?.Properties;
    const tasks = scope.logicalId("Queue", "fulfilment-tasks");
    const text = machine?.["DefinitionString"] as string;
    expect(text).toContain(`"QueueUrl":"\${url${tasks}}"`);
    expect(text).toContain('"EventBusName":"shop-production-bus","Source":"shop.orders"');
    expect(machine?.["DefinitionSubstitutions"]).toMatchObject({ [`url${tasks}`]: { Ref: tasks } });
    const rule = resources[scope.logicalId("Rule", "fulfilment-tasks")]?.Properties;
    expect(rule?.["EventPattern"]).toMatchObject({
      detail: { stateMachineArn: [`${states}:stateMachine:shop-production-fulfilment`] },
    });
  });

  it("lets the role do what its states do, each on what it names", () => {
    expect(allowed(fulfilment)).toEqual([
      `sqs:SendMessage [{"Fn::GetAtt":["${scope.logicalId("Queue", "fulfilment-tasks")}","Arn"]}]`,
      `events:PutEvents [{"Fn::GetAtt":["${scope.logicalId("EventBus", "bus")}","Arn"]}]`,
      `sqs:SendMessage [{"Fn::GetAtt":["${scope.logicalId("Queue", "mails")}","Arn"]}]`,
    ]);
    const rows = blob("rows");
    const many = stateMachine("many", { uses: { rows: rows.readWriter() } }).states({
      Each: {
        type: "map",
        each: branch({
          states: {
            Price: {
              type: "resource",
              resource: "arn:aws:states:::lambda:invoke",
              arguments: { FunctionName: "price" },
            },
          },
        }),
        distributed: {
          reader: { blob: "rows", key: "in.csv" },
          writer: { blob: "rows", prefix: "out" },
        },
      },
    });
    const own = `["${states}:stateMachine:shop-production-many"]`;
    const executions = `["${states}:execution:shop-production-many:*"]`;
    const price = "arn:aws:lambda:ap-northeast-1:123456789012:function:price";
    const objects = '["arn:aws:s3:::shop-production-rows/*"]';
    expect(allowed(many).toSorted()).toEqual(
      [
        `lambda:InvokeFunction ["${price}","${price}:*"]`,
        ...["DescribeExecution", "RedriveExecution", "StopExecution"].map(
          (action) => `states:${action} ${executions}`,
        ),
        `states:StartExecution ${own}`,
        `s3:GetObject ${objects}`,
        ...["AbortMultipartUpload", "GetObject", "ListMultipartUploadParts", "PutObject"].map(
          (action) => `s3:${action} ${objects}`,
        ),
        's3:ListBucket ["arn:aws:s3:::shop-production-rows"]',
      ].toSorted(),
    );
  });

  it("asks for the permissions of what does not follow, and takes what is given", () => {
    const job = (permissions: AnyStateMachine["permissions"]): AnyStateMachine =>
      stateMachine("job", { permissions }).states({
        Run: { type: "resource", resource: "arn:aws:states:::glue:startJobRun.sync" },
      });
    expect(() => allowed(job([]))).toThrow(
      expect.objectContaining({ code: "MOR_MACHINE_PERMISSIONS" }),
    );
    const arn = "arn:aws:glue:ap-northeast-1:123456789012:job/nightly";
    const given = { Effect: "Allow", Action: ["glue:StartJobRun"], Resource: [arn] } as const;
    expect(allowed(job([given]))).toEqual([`glue:StartJobRun ["${arn}"]`]);
  });

  it("lets its service start executions, watch them and do their tasks, of it alone", () => {
    const grants = machineGrants(fulfilment, scope);
    expect(grants.flatMap(({ Resource }) => Resource)).toEqual([
      `${states}:stateMachine:shop-production-fulfilment`,
      `${states}:execution:shop-production-fulfilment:*`,
      { "Fn::GetAtt": [scope.logicalId("Queue", "fulfilment-tasks"), "Arn"] },
    ]);
    expect(grants.every(({ Effect }) => Effect === "Allow")).toBe(true);
  });
});
