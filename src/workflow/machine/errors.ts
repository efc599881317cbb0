import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of declared graphs. */
export const machineErrors: ErrorCatalogue<{
  readonly MOR_MACHINE_INVALID: ErrorSpec;
  readonly MOR_MACHINE_FAILED: ErrorSpec;
  readonly MOR_MACHINE_TIMED_OUT: ErrorSpec;
  readonly MOR_MACHINE_PERMISSIONS: ErrorSpec;
}> = errorCatalogue({
  MOR_MACHINE_INVALID: {
    status: 500,
    title: "The declaration of a state machine is not valid.",
    fix: "Correct the state that the message names; `details.problems` lists all of them.",
  },
  MOR_MACHINE_FAILED: {
    status: 500,
    title: "The state machine ended with an error.",
    fix: "`details` has its error and cause: catch it, or mend what failed and start again.",
  },
  MOR_MACHINE_TIMED_OUT: {
    status: 504,
    title: "The state machine took longer than it may.",
    fix: "Raise `timeoutSeconds`, or look in the run's history for the state that took so long.",
  },
  MOR_MACHINE_PERMISSIONS: {
    status: 500,
    title: "A state asks for a service whose permissions the machine does not name.",
    fix: "Give the machine `permissions`: the statements that its role needs for that service.",
  },
});
