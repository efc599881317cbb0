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
