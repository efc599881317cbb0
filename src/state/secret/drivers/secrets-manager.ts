import type * as SecretsSdk from "@aws-sdk/client-secrets-manager";
import { coreErrors, MorningError } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import { awsEngine } from "../../../engines/aws/client.ts";
import type { SecretDriver } from "../driver.ts";
import { secretErrors } from "../errors.ts";

interface Client {
  readonly sdk: typeof SecretsSdk;
  readonly client: SecretsSdk.SecretsManagerClient;
}

function missing(name: string, physical: string): MorningError {
  return secretErrors.MOR_SECRET_MISSING(`secret ${name}: ${physical} has no value`, {
    fix: `Deploy the infrastructure, then set the value of ${physical} in Secrets Manager.`,
  });
}

/** An error of the SDK as one of ours, without what the call carried. */
function secretError(name: string, physical: string, thrown: unknown): MorningError {
  if (MorningError.is(thrown)) return thrown;
  const { name: kind, message } = thrown as Error;
  if (kind === "ResourceNotFoundException") return missing(name, physical);
  if (kind === "AccessDeniedException" || kind === "DecryptionFailure") {
    return secretErrors.MOR_SECRET_DENIED(`secret ${name}: ${physical}: ${message}`);
  }
  return coreErrors.MOR_ENGINE_UNAVAILABLE(`secret ${name}: Secrets Manager: ${kind}: ${message}`);
}

async function openDriver(
  host: Host,
  options: Readonly<Record<string, unknown>>,
): Promise<SecretDriver> {
  const packageName = "@aws-sdk/client-secrets-manager";
  const { sdk, client } = await awsEngine<Client>(host, packageName, options, async (settings) => {
    const loaded = await import("@aws-sdk/client-secrets-manager");
    return { sdk: loaded, client: new loaded.SecretsManagerClient(settings) };
  });
  return {
    features: { rotates: true },
    async get(name) {
      const physical = host.physicalName("secret", name);
      try {
        const command = new sdk.GetSecretValueCommand({ SecretId: physical });
        const found = await client.send(command);
        const { SecretString: value, SecretBinary: binary, VersionId: version = "" } = found;
        if (value !== undefined) return { value, version };
        if (binary === undefined) throw missing(name, physical);
      } catch (thrown) {
        throw secretError(name, physical, thrown);
      }
      throw coreErrors.MOR_UNSUPPORTED(`secret ${name}: ${physical} is binary`, {
        fix: "Store it as text, base64 if need be.",
      });
    },
    // The client belongs to the host.
    close: async () => {},
  };
}

/** Secrets in AWS Secrets Manager. Options: `region`, `endpoint`. */
export const driver: DriverModule<SecretDriver> = {
  engine: "secrets-manager",
  embedded: false,
  open: openDriver,
};
