import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of the export of telemetry. */
export const exportErrors: ErrorCatalogue<{
  readonly MOR_EXPORT_DESTINATION: ErrorSpec;
  readonly MOR_EXPORT_BUFFER: ErrorSpec;
}> = errorCatalogue({
  MOR_EXPORT_DESTINATION: {
    status: 500,
    title: "A destination of telemetry is not valid.",
    fix: "Correct the setting that the message names; docs/guides/export.md has a recipe for each.",
  },
  MOR_EXPORT_BUFFER: {
    status: 500,
    title: "The disk buffer of the export cannot be used.",
    fix: "Check that the data folder can be written; remove its export folder if it is damaged.",
  },
});
