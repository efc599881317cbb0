import { MorningError } from "../../../core/errors.ts";
import { FormTooLarge, jsonAnswer } from "../parameters.ts";

/** The kinds of errors that Prometheus' API tells apart. */
export type FailureType =
  | "bad_data"
  | "execution"
  | "timeout"
  | "canceled"
  | "internal"
  | "not_found";

/** A parameter that is missing or wrong. */
export class BadParameter extends Error {}

const statuses: Readonly<Record<FailureType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  canceled: 499,
  internal: 500,
  not_found: 404,
};

/** An error in the form of Prometheus' API. */
export function failure(type: FailureType, message: string): Response {
  return jsonAnswer(statuses[type], { status: "error", errorType: type, error: message });
}

function typeOf(error: MorningError): FailureType {
  if (error.code === "MOR_PROMQL_TIMEOUT" || error.code === "MOR_TIMEOUT") return "timeout";
  if (error.code === "MOR_TELEMETRY_QUERY_TIMEOUT") return "timeout";
  if (error.status === 400) return "bad_data";
  if (error.status === 404) return "not_found";
  return error.status === 422 || error.status === 413 ? "execution" : "internal";
}

/** The answer to a request that failed. */
export function failureOf(error: unknown): Response {
  if (error instanceof BadParameter || error instanceof FormTooLarge) {
    return failure("bad_data", error.message);
  }
  if (!MorningError.is(error)) throw error;
  if (error.code === "MOR_PROMQL_INVALID") {
    return failure("bad_data", `invalid parameter "query": ${error.message}`);
  }
  return failure(typeOf(error), error.message);
}
