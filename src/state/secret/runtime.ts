import type { Clock } from "../../core/clock.ts";
import type { CapabilityRuntime, Host } from "../../core/host.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { SecretDriver } from "./driver.ts";
import { redacted } from "./redacted.ts";
import type { Redacted } from "./redacted.ts";
import type { Secret, SecretReader } from "./secret.ts";

/** How long a value that may change is kept, milliseconds. */
export const keptMs = 300_000;

interface Kept {
  readonly value: Promise<Redacted>;
  readonly untilMs: number;
}

function makeReader(name: string, driver: SecretDriver, clock: Clock): SecretReader {
  let kept: Kept | undefined;
  return {
    get({ fresh = false } = {}) {
      const now = clock.monotonic();
      if (kept !== undefined && !fresh && now < kept.untilMs) return kept.value;
      const value = driver.get(name).then((found) => redacted(name, found.value));
      const untilMs = driver.features.rotates ? now + keptMs : Number.POSITIVE_INFINITY;
      const own = { value, untilMs };
      kept = own;
      // A failure is not kept: the next call asks again.
      value.catch(() => {
        if (kept === own) kept = undefined;
      });
      return value;
    },
  };
}

/** The secrets of an app at run time. */
export interface SecretRuntime extends CapabilityRuntime {
  readonly secrets: readonly Secret[];
}

/** Hands out what is held of secrets; no value is read before it is asked for. */
export async function openSecrets(
  host: Host,
  driver: SecretDriver,
  resources: readonly Resource[],
): Promise<SecretRuntime> {
  const readers = new Map<string, SecretReader>();
  return {
    secrets: resources as readonly Secret[],
    hold({ resource: { name } }: Capability) {
      const reader = readers.get(name) ?? makeReader(name, driver, host.clock);
      readers.set(name, reader);
      return reader;
    },
    async close() {
      readers.clear();
      await driver.close();
    },
  };
}
