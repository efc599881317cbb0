import type { PhysicalKind } from "./names.ts";
import type { Capability, Resource } from "./resource.ts";

/** A CloudFormation value: plain data, `{ Ref }` and `{ "Fn::GetAtt" }` included. */
export type InfraValue =
  | null
  | boolean
  | number
  | string
  | readonly InfraValue[]
  | { readonly [key: string]: InfraValue };

/** One resource of a CloudFormation template. */
export interface InfraResource {
  readonly Type: `AWS::${string}`;
  readonly Properties: Readonly<Record<string, InfraValue>>;
  readonly DependsOn?: readonly string[];
}

/** Resources by logical id. */
export type InfraFragment = Readonly<Record<string, InfraResource>>;

/** One statement of an IAM policy. */
export interface IamStatement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly InfraValue[];
  readonly Condition?: Readonly<Record<string, InfraValue>>;
}

/** Where infrastructure is made for. */
export interface InfraScope {
  readonly app: string;
  readonly environment: string;
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  /** The physical name of a resource here. */
  name(kind: PhysicalKind, name: string): string;
  /** A logical id of a template: letters and digits only. */
  logicalId(kind: string, name: string): string;
}

/** The service that holds a capability. */
export interface InfraHolder {
  readonly service: string;
}

/** What `infra.ts` of a capability folder exports. */
export interface CapabilityInfra<R extends Resource = Resource> {
  /** The resources that one declared resource becomes. */
  resources(resource: R, scope: InfraScope): InfraFragment;
  /**
   * The resources that holding `capability` takes beside the resource itself: a subscription's rule
   * and queue.
   */
  held?(capability: Capability<unknown, R>, scope: InfraScope, holder: InfraHolder): InfraFragment;
  /** Exactly what a holder of `capability` must be allowed. */
  grants(
    capability: Capability<unknown, R>,
    scope: InfraScope,
    holder?: InfraHolder,
  ): readonly IamStatement[];
}

/** A role that one AWS service takes on for this account, and exactly what it may do then. */
export function serviceRole(
  scope: InfraScope,
  role: {
    /** Its name among those of the app and environment: `schedule-nightly`. */
    readonly name: string;
    /** Who takes it on: `states.amazonaws.com`. */
    readonly service: string;
    readonly policy: string;
    readonly statements: readonly IamStatement[];
  },
): InfraResource {
  const trust: InfraValue = {
    Effect: "Allow",
    Principal: { Service: role.service },
    Action: ["sts:AssumeRole"],
    Condition: { StringEquals: { "aws:SourceAccount": scope.account } },
  };
  // Statements are plain data; their type has optional members, which InfraValue has not.
  const Statement = role.statements as unknown as InfraValue;
  const PolicyDocument = { Version: "2012-10-17", Statement };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: scope.name("role", role.name),
      AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] },
      Policies: [{ PolicyName: role.policy, PolicyDocument }],
    },
  };
}

/**
 * What connecting to the app's PostgreSQL database as its database user takes (RDS IAM
 * authentication); the template's parameter `StateDatabaseResourceId` is the `DbiResourceId` of the
 * instance. Source: Amazon RDS User Guide, "Creating and using an IAM policy for IAM database
 * access".
 */
export function stateDatabaseGrants(scope: InfraScope): readonly IamStatement[] {
  const { app, environment, partition, region, account } = scope;
  const user = `${app}_${environment}`.replaceAll("-", "_");
  const database = { Ref: "StateDatabaseResourceId" };
  const prefix = `arn:${partition}:rds-db:${region}:${account}:dbuser:`;
  return [
    {
      Effect: "Allow",
      Action: ["rds-db:connect"],
      Resource: [{ "Fn::Join": ["", [prefix, database, `/${user}`]] }],
    },
  ];
}
