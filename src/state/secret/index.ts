/**
 * Secrets: values from outside that reach no log, trace or console.
 * @module
 */
export type { SecretDriver, SecretFeatures, SecretValue } from "./driver.ts";
export { secretErrors } from "./errors.ts";
export type { Redacted } from "./redacted.ts";
export { secret } from "./secret.ts";
export type { Secret, SecretOptions, SecretReader } from "./secret.ts";
