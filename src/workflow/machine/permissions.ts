import type { IamStatement, InfraScope, InfraValue } from "../../core/infra.ts";
import type { Json } from "../../core/json.ts";
import type { JsonObject } from "../asl/index.ts";
import { definitionOf } from "./declaration.ts";
import type { AnyStateMachine } from "./declaration.ts";
import { machineErrors } from "./errors.ts";
import { logicalPlaces } from "./places.ts";

/** A field of a state that is an object. */
const objectAt = (state: JsonObject, field: string): JsonObject =>
  (state[field] ?? {}) as JsonObject;

/** A field that is a text; empty where it is not. */
const textAt = (state: JsonObject, field: string): string => {
  const value = state[field];
  return typeof value === "string" ? value : "";
};

/** All states of a document, those of branches and maps too. */
function statesOf(document: JsonObject): JsonObject[] {
  const states = Object.values(objectAt(document, "States")) as JsonObject[];
  return states.flatMap((state) => {
    const branches = (state["Branches"] ?? []) as readonly JsonObject[];
    const each = [state["ItemProcessor"], state["Iterator"]].filter((one) => one !== undefined);
    return [state, ...[...branches, ...(each as JsonObject[])].flatMap(statesOf)];
  });
}

const allow = (Action: readonly string[], ...Resource: InfraValue[]): IamStatement => ({
  Effect: "Allow",
  Action,
  Resource,
});

const isLiteral = (value: Json | undefined): value is string =>
  typeof value === "string" && !value.startsWith("{%") && !value.startsWith("$");

/** A function by name or ARN, with its versions. */
function functionGrant(named: string, { partition, region, account }: InfraScope): IamStatement {
  const arn = named.startsWith("arn:")
    ? named
    : `arn:${partition}:lambda:${region}:${account}:function:${named}`;
  return allow(["lambda:InvokeFunction"], arn, ...(arn.split(":").length > 7 ? [] : [`${arn}:*`]));
}

/** Source: Step Functions Developer Guide, "Call HTTPS APIs", IAM permissions. */
function httpGrants(args: JsonObject, { partition }: InfraScope): IamStatement[] | undefined {
  const connection = objectAt(args, "Authentication")["ConnectionArn"];
  if (!isLiteral(connection)) return undefined;
  const { ApiEndpoint: endpoint, Method: method } = args;
  const literal = {
    ...(isLiteral(endpoint) ? { "states:HTTPEndpoint": endpoint } : {}),
    ...(isLiteral(method) ? { "states:HTTPMethod": method } : {}),
  };
  const secrets = `arn:${partition}:secretsmanager:*:*:secret:events!connection/*`;
  return [
    { ...allow(["states:InvokeHTTPEndpoint"], "*"), Condition: { StringEquals: literal } },
    allow(["events:RetrieveConnectionCredentials"], connection),
    allow(["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], secrets),
  ];
}

/** What doing a task takes; nothing where that does not follow from the state. */
function taskGrants(state: JsonObject, scope: InfraScope): readonly IamStatement[] | undefined {
  const resource = textAt(state, "Resource");
  if (/^arn:[^:]+:states:[^:]+:\d+:activity:/.test(resource)) return [];
  if (/^arn:[^:]+:lambda:/.test(resource)) return [functionGrant(resource, scope)];
  const action = /^arn:[^:]+:states:::([^.]+)/.exec(resource)?.[1];
  const args = objectAt(state, state["Arguments"] === undefined ? "Parameters" : "Arguments");
  const queue = /^queue\/(.+)$/.exec(textAt(args, "QueueUrl"))?.[1];
  if (action === "sqs:sendMessage" && queue !== undefined) {
    const arn: InfraValue = { "Fn::GetAtt": [scope.logicalId("Queue", queue), "Arn"] };
    return [allow(["sqs:SendMessage"], arn)];
  }
  const [entry] = (args["Entries"] ?? []) as readonly JsonObject[];
  if (action === "events:putEvents" && entry?.["EventBusName"] === logicalPlaces.eventBus) {
    const arn: InfraValue = { "Fn::GetAtt": [scope.logicalId("EventBus", "bus"), "Arn"] };
    return [allow(["events:PutEvents"], arn)];
  }
  const named = args["FunctionName"];
  if (action === "lambda:invoke" && isLiteral(named)) return [functionGrant(named, scope)];
  return action === "http:invoke" ? httpGrants(args, scope) : undefined;
}

/** The bucket that a distributed map names, where it is a set of blobs that the machine holds. */
function bucketOf(
  part: JsonObject,
  { uses }: AnyStateMachine,
  scope: InfraScope,
): string | undefined {
  const args = objectAt(part, part["Arguments"] === undefined ? "Parameters" : "Arguments");
  const held = Object.values(uses).find(
    ({ resource }) => resource.kind === "blob" && resource.name === args["Bucket"],
  );
  if (held === undefined) return undefined;
  return `arn:${scope.partition}:s3:::${scope.name("bucket", held.resource.name)}`;
}

/** What a map takes each of whose items is an execution of its own. */
function distributedGrants(
  state: JsonObject,
  machine: AnyStateMachine,
  scope: InfraScope,
): readonly IamStatement[] {
  const config = objectAt(objectAt(state, "ItemProcessor"), "ProcessorConfig");
  if (config["Mode"] !== "DISTRIBUTED") return [];
  const reads = bucketOf(objectAt(state, "ItemReader"), machine, scope);
  const writes = bucketOf(objectAt(state, "ResultWriter"), machine, scope);
  return [
    allow(["states:StartExecution"], machineArn(machine.name, scope)),
    allow(
      ["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"],
      executionsArn(machine.name, scope),
    ),
    ...(reads === undefined
      ? []
      : [allow(["s3:GetObject"], `${reads}/*`), allow(["s3:ListBucket"], reads)]),
    ...(writes === undefined
      ? []
      : [
          allow(
            [
              "s3:AbortMultipartUpload",
              "s3:GetObject",
              "s3:ListMultipartUploadParts",
              "s3:PutObject",
            ],
            `${writes}/*`,
          ),
        ]),
  ];
}

/** The ARN of a machine. */
export function machineArn(machine: string, scope: InfraScope): string {
  const { partition, region, account } = scope;
  const name = scope.name("state-machine", machine);
  return `arn:${partition}:states:${region}:${account}:stateMachine:${name}`;
}

/** The ARNs of its executions. */
export function executionsArn(machine: string, scope: InfraScope): string {
  return `${machineArn(machine, scope).replace(":stateMachine:", ":execution:")}:*`;
}

/**
 * What the role of a machine on Step Functions may do: what follows from its states, and what the
 * machine names.
 * @throws MOR_MACHINE_PERMISSIONS where a state asks for more than either tells
 */
export function rolePermissions(
  machine: AnyStateMachine,
  scope: InfraScope,
): readonly IamStatement[] {
  const found = new Map<string, IamStatement>();
  for (const state of statesOf(definitionOf(machine))) {
    const own = state["Type"] === "Task" ? taskGrants(state, scope) : [];
    if (own === undefined && machine.permissions.length === 0) {
      throw machineErrors.MOR_MACHINE_PERMISSIONS(
        `state machine ${machine.name}: what its role needs for ${textAt(state, "Resource")} ` +
          "does not follow from its states",
      );
    }
    for (const one of [...(own ?? []), ...distributedGrants(state, machine, scope)]) {
      found.set(JSON.stringify(one), one);
    }
  }
  return [...found.values(), ...machine.permissions];
}
