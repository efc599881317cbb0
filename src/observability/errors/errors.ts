import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of error groups and source maps. */
export const groupErrors: ErrorCatalogue<{
  readonly MOR_ERRORS_SOURCE_MAP: ErrorSpec;
}> = errorCatalogue({
  MOR_ERRORS_SOURCE_MAP: {
    status: 422,
    title: "What was uploaded is no source map of version 3.",
    fix: "Upload the .map file that the bundler wrote, whole, at most 16 MiB.",
  },
});
