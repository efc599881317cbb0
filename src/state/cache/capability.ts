import type { CapabilityModule } from "../../core/host.ts";
import type { CacheDriver } from "./driver.ts";
import { cacheRoutes } from "./routes.ts";
import { keyBytesMax, openCaches, valueBytesMax } from "./runtime.ts";
import type { CacheRuntime } from "./runtime.ts";

/** Caches, as the platform opens them. */
export const cacheCapability: CapabilityModule = {
  kind: "cache",
  defaultDriver: "memory",
  drivers: {
    memory: () => import("./drivers/memory.ts"),
    valkey: () => import("./drivers/valkey.ts"),
  },
  limits: [
    { name: "cache-value", value: valueBytesMax, unit: "bytes", about: "A cached value as JSON." },
    { name: "cache-key", value: keyBytesMax, unit: "bytes", about: "The key of a cached value." },
  ],
  open: (host, driver, resources) => openCaches(host, driver as CacheDriver, resources),
  routes: (runtime) => cacheRoutes(runtime as CacheRuntime),
  infra: () => import("./infra.ts"),
};
