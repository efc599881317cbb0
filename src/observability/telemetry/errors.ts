import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of the telemetry store. */
export const telemetryErrors: ErrorCatalogue<{
  readonly MOR_TELEMETRY_OFF: ErrorSpec;
}> = errorCatalogue({
  MOR_TELEMETRY_OFF: {
    status: 501,
    title: "This environment keeps no telemetry.",
    fix: "Choose another driver for `telemetry` than `none` in morning.config.ts.",
  },
});
