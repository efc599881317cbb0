import { systemClock } from "../core/clock.ts";
import type { Clock } from "../core/clock.ts";
import { driverChoice } from "../core/config.ts";
import type { Config } from "../core/config.ts";
import { makeIds, systemRandom } from "../core/ids.ts";
import { connectSdk } from "../observability/sdk/connect.ts";
import { packageOf } from "../observability/sdk/origins.ts";
import { openSdk } from "../observability/sdk/sdk.ts";
import type { Sdk } from "../observability/sdk/sdk.ts";
import type { TelemetryRuntime } from "../observability/telemetry/runtime.ts";
import { ingestDoor } from "../observability/telemetry/wiring.ts";
import type { Door } from "./door/index.ts";
import type { Platform } from "./platform.ts";

/** Of what a process that records itself is made. */
interface RecordingOptions {
  readonly config: Config;
  readonly clock?: Clock;
}

/**
 * Begins to record the spans, log lines and metrics of this process. Undefined where the
 * environment keeps no telemetry: then nobody records, and it costs nothing.
 */
export function beginRecording(options: RecordingOptions, environment: string): Sdk | undefined {
  const { config } = options;
  const settings = config.environments[environment];
  if (settings === undefined) return undefined;
  const { driver, options: given } = driverChoice(settings, "telemetry", "embedded");
  if (driver === "none") return undefined;
  const clock = options.clock ?? systemClock;
  const sample = typeof given["sample"] === "number" ? given["sample"] : 1;
  return openSdk({
    clock,
    random: systemRandom,
    process: {
      app: config.app.name,
      environment,
      version: packageOf(process.cwd()).version ?? "",
      instance: makeIds(clock, systemRandom).hex(8),
    },
    sample,
  });
}

/** Telemetry of a process that serves. */
export interface AttachedTelemetry {
  /** Opens the ports of ingest, any free ones where the server's own is free too. */
  listen(free: boolean): Promise<void>;
  /** Stores what was recorded last. */
  close(): Promise<void>;
}

/** Says where records of this process go, and who may send others. */
export function attachTelemetry(
  platform: Platform,
  door: Door | undefined,
  recording: Sdk | undefined,
): AttachedTelemetry {
  const { host } = platform;
  const runtime = platform.capabilities.get("telemetry")?.runtime as TelemetryRuntime | undefined;
  if (runtime === undefined) {
    return { listen: () => Promise.resolve(), close: () => Promise.resolve() };
  }
  const { driver } = runtime;
  if (door !== undefined) {
    host.provide(ingestDoor, {
      authorize: async (credential, address) => (await door.admit(credential, address)).name,
    });
  }
  if (recording !== undefined) connectSdk(recording, host);
  return {
    async listen(free) {
      const ports = await driver.listen(free);
      if (Object.keys(ports).length === 0) return;
      host.log.debug("telemetry is taken in", { ...ports });
    },
    close: async () => recording?.close(),
  };
}
