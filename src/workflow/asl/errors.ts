import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of the interpreter of Amazon States Language itself; what an execution does is data. */
export const aslErrors: ErrorCatalogue<{
  readonly MOR_ASL_DEFINITION_INVALID: ErrorSpec;
  readonly MOR_ASL_DEFINITION_TOO_LARGE: ErrorSpec;
  readonly MOR_ASL_INPUT_INVALID: ErrorSpec;
}> = errorCatalogue({
  MOR_ASL_DEFINITION_INVALID: {
    status: 400,
    title: "The definition is not valid Amazon States Language.",
    fix: "Correct the field that the message names; `details.problems` lists all of them.",
  },
  MOR_ASL_DEFINITION_TOO_LARGE: {
    status: 413,
    title: "The definition is larger than a state machine may be.",
    fix: "Split the machine, or move constants from the definition to the input.",
  },
  MOR_ASL_INPUT_INVALID: {
    status: 400,
    title: "The input of the execution is not usable.",
    fix: "Give JSON text of at most 262,144 bytes that nests at most 512 levels deep.",
  },
});
