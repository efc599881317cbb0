import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { ResourceMakers } from "./provision.ts";

function clientOf(endpoint: string, region: string): SecretsManagerClient {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return new SecretsManagerClient({ endpoint, region, credentials });
}

/** Makers of Secrets Manager resources on the emulator at `endpoint`. */
export function secretMakers(endpoint: string, region: string): ResourceMakers {
  const client = clientOf(endpoint, region);
  return {
    async "AWS::SecretsManager::Secret"({ Name, Description }) {
      const made = await client.send(
        new CreateSecretCommand({
          Name: Name as string,
          ...(Description === undefined ? {} : { Description: Description as string }),
        }),
      );
      return { Ref: made.ARN ?? "", Id: made.ARN ?? "" };
    },
  };
}

/** Sets a secret's value, as people do in the console of AWS. */
export async function setSecret(
  endpoint: string,
  region: string,
  name: string,
  value: string,
): Promise<void> {
  const client = clientOf(endpoint, region);
  await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
  client.destroy();
}
