import type { CapabilityModule } from "../../core/host.ts";
import type { SecretDriver } from "./driver.ts";
import { secretRoutes } from "./routes.ts";
import { openSecrets } from "./runtime.ts";
import type { SecretRuntime } from "./runtime.ts";

/** Secrets, as the platform opens them. */
export const secretCapability: CapabilityModule = {
  kind: "secret",
  defaultDriver: "environment",
  drivers: {
    environment: () => import("./drivers/environment.ts"),
    "secrets-manager": () => import("./drivers/secrets-manager.ts"),
  },
  open: (host, driver, resources) => openSecrets(host, driver as SecretDriver, resources),
  routes: (runtime) => secretRoutes(runtime as SecretRuntime),
  infra: () => import("./infra.ts"),
};
