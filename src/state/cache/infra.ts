import type { CapabilityInfra, InfraScope } from "../../core/infra.ts";
import type { Resource } from "../../core/resource.ts";

/** Caches of an app share one engine: their keys carry their names. */
const shared = "shared";

function arn(scope: InfraScope, kind: string, name: string): string {
  const { partition, region, account } = scope;
  return `arn:${partition}:elasticache:${region}:${account}:${kind}:${name}`;
}

/**
 * One serverless Valkey for all caches of the app, encrypted in transit and at rest. A holder may
 * connect to it by IAM authentication (Amazon ElastiCache User Guide, "Authenticating with IAM"),
 * as the user of the cache's name.
 */
export const infra: CapabilityInfra<Resource> = {
  resources: (_cache, scope) => ({
    [scope.logicalId("Cache", shared)]: {
      Type: "AWS::ElastiCache::ServerlessCache",
      Properties: {
        ServerlessCacheName: scope.name("cache", shared),
        Engine: "valkey",
        MajorEngineVersion: "8",
      },
    },
  }),
  grants: (_capability, scope) => {
    const name = scope.name("cache", shared);
    return [
      {
        Effect: "Allow",
        Action: ["elasticache:Connect"],
        Resource: [arn(scope, "serverlesscache", name), arn(scope, "user", name)],
      },
    ];
  },
};
