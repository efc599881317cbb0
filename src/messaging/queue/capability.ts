import type { CapabilityModule } from "../../core/host.ts";
import type { QueueDriver } from "./driver.ts";
import { findInQueues } from "./find.ts";
import { queueLimits } from "./limits.ts";
import { queueRoutes } from "./routes.ts";
import { openQueues } from "./runtime.ts";
import type { QueueRuntime } from "./runtime.ts";
import { waitingMax } from "./sending.ts";

/** The queue: SQS semantics on SQLite or on SQS. */
export const queueCapability: CapabilityModule = {
  kind: "queue",
  defaultDriver: "sqlite",
  drivers: {
    sqlite: () => import("./drivers/sqlite.ts"),
    sqs: () => import("./drivers/sqs.ts"),
  },
  limits: [
    {
      name: "message",
      value: queueLimits.messageBytesMax,
      unit: "bytes",
      about: "A message with its attributes.",
    },
    {
      name: "sends-waiting",
      value: waitingMax,
      unit: "count",
      about: "Sends of one queue that wait for the engine in one process.",
    },
  ],
  open: (host, driver, resources) => openQueues(host, driver as QueueDriver, resources),
  routes: (runtime) => queueRoutes(runtime as QueueRuntime),
  find: (runtime, id) => findInQueues(runtime as QueueRuntime, id),
  infra: () => import("./infra.ts"),
  commands: () => import("./commands.ts"),
};
