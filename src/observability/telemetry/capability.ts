import type { CapabilityModule } from "../../core/host.ts";
import type { TelemetryDriver } from "./driver.ts";
import { telemetryRoutes } from "./routes.ts";
import { telemetryRuntime } from "./runtime.ts";
import type { TelemetryRuntime } from "./runtime.ts";

/** The observability pillar, as the platform opens it. */
export const telemetryCapability: CapabilityModule = {
  kind: "telemetry",
  defaultDriver: "none",
  drivers: {
    none: () => import("./drivers/none.ts"),
  },
  open: (host, driver, resources) => telemetryRuntime(host, driver as TelemetryDriver, resources),
  routes: (runtime, host) => telemetryRoutes(runtime as TelemetryRuntime, host),
  infra: () => import("./infra.ts"),
  commands: () => import("./commands.ts"),
};
