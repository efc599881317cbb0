import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import { validate } from "../../core/schema.ts";
import type { WorkflowDriver } from "../driver.ts";

const dayMs = 86_400_000;

const Options = z.strictObject({
  /** How long a run is kept after its end, days. */
  retentionDays: z.number().positive().max(3650).default(30),
  /** What runs state machines: this journal, or Step Functions with the options of its driver. */
  machines: z
    .union([
      z.enum(["journal", "step-functions"]),
      z.looseObject({ driver: z.enum(["journal", "step-functions"]) }),
    ])
    .default("journal"),
});

/**
 * The journal in the state store. Options: `retentionDays`; `machines`, what runs state machines:
 * `journal`, or `{ driver: "step-functions", region, account }`.
 * @throws MOR_INVALID, MOR_CONFIG when the state is kept by another engine
 */
export async function openJournal(
  host: Host,
  dialect: "sqlite" | "postgres",
  options: Readonly<Record<string, unknown>>,
): Promise<WorkflowDriver> {
  const subject = "options of the workflow driver";
  const { retentionDays, machines } = await validate(Options, options, subject);
  const choice = typeof machines === "string" ? { driver: machines } : machines;
  const store = await host.store();
  if (store.dialect !== dialect) {
    throw coreErrors.MOR_CONFIG(
      `workflow: the driver is ${dialect}, but the state is kept in ${store.dialect}`,
      { fix: `Choose { workflow: "${store.dialect}" } in the drivers of morning.config.ts.` },
    );
  }
  const retentionMs = retentionDays * dayMs;
  const shared = dialect === "postgres";
  const features = { journal: true, shared, retentionMs, machines: choice.driver };
  return { features, machines: async () => choice, close: async () => {} };
}
