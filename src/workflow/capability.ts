import type { CapabilityModule } from "../core/host.ts";
import { callbackDoor } from "./callbacks.ts";
import type { WorkflowDriver } from "./driver.ts";
import { findRuns } from "./find.ts";
import { assetRoutes } from "./asset/routes.ts";
import { workflowRoutes } from "./routes.ts";
import { openWorkflows } from "./runtime.ts";
import type { WorkflowRuntime } from "./runtime.ts";

/** Durable workflows, as the platform opens them. */
export const workflowCapability: CapabilityModule = {
  kind: "workflow",
  defaultDriver: "sqlite",
  followsState: true,
  drivers: {
    sqlite: () => import("./drivers/sqlite.ts"),
    postgres: () => import("./drivers/postgres.ts"),
  },
  open: (host, driver, resources) => openWorkflows(host, driver as WorkflowDriver, resources),
  routes: (runtime) => [
    ...workflowRoutes(runtime as WorkflowRuntime),
    ...assetRoutes(runtime as WorkflowRuntime),
  ],
  foreign: (runtime) => [callbackDoor((runtime as WorkflowRuntime).engine)],
  find: (runtime, id) => findRuns(runtime as WorkflowRuntime, id),
  infra: () => import("./infra.ts"),
  commands: () => import("./commands.ts"),
};
