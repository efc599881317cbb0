import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of assets. */
export const assetErrors: ErrorCatalogue<{ readonly MOR_WORKFLOW_CHECK_FAILED: ErrorSpec }> =
  errorCatalogue({
    MOR_WORKFLOW_CHECK_FAILED: {
      status: 422,
      title: "What a workflow wrote did not pass a check.",
      fix: "Look at the check's note; mend the data or the check, and retry the run.",
    },
  });
