import { errorCatalogue, type ErrorCatalogue, type ErrorSpec } from "../../../core/errors.ts";

/** Errors of event patterns and filter policies. */
export const eventPatternErrors: ErrorCatalogue<{
  readonly MOR_EVENT_PATTERN_INVALID: ErrorSpec;
  readonly MOR_EVENT_FILTER_POLICY_INVALID: ErrorSpec;
}> = errorCatalogue({
  MOR_EVENT_PATTERN_INVALID: {
    status: 400,
    title: "The event pattern is not valid.",
    fix: "Correct the pattern at the path in the details; the reason is the one EventBridge gives.",
  },
  MOR_EVENT_FILTER_POLICY_INVALID: {
    status: 400,
    title: "The filter policy is not valid.",
    fix: "Correct the policy as the reason says; the limits are those of SNS.",
  },
});
