import { errorCatalogue } from "../../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../../core/errors.ts";

/** Errors of parsing rules. */
export const parsingErrors: ErrorCatalogue<{
  readonly MOR_LOGS_PARSING: ErrorSpec;
}> = errorCatalogue({
  MOR_LOGS_PARSING: {
    status: 400,
    title: "A parsing rule is not valid.",
    fix: "Correct the rule that the message names; see docs/guides/log-search.md.",
  },
});
