import type { DriverModule } from "../../core/host.ts";
import type { WorkflowDriver } from "../driver.ts";
import { openJournal } from "./journal.ts";

/** The journal in the app's PostgreSQL database: many processes share it by leases with epochs. */
export const driver: DriverModule<WorkflowDriver> = {
  engine: "postgres",
  embedded: false,
  open: (host, options) => openJournal(host, "postgres", options),
};
