import type { CapabilityModule } from "../../core/host.ts";
import type { TableDriver } from "./driver.ts";
import { findRows } from "./find.ts";
import { tableRoutes } from "./routes.ts";
import { openTables } from "./runtime.ts";
import type { TableRuntime } from "./runtime.ts";

/** Tables, as the platform opens them. */
export const tableCapability: CapabilityModule = {
  kind: "table",
  defaultDriver: "sqlite",
  followsState: true,
  drivers: {
    sqlite: () => import("./drivers/sqlite.ts"),
    postgres: () => import("./drivers/postgres.ts"),
  },
  open: (host, driver, resources) => openTables(host, driver as TableDriver, resources),
  routes: (runtime) => tableRoutes(runtime as TableRuntime),
  find: (runtime, id) => findRows(runtime as TableRuntime, id),
  infra: () => import("./infra.ts"),
};
