import type { DriverModule } from "../../../core/host.ts";
import { coreErrors } from "../../../core/errors.ts";
import type { SecretDriver } from "../driver.ts";
import { secretErrors } from "../errors.ts";

/** `payment-key` is `PAYMENT_KEY`, after the prefix. */
function variableOf(prefix: string, name: string): string {
  return prefix + name.toUpperCase().replaceAll(/[.-]/g, "_");
}

function openEnvironment(options: Readonly<Record<string, unknown>>): SecretDriver {
  const { prefix = "" } = options;
  if (typeof prefix !== "string" || !/^[A-Z0-9_]*$/.test(prefix)) {
    throw coreErrors.MOR_CONFIG("secret: the option prefix has capitals, digits and underscores");
  }
  return {
    features: { rotates: false },
    async get(name) {
      const variable = variableOf(prefix, name);
      const value = process.env[variable];
      if (value !== undefined && value !== "") return { value, version: "environment" };
      throw secretErrors.MOR_SECRET_MISSING(`secret ${name}: ${variable} is not set`, {
        fix: `Set ${variable} in the environment of the process and restart it.`,
      });
    },
    close: async () => {},
  };
}

/** Secrets in environment variables. Options: `prefix`. */
export const driver: DriverModule<SecretDriver> = {
  engine: "environment",
  embedded: false,
  open: async (_host, options) => openEnvironment(options),
};
