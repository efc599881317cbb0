import type { CapabilityModule } from "../../core/host.ts";
import type { TableDriver } from "./driver.ts";
import { findRows } from "./find.ts";
import { keyBytesMax } from "./keys.ts";
import { pageRowsMax } from "./query.ts";
import { tableRoutes } from "./routes.ts";
import { rowBytesMax } from "./rows.ts";
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
  limits: [
    { name: "table-row", value: rowBytesMax, unit: "bytes", about: "A row as JSON." },
    { name: "table-key", value: keyBytesMax, unit: "bytes", about: "The key of a row." },
    { name: "table-page", value: pageRowsMax, unit: "count", about: "Rows of one page." },
  ],
  open: (host, driver, resources) => openTables(host, driver as TableDriver, resources),
  routes: (runtime) => tableRoutes(runtime as TableRuntime),
  find: (runtime, id) => findRows(runtime as TableRuntime, id),
  infra: () => import("./infra.ts"),
};
