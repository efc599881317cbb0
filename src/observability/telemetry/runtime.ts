import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Host } from "../../core/host.ts";
import type { Resource } from "../../core/resource.ts";
import type { TelemetryDriver } from "./driver.ts";

/** Telemetry at run time. */
export interface TelemetryRuntime extends CapabilityRuntime {
  readonly driver: TelemetryDriver;
}

/** Opens telemetry over a driver. */
export async function telemetryRuntime(
  _host: Host,
  driver: TelemetryDriver,
  _resources: readonly Resource[],
): Promise<TelemetryRuntime> {
  return {
    driver,
    hold: ({ resource, verb }) => {
      throw coreErrors.MOR_CONFIG(`${resource.kind} ${resource.name} cannot be held to ${verb}`);
    },
    close: async () => {},
  };
}
