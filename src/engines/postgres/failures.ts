import { coreErrors, MorningError } from "../../core/errors.ts";
import type { ErrorFactory } from "../../core/errors.ts";
import type { Statement } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";
import type { PipelineError } from "./pipeline.ts";
import { unmetState } from "./values.ts";

/** Errors by SQLSTATE, the longest prefix first (PostgreSQL, Appendix A). */
const byState: readonly (readonly [prefix: string, factory: ErrorFactory])[] = [
  ["53100", engineErrors.MOR_STATE_FULL],
  ["53", engineErrors.MOR_STATE_BUSY],
  ["55P03", engineErrors.MOR_STATE_BUSY],
  ["40", engineErrors.MOR_STATE_BUSY],
  ["57014", coreErrors.MOR_TIMEOUT],
  ["57P", coreErrors.MOR_ENGINE_UNAVAILABLE],
  ["08P01", coreErrors.MOR_INVALID],
  ["08", coreErrors.MOR_ENGINE_UNAVAILABLE],
  ["58", engineErrors.MOR_STATE_IO],
  ["XX001", engineErrors.MOR_STATE_CORRUPT],
  ["XX002", engineErrors.MOR_STATE_CORRUPT],
  ["23505", coreErrors.MOR_CONFLICT],
  ["23503", coreErrors.MOR_CONFLICT],
  ["23P01", coreErrors.MOR_CONFLICT],
  ["23", coreErrors.MOR_INVALID],
  ["22", coreErrors.MOR_INVALID],
];

/**
 * Whether running the whole transaction again can help: serialization failure, deadlock, a stale
 * plan.
 */
export function isTransient(error: PipelineError): boolean {
  if (error.code === "40001" || error.code === "40P01") return true;
  return isStalePlan(error);
}

/**
 * Whether a prepared statement no longer fits its tables: another process brought the schema
 * forward.
 */
export function isStalePlan(error: PipelineError): boolean {
  return error.code === "0A000" && error.message.includes("cached plan");
}

/** The error that a caller gets for what PostgreSQL said. */
export function errorOf(error: PipelineError, subject: string, sql?: string): MorningError {
  const quoted = sql === undefined ? "" : ` in: ${sql.slice(0, 200)}`;
  const text = `${subject}: ${error.message}${quoted}`;
  const { code } = error;
  if (code === undefined) return coreErrors.MOR_ENGINE_UNAVAILABLE(text);
  const factory = byState.find(([prefix]) => code.startsWith(prefix))?.[1];
  return (factory ?? engineErrors.MOR_STATE_SQL)(text, { details: { sqlState: code } });
}

/**
 * The error of a write whose statement `index` failed: the expectation's own one if that was unmet.
 */
export function statementError(
  error: PipelineError,
  subject: string,
  statement: Statement | undefined,
  index: number,
): MorningError {
  if (error.code !== unmetState || statement?.expect === undefined) {
    return errorOf(error, subject, statement?.sql);
  }
  const { rows, error: own } = statement.expect;
  const details = { expectation: index };
  if (own !== undefined) {
    return new MorningError(own.code, coreErrors.specs.MOR_CONFLICT, own.message, { details });
  }
  const wanted = rows === "some" ? "at least one row" : `${rows} rows`;
  return coreErrors.MOR_CONFLICT(
    `${subject}: expected ${wanted}, ${error.message} in: ${statement.sql.slice(0, 200)}`,
    { details },
  );
}
