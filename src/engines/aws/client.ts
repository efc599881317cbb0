import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";

/** Settings that every AWS client takes. */
export interface AwsSettings {
  readonly region: string;
  /** An emulator's address; AWS itself if left out. */
  readonly endpoint?: string;
  readonly maxAttempts: number;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const attemptsMax = 5;

/**
 * Client settings from a driver's options: `region` and `endpoint`, or AWS_REGION and
 * AWS_ENDPOINT_URL. Credentials come from AWS's own chain; an emulator on loopback takes any.
 * @throws MOR_CONFIG when no region is named
 */
export function awsSettings(options: Readonly<Record<string, unknown>>): AwsSettings {
  const region = options["region"] ?? process.env["AWS_REGION"];
  const endpoint = options["endpoint"] ?? process.env["AWS_ENDPOINT_URL"];
  if (typeof region !== "string") {
    throw coreErrors.MOR_CONFIG("AWS: no region is named", {
      fix: "Set region in the driver's options, or AWS_REGION.",
    });
  }
  if (typeof endpoint !== "string") return { region, maxAttempts: attemptsMax };
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(endpoint).hostname);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return { region, endpoint, maxAttempts: attemptsMax, ...(local ? { credentials } : {}) };
}

/**
 * Opens an AWS client once a process. Clients are optional peers of the package.
 * @throws MOR_ENGINE_NOT_INSTALLED with the line that installs it
 */
export function awsEngine<T extends { readonly client: { destroy(): void } }>(
  host: Host,
  packageName: string,
  options: Readonly<Record<string, unknown>>,
  open: (settings: AwsSettings) => Promise<T>,
): Promise<T> {
  const settings = awsSettings(options);
  const key = `${packageName} ${settings.region} ${settings.endpoint ?? ""}`;
  return host.engine(key, async () => {
    try {
      const value = await open(settings);
      return { value, close: async () => value.client.destroy() };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
      throw coreErrors.MOR_ENGINE_NOT_INSTALLED(`${packageName} is not installed`, {
        cause,
        fix: `npm install ${packageName}`,
      });
    }
  });
}
