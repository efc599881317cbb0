import { capability, checkName } from "../../core/resource.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { Redacted } from "./redacted.ts";

/** What a secret declares. */
export interface SecretOptions {
  /** What it is for and who gives it: shown to whoever has to set it. */
  readonly description?: string;
}

/** Reads one secret. Held by `secret.reader()`. */
export interface SecretReader {
  /**
   * The value, wrapped so that it reaches no log by accident; `reveal()` gives it. Where values may
   * change it is read again after five minutes, or at once with `fresh`: after a login that failed.
   * @throws MOR_SECRET_MISSING, MOR_SECRET_DENIED
   */
  get(options?: { readonly fresh?: boolean }): Promise<Redacted>;
}

/** A declared secret: plain data without a value, and the capability that it hands out. */
export interface Secret extends Resource<"secret"> {
  readonly description: string;
  /** The right to read its value. */
  reader(): Capability<SecretReader, Secret>;
}

/**
 * Declares a secret. Its value is set outside of the app: in the environment or in Secrets Manager.
 * @example export const paymentKey = secret("payment-key", { description: "API key of the bank" });
 * @throws MOR_NAME
 */
export function secret(name: string, options: SecretOptions = {}): Secret {
  checkName("secret", name);
  const declared: Secret = {
    kind: "secret",
    name,
    description: options.description ?? "",
    reader: () => capability<SecretReader, Secret>(declared, "read", "in"),
  };
  return Object.freeze(declared);
}
