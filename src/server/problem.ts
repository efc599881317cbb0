import { coreErrors, MorningError } from "../core/errors.ts";

/** An error as RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly fix: string;
  readonly traceId?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Any thrown value as a MorningError; what is unknown keeps its text out of the answer. */
export function asMorningError(error: unknown): MorningError {
  if (MorningError.is(error)) return error;
  return coreErrors.MOR_INTERNAL("an unexpected error; the log of this trace has it", {
    cause: error,
  });
}

const reference = "https://github.com/morning-ai/morning/blob/main/docs/reference/errors.md";

/** The problem document of an error. */
export function problemOf(error: MorningError, traceId: string | undefined): Problem {
  return {
    type: `${reference}#${error.code.toLowerCase()}`,
    title: error.title,
    status: error.status,
    detail: error.message,
    code: error.code,
    fix: error.fix,
    ...(traceId === undefined ? {} : { traceId }),
    ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
  };
}

/** The answer for an error: `application/problem+json`. */
export function problemResponse(error: MorningError, traceId: string | undefined): Response {
  const headers = new Headers({ "content-type": "application/problem+json" });
  const retryAfterMs = error.details["retryAfterMs"];
  if (typeof retryAfterMs === "number") {
    headers.set("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  }
  // The rest of the body is not read: another request on this connection would end with it.
  if (error.status === 413) headers.set("connection", "close");
  return new Response(JSON.stringify(problemOf(error, traceId)), {
    status: error.status,
    headers,
  });
}
