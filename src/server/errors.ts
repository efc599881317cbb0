import { errorCatalogue } from "../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../core/errors.ts";

/** Errors of the HTTP server and of calls between services. */
export const serverErrors: ErrorCatalogue<{
  readonly MOR_HTTP_BODY_TOO_LARGE: ErrorSpec;
  readonly MOR_HTTP_MEDIA_TYPE: ErrorSpec;
  readonly MOR_HTTP_MALFORMED: ErrorSpec;
  readonly MOR_HTTP_HEADERS_TOO_LARGE: ErrorSpec;
  readonly MOR_HTTP_TOO_SLOW: ErrorSpec;
  readonly MOR_HTTP_ANSWER_INVALID: ErrorSpec;
  readonly MOR_CALL_FAILED: ErrorSpec;
  readonly MOR_CALL_CIRCUIT_OPEN: ErrorSpec;
}> = errorCatalogue({
  MOR_HTTP_BODY_TOO_LARGE: {
    status: 413,
    title: "The request body is larger than the route allows.",
    fix: "Send less at once, or raise bodyBytesMax of the route.",
  },
  MOR_HTTP_MEDIA_TYPE: {
    status: 415,
    title: "The request body is not of a media type that the route takes.",
    fix: "Send JSON with content-type: application/json.",
  },
  MOR_HTTP_MALFORMED: {
    status: 400,
    title: "The bytes that came are not a request of HTTP/1.1.",
    fix: "Send the request with an ordinary HTTP client.",
  },
  MOR_HTTP_HEADERS_TOO_LARGE: {
    status: 431,
    title: "The headers of the request are larger than the server takes.",
    fix: "Send fewer or shorter headers and cookies: 16 KiB in all.",
  },
  MOR_HTTP_TOO_SLOW: {
    status: 408,
    title: "The request did not arrive in time.",
    fix: "Send the headers within 10 s and the whole request within 60 s.",
  },
  MOR_HTTP_ANSWER_INVALID: {
    status: 500,
    title: "A handler answered with something that its route does not declare.",
    fix: "Correct the handler or the route's answer schema.",
  },
  MOR_CALL_FAILED: {
    status: 502,
    title: "A service that this one calls answered with an error.",
    fix: "Look at the callee's log in the same trace.",
  },
  MOR_CALL_CIRCUIT_OPEN: {
    status: 503,
    title: "Calls to a service are held back, since most of the recent ones failed.",
    fix: "Wait for the callee to recover: a probe is let through every few seconds.",
  },
});
