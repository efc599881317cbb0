import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Host } from "../../core/host.ts";
import type { Resource } from "../../core/resource.ts";
import { holdMetric, makeRegistry, metricRegistry } from "../metrics/recorder.ts";
import type { TelemetryDriver } from "./driver.ts";

/** Telemetry at run time. */
export interface TelemetryRuntime extends CapabilityRuntime {
  readonly driver: TelemetryDriver;
}

/** Opens telemetry over a driver. */
export async function telemetryRuntime(
  host: Host,
  driver: TelemetryDriver,
  _resources: readonly Resource[],
): Promise<TelemetryRuntime> {
  const registry = makeRegistry(host);
  host.provide(metricRegistry, registry);
  return {
    driver,
    hold: (capability, holder) => {
      const { resource, verb } = capability;
      if (resource.kind === "metric") return holdMetric(capability, holder, registry);
      throw coreErrors.MOR_CONFIG(`${resource.kind} ${resource.name} cannot be held to ${verb}`);
    },
    close: async () => {},
  };
}
