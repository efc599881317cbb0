import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of secrets. None of them ever carries a value. */
export const secretErrors: ErrorCatalogue<{
  readonly MOR_SECRET_MISSING: ErrorSpec;
  readonly MOR_SECRET_DENIED: ErrorSpec;
}> = errorCatalogue({
  MOR_SECRET_MISSING: {
    status: 500,
    title: "The secret has no value in this environment.",
    fix: "Set the value where the message says, then restart or wait for the next read.",
  },
  MOR_SECRET_DENIED: {
    status: 500,
    title: "The process may not read the secret.",
    fix: "Let the service hold `secret.reader()` and deploy its role.",
  },
});
