import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of durable workflows. */
export const workflowErrors: ErrorCatalogue<{
  readonly MOR_WORKFLOW_NOT_DETERMINISTIC: ErrorSpec;
  readonly MOR_WORKFLOW_STEP_FAILED: ErrorSpec;
  readonly MOR_WORKFLOW_STEP_TIMEOUT: ErrorSpec;
  readonly MOR_WORKFLOW_WAIT_TIMEOUT: ErrorSpec;
  readonly MOR_WORKFLOW_CANCELLED: ErrorSpec;
  readonly MOR_WORKFLOW_FAILED: ErrorSpec;
  readonly MOR_WORKFLOW_VALUE: ErrorSpec;
  readonly MOR_WORKFLOW_VALUE_TOO_LARGE: ErrorSpec;
  readonly MOR_WORKFLOW_HISTORY_FULL: ErrorSpec;
  readonly MOR_WORKFLOW_FENCED: ErrorSpec;
  readonly MOR_WORKFLOW_ENDED: ErrorSpec;
  readonly MOR_WORKFLOW_TOKEN: ErrorSpec;
  readonly MOR_WORKFLOW_HEARTBEAT: ErrorSpec;
  readonly MOR_WORKFLOW_TIMEOUT: ErrorSpec;
  readonly MOR_WORKFLOW_TERMINATED: ErrorSpec;
  readonly MOR_WORKFLOW_ID: ErrorSpec;
  readonly MOR_WORKFLOW_ATTRIBUTE: ErrorSpec;
  readonly MOR_WORKFLOW_COST: ErrorSpec;
  readonly MOR_WORKFLOW_QUERY: ErrorSpec;
  readonly MOR_WORKFLOW_FORK: ErrorSpec;
  readonly MOR_WORKFLOW_SIGNALS_FULL: ErrorSpec;
}> = errorCatalogue({
  MOR_WORKFLOW_NOT_DETERMINISTIC: {
    status: 500,
    title: "The program took another way than its journal says.",
    fix: "Pin the version of runs under way, or keep the old way for them with a patch marker.",
  },
  MOR_WORKFLOW_STEP_FAILED: {
    status: 500,
    title: "A step failed on its last attempt.",
    fix: "Its cause says why; catch the error in the workflow, or mend the step and fork the run.",
  },
  MOR_WORKFLOW_STEP_TIMEOUT: {
    status: 504,
    title: "An attempt of a step took longer than it may.",
    fix: "Raise timeoutMs, or make the step shorter; it is told by its abort signal.",
  },
  MOR_WORKFLOW_WAIT_TIMEOUT: {
    status: 504,
    title: "What was waited for did not come in time.",
    fix: "Catch the error where the workflow can go on without it.",
  },
  MOR_WORKFLOW_CANCELLED: {
    status: 409,
    title: "The run was cancelled.",
    fix: "Start it anew, or fork it from a step.",
  },
  MOR_WORKFLOW_FAILED: {
    status: 500,
    title: "A run ended with an error.",
    fix: "Its cause says why; fork it from the step that failed once that is mended.",
  },
  MOR_WORKFLOW_VALUE: {
    status: 400,
    title: "A value cannot be kept as JSON.",
    fix: "Give plain objects, arrays, strings, finite numbers, booleans and null.",
  },
  MOR_WORKFLOW_VALUE_TOO_LARGE: {
    status: 413,
    title: "A value is larger than the journal keeps.",
    fix: "Put it into a blob and give its key.",
  },
  MOR_WORKFLOW_HISTORY_FULL: {
    status: 409,
    title: "A run has more entries than a journal keeps.",
    fix: "End the run by continueAsNew, which begins with an empty history, or use children.",
  },
  MOR_WORKFLOW_FENCED: {
    status: 409,
    title: "Another process took over the run.",
    fix: "Nothing: the run goes on there.",
  },
  MOR_WORKFLOW_ENDED: {
    status: 409,
    title: "The run has ended.",
    fix: "Look at its result, or start another one.",
  },
  MOR_WORKFLOW_TOKEN: {
    status: 404,
    title: "Nobody waits for this token.",
    fix: "A token is answered once, before its wait times out.",
  },
  MOR_WORKFLOW_HEARTBEAT: {
    status: 504,
    title: "An attempt of a step was silent for longer than it may.",
    fix: "Call heartbeat() or progress() in the step, or raise heartbeatMs.",
  },
  MOR_WORKFLOW_TIMEOUT: {
    status: 504,
    title: "A run took longer than it may.",
    fix: "Raise the workflow's timeoutMs, or fork the run from the step that was slow.",
  },
  MOR_WORKFLOW_TERMINATED: {
    status: 409,
    title: "The run was terminated where it stood.",
    fix: "Nothing was undone: look at its entries, and fork it where it is to go on.",
  },
  MOR_WORKFLOW_ID: {
    status: 409,
    title: "A run cannot have this id.",
    fix: "Give up to 256 characters that do not end in ~ and a number, and that no other run has.",
  },
  MOR_WORKFLOW_ATTRIBUTE: {
    status: 400,
    title: "A run cannot be found by this.",
    fix: "Give few short names, with strings, finite numbers or booleans.",
  },
  MOR_WORKFLOW_COST: {
    status: 400,
    title: "A step cannot have cost this.",
    fix: "Give a finite amount that is not negative, and a code of ISO 4217: cost(0.0042, 'USD').",
  },
  MOR_WORKFLOW_QUERY: {
    status: 404,
    title: "The run does not answer this query.",
    fix: "The workflow says what can be asked by context.query; its version must be known here.",
  },
  MOR_WORKFLOW_FORK: {
    status: 409,
    title: "The run cannot be forked there.",
    fix: "Name the position of an entry that the run's program recorded.",
  },
  MOR_WORKFLOW_SIGNALS_FULL: {
    status: 429,
    title: "A run has more signals than it keeps.",
    fix: "Send fewer before the workflow takes them.",
  },
});
