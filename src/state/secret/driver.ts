import type { Driver } from "../../core/host.ts";

/** Positive flags of a secret driver. */
export interface SecretFeatures extends Readonly<Record<string, boolean | number | string>> {
  /** A value may change while the process runs; reads see it within five minutes. */
  readonly rotates: boolean;
}

/**
 * A secret's value as its engine gave it. Never log it: it is plain data to cross to the runtime.
 */
export interface SecretValue {
  readonly value: string;
  /** Changes with the value; no part of it. */
  readonly version: string;
}

/**
 * An engine that keeps secrets. It only reads: values are set by people, outside of the app.
 *
 * Guarantees, on every driver: the newest value is given, or a named error; an error's message,
 * details and cause carry no value.
 */
export interface SecretDriver extends Driver {
  readonly features: SecretFeatures;
  /** @throws MOR_SECRET_MISSING, MOR_SECRET_DENIED */
  get(name: string): Promise<SecretValue>;
}
