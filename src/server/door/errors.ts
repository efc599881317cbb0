import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of the server's door: who may come in, and what they may do. */
export const doorErrors: ErrorCatalogue<{
  readonly MOR_AUTH_REQUIRED: ErrorSpec;
  readonly MOR_AUTH_INVALID: ErrorSpec;
  readonly MOR_AUTH_FORBIDDEN: ErrorSpec;
  readonly MOR_AUTH_CSRF: ErrorSpec;
  readonly MOR_HTTP_HOST_REFUSED: ErrorSpec;
  readonly MOR_HTTP_ORIGIN_REFUSED: ErrorSpec;
  readonly MOR_HTTP_RATE_LIMITED: ErrorSpec;
}> = errorCatalogue({
  MOR_AUTH_REQUIRED: {
    status: 401,
    title: "The call needs credentials.",
    fix: "Send an API key as Authorization: Bearer KEY, or sign in to the console.",
  },
  MOR_AUTH_INVALID: {
    status: 401,
    title: "The credentials are not valid.",
    fix: "Check the key: it may be mistyped, revoked or of another environment.",
  },
  MOR_AUTH_FORBIDDEN: {
    status: 403,
    title: "The caller's role does not allow the call.",
    fix: "Use a key of the role that the message names.",
  },
  MOR_AUTH_CSRF: {
    status: 403,
    title: "A call by session lacks its token against cross-site requests.",
    fix: "Send the token that signing in answered as x-morning-csrf.",
  },
  MOR_HTTP_HOST_REFUSED: {
    status: 421,
    title: "The request names a host that this server is not.",
    fix: "Call the server by localhost, or list its public names in MORNING_HOSTS.",
  },
  MOR_HTTP_ORIGIN_REFUSED: {
    status: 403,
    title: "The request comes from a page of another origin.",
    fix: "Call from the console's own origin or from outside a browser.",
  },
  MOR_HTTP_RATE_LIMITED: {
    status: 429,
    title: "The caller sends requests faster than it may.",
    fix: "Slow down and repeat after the time that Retry-After names.",
  },
});
