import type { CapabilityModule } from "../../core/host.ts";
import type { CacheDriver } from "./driver.ts";
import { cacheRoutes } from "./routes.ts";
import { openCaches } from "./runtime.ts";
import type { CacheRuntime } from "./runtime.ts";

/** Caches, as the platform opens them. */
export const cacheCapability: CapabilityModule = {
  kind: "cache",
  defaultDriver: "memory",
  drivers: {
    memory: () => import("./drivers/memory.ts"),
    valkey: () => import("./drivers/valkey.ts"),
  },
  open: (host, driver, resources) => openCaches(host, driver as CacheDriver, resources),
  routes: (runtime) => cacheRoutes(runtime as CacheRuntime),
  infra: () => import("./infra.ts"),
};
