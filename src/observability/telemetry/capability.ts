import type { CapabilityModule } from "../../core/host.ts";
import type { TelemetryDriver } from "./driver.ts";
import { findTelemetry } from "./find.ts";
import { telemetryProtocols } from "./protocols.ts";
import { telemetryRoutes } from "./routes.ts";
import { telemetryRuntime } from "./runtime.ts";
import type { TelemetryRuntime } from "./runtime.ts";

/** The observability pillar, as the platform opens it. */
export const telemetryCapability: CapabilityModule = {
  kind: "telemetry",
  defaultDriver: "embedded",
  drivers: {
    embedded: () => import("./drivers/embedded.ts"),
    opensearch: () => import("./drivers/opensearch.ts"),
    none: () => import("./drivers/none.ts"),
  },
  open: (host, driver, resources) => telemetryRuntime(host, driver as TelemetryDriver, resources),
  routes: (runtime, host) => telemetryRoutes(runtime as TelemetryRuntime, host),
  foreign: (runtime, host) => telemetryProtocols(runtime as TelemetryRuntime, host),
  find: (runtime, id) => findTelemetry(runtime as TelemetryRuntime, id),
  infra: () => import("./infra.ts"),
  commands: () => import("./commands.ts"),
};
