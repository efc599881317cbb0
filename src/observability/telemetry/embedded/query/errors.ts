import { errorCatalogue } from "../../../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../../../core/errors.ts";

/** Errors of reading telemetry. */
export const readErrors: ErrorCatalogue<{
  readonly MOR_TELEMETRY_QUERY_TIMEOUT: ErrorSpec;
  readonly MOR_TELEMETRY_QUERY_TOO_LARGE: ErrorSpec;
  readonly MOR_TELEMETRY_QUERY: ErrorSpec;
  readonly MOR_TELEMETRY_SQL: ErrorSpec;
}> = errorCatalogue({
  MOR_TELEMETRY_QUERY_TIMEOUT: {
    status: 504,
    title: "A query over telemetry took longer than it may.",
    fix: "Ask for less time, or narrow it by service.",
  },
  MOR_TELEMETRY_QUERY_TOO_LARGE: {
    status: 413,
    title: "A query over telemetry needs or gives more than it may.",
    fix: "Ask for less time, fewer groups, or a wider step.",
  },
  MOR_TELEMETRY_QUERY: {
    status: 400,
    title: "A query over telemetry is wrong.",
    fix: "Correct what the message names.",
  },
  MOR_TELEMETRY_SQL: {
    status: 400,
    title: "A SQL statement over telemetry is wrong, or is none that is allowed.",
    fix: "One SELECT over logs, spans, points and errors; no other tables, files or settings.",
  },
});
