import { errorCatalogue, type ErrorCatalogue, type ErrorSpec } from "../../core/errors.ts";

/** Errors of schedules. */
export const scheduleErrors: ErrorCatalogue<{
  readonly MOR_SCHEDULE_EXPRESSION_INVALID: ErrorSpec;
}> = errorCatalogue({
  MOR_SCHEDULE_EXPRESSION_INVALID: {
    status: 400,
    title: "The schedule expression is not valid.",
    fix: "Correct the field that the message names.",
  },
});
