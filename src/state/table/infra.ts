import type { CapabilityInfra } from "../../core/infra.ts";
import type { AnyTable } from "./table.ts";

/**
 * Tables are rows in the app's PostgreSQL database, which exists already: nothing to make. A holder
 * may connect to it as the app's database user (RDS IAM authentication); the template's parameter
 * `StateDatabaseResourceId` is the `DbiResourceId` of the instance. Source: Amazon RDS User Guide,
 * "Creating and using an IAM policy for IAM database access".
 */
export const infra: CapabilityInfra<AnyTable> = {
  resources: () => ({}),
  grants: (_capability, { app, environment, partition, region, account }) => {
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
  },
};
