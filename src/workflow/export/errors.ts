import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of exports to other orchestrators. */
export const exportErrors: ErrorCatalogue<{
  readonly MOR_EXPORT_UNSUPPORTED: ErrorSpec;
}> = errorCatalogue({
  MOR_EXPORT_UNSUPPORTED: {
    status: 422,
    title: "The other orchestrator cannot express a state.",
    fix: "`details` has the state and why: write it otherwise, or keep the machine here.",
  },
});

/** Who is exported to. */
export type ExportTarget = "airflow" | "kubeflow";

/** Refuses a state: never is one changed silently. */
export function refuse(state: string, why: string): never {
  throw exportErrors.MOR_EXPORT_UNSUPPORTED(`state ${state}: ${why}`, { details: { state, why } });
}
