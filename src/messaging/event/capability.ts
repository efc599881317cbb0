import type { CapabilityModule } from "../../core/host.ts";
import type { EventDriver } from "./driver.ts";
import { eventBytesMax } from "./envelope.ts";
import { findInLog } from "./find.ts";
import { waitingMax } from "./publishing.ts";
import { eventRoutes } from "./routes.ts";
import { openEvents } from "./runtime.ts";
import type { EventRuntime } from "./runtime.ts";

/** The event bus: EventBridge semantics on SQLite, on EventBridge or over SNS. */
export const eventCapability: CapabilityModule = {
  kind: "event",
  defaultDriver: "sqlite",
  drivers: {
    sqlite: () => import("./drivers/sqlite.ts"),
    eventbridge: () => import("./drivers/eventbridge.ts"),
    sns: () => import("./drivers/sns.ts"),
  },
  limits: [
    { name: "event", value: eventBytesMax, unit: "bytes", about: "An event with its envelope." },
    {
      name: "publishes-waiting",
      value: waitingMax,
      unit: "count",
      about: "Publishes that wait for the engine in one process.",
    },
  ],
  open: (host, driver, resources) => openEvents(host, driver as EventDriver, resources),
  routes: (runtime, host) => eventRoutes(runtime as EventRuntime, host),
  find: (runtime, id) => findInLog(runtime as EventRuntime, id),
  infra: () => import("./infra.ts"),
  commands: () => import("./commands.ts"),
};
