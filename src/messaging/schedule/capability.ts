import type { CapabilityModule } from "../../core/host.ts";
import type { ScheduleDriver } from "./driver.ts";
import { scheduleRoutes } from "./routes.ts";
import { scheduleRuntime } from "./runtime.ts";
import type { ScheduleRuntime } from "./runtime.ts";
import type { Schedule } from "./schedule.ts";

/** The schedule pillar, as the platform opens it. */
export const scheduleCapability: CapabilityModule = {
  kind: "schedule",
  defaultDriver: "sqlite",
  drivers: {
    sqlite: () => import("./drivers/sqlite.ts"),
    "eventbridge-scheduler": () => import("./drivers/eventbridge-scheduler.ts"),
  },
  open: (host, driver, resources) =>
    scheduleRuntime(host, driver as ScheduleDriver, resources as readonly Schedule[]),
  routes: (runtime) => scheduleRoutes(runtime as ScheduleRuntime),
  infra: () => import("./infra.ts"),
  commands: () => import("./commands.ts"),
};
