import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of alerts. */
export const alertErrors: ErrorCatalogue<{
  readonly MOR_ALERT_NOT_TOLD: ErrorSpec;
  readonly MOR_ALERT_LEASE: ErrorSpec;
}> = errorCatalogue({
  MOR_ALERT_NOT_TOLD: {
    status: 502,
    title: "A notification was not taken by whom it was sent to.",
    fix: "Nothing to mend here while attempts are left; else correct the notifier's address.",
  },
  MOR_ALERT_LEASE: {
    status: 409,
    title: "Another process evaluates the alerts now.",
    fix: "Nothing to do: this process stops, the other one goes on.",
  },
});
