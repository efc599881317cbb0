import type { DriverModule } from "../../core/host.ts";
import type { WorkflowDriver } from "../driver.ts";
import { openJournal } from "./journal.ts";

/** The journal in the state file; other processes of the machine reach it through its owner. */
export const driver: DriverModule<WorkflowDriver> = {
  engine: "sqlite",
  embedded: true,
  open: (host, options) => openJournal(host, "sqlite", options),
};
