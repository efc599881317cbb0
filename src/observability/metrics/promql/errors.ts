import { errorCatalogue } from "../../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../../core/errors.ts";

/** Errors of PromQL. */
export const promqlErrors: ErrorCatalogue<{
  readonly MOR_PROMQL_INVALID: ErrorSpec;
  readonly MOR_PROMQL_EXECUTION: ErrorSpec;
  readonly MOR_PROMQL_LIMIT: ErrorSpec;
  readonly MOR_PROMQL_TIMEOUT: ErrorSpec;
}> = errorCatalogue({
  MOR_PROMQL_INVALID: {
    status: 400,
    title: "The expression is no PromQL that Morning understands.",
    fix: "Correct the expression at the position that the message names; see the PromQL guide.",
  },
  MOR_PROMQL_EXECUTION: {
    status: 422,
    title: "The expression cannot be computed on the series that it found.",
    fix: "Make the labels of both sides unique with on(...), ignoring(...) or an aggregation.",
  },
  MOR_PROMQL_LIMIT: {
    status: 422,
    title: "The expression reads more series, samples or steps than one query may.",
    fix: "Narrow it by matchers, shorten its range, or widen its step.",
  },
  MOR_PROMQL_TIMEOUT: {
    status: 503,
    title: "The expression took longer than a query may.",
    fix: "Narrow it by matchers, or shorten its range.",
  },
});
