import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import type { WorkflowDriver, WorkflowFeatures } from "../driver.ts";

/** The journal in the state store. @throws MOR_CONFIG when that is kept by another engine */
export async function openJournal(
  host: Host,
  dialect: "sqlite" | "postgres",
  features: WorkflowFeatures,
): Promise<WorkflowDriver> {
  const store = await host.store();
  if (store.dialect !== dialect) {
    throw coreErrors.MOR_CONFIG(
      `workflow: the driver is ${dialect}, but the state is kept in ${store.dialect}`,
      { fix: `Choose { workflow: "${store.dialect}" } in the drivers of morning.config.ts.` },
    );
  }
  return { features, close: () => Promise.resolve() };
}
