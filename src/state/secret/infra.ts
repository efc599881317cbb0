import type { CapabilityInfra } from "../../core/infra.ts";
import type { Secret } from "./secret.ts";

/** A secret without a value: people set it, and no template ever carries one. */
export const infra: CapabilityInfra<Secret> = {
  resources: ({ name, description }, scope) => ({
    [scope.logicalId("Secret", name)]: {
      Type: "AWS::SecretsManager::Secret",
      Properties: {
        Name: scope.name("secret", name),
        ...(description === "" ? {} : { Description: description }),
      },
    },
  }),
  grants: ({ resource }, scope) => [
    {
      Effect: "Allow",
      Action: ["secretsmanager:GetSecretValue"],
      // `Ref` is the ARN with the random suffix that Secrets Manager adds to every name.
      Resource: [{ Ref: scope.logicalId("Secret", resource.name) }],
    },
  ],
};
