/** Where a JSONata expression failed, for the event EvaluationFailed. */
export interface EvaluationPlace {
  /** `Output/result`; none where the state's input itself is at fault. */
  readonly location?: string;
  /** The state had already begun its work: the event follows the state's own. */
  readonly begun?: boolean;
}

/** How a state failed, in the words of the States language. */
export interface Failure {
  readonly error?: string;
  readonly cause?: string;
  /** Neither Retry nor Catch sees it: States.Runtime ends the execution. */
  readonly fatal?: boolean;
  /** The cause is told with the state's name and the id of its entered event before it. */
  readonly placed?: boolean;
  readonly evaluation?: EvaluationPlace;
  /** The heartbeat was missed: `States.Timeout` names it as well. */
  readonly heartbeat?: boolean;
}

/** Carries a {@link Failure} up to the state that handles it. */
export class StateFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.cause ?? failure.error ?? "the state failed");
    this.name = "StateFailure";
    this.failure = failure;
  }
}

/** The strand was ended from outside: its group failed, or the execution stopped. */
export class Aborted extends Error {
  constructor() {
    super("the strand was aborted");
    this.name = "Aborted";
  }
}

/** `States.Runtime`: the definition does not fit the data. It cannot be caught. */
export function runtimeFailure(cause: string): StateFailure {
  return new StateFailure({ error: "States.Runtime", cause, fatal: true, placed: true });
}

/** `States.QueryEvaluationError`, which writes an event of its own. */
export function queryFailure(cause: string, evaluation: EvaluationPlace): StateFailure {
  return new StateFailure({
    error: "States.QueryEvaluationError",
    cause,
    placed: true,
    evaluation,
  });
}

/** `States.DataLimitExceeded` of a state's or task's result. */
export function tooLarge(subject: string): StateFailure {
  const cause =
    `The state/task '${subject}' returned a result with a size exceeding the maximum number of ` +
    "bytes service limit.";
  return new StateFailure({ error: "States.DataLimitExceeded", cause });
}

/** Why what is over was aborted. One for all: to make a reason each time takes a stack trace. */
export const ended: Error = new Error("nobody waits for it any more");
