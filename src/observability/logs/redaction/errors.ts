import { errorCatalogue } from "../../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../../core/errors.ts";

/** Errors of redaction. */
export const redactionErrors: ErrorCatalogue<{
  readonly MOR_LOGS_REDACTION: ErrorSpec;
}> = errorCatalogue({
  MOR_LOGS_REDACTION: {
    status: 400,
    title: "A redaction rule is not valid.",
    fix: "Correct the rule that the message names; see docs/guides/log-search.md.",
  },
});
