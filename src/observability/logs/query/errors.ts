import { errorCatalogue } from "../../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../../core/errors.ts";

/** Errors of the query language. */
export const queryErrors: ErrorCatalogue<{
  readonly MOR_LOGS_QUERY: ErrorSpec;
}> = errorCatalogue({
  MOR_LOGS_QUERY: {
    status: 400,
    title: "A search is not written in the query language.",
    fix: "Correct it at the place that the message names; see docs/guides/log-search.md.",
  },
});
