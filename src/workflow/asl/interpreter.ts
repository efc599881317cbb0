import type { Json } from "../../core/json.ts";
import { checkedText, finishCaught } from "./dataflow.ts";
import type { Machine, State } from "./definition.ts";
import { StateFailure } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { textPayload } from "./history.ts";
import { attemptsOf, catcherOf } from "./retry.ts";
import type { Done, Frame, OpenState, Strand } from "./run.ts";
import { runMap } from "./states/map.ts";
import { runParallel } from "./states/parallel.ts";
import { runChoice, runFail, runPass, runSucceed, runWait } from "./states/simple.ts";
import { runTask } from "./states/task.ts";
import { blocked } from "./turns.ts";
import { objectOf, textOf } from "./values.ts";
import type { JsonObject } from "./values.ts";

function behave(frame: Frame): Promise<Done> {
  switch (frame.state.type) {
    case "Pass":
      return runPass(frame);
    case "Task":
      return runTask(frame);
    case "Choice":
      return runChoice(frame);
    case "Wait":
      return runWait(frame);
    case "Succeed":
      return runSucceed(frame);
    case "Fail":
      return runFail(frame);
    case "Parallel":
      return runParallel(frame, runWithin);
    case "Map":
      return runMap(frame, runWithin);
  }
}

/** The failure with its state and place named, as history and catchers tell it. */
function told({ state, enteredId }: Frame, failure: Failure): Failure {
  if (failure.placed !== true) return failure;
  const place =
    `An error occurred while executing the state '${state.name}' ` +
    `(entered at the event id #${enteredId}). `;
  const { placed: _, ...rest } = failure;
  return { ...rest, cause: place + (failure.cause ?? "") };
}

/** Writes the event of an expression that failed, once. */
function tellEvaluation(
  { run, strand, state, enteredId, enteredAfter }: Frame,
  failure: Failure,
): void {
  const { evaluation, error = "", cause = "" } = failure;
  if (evaluation === undefined) return;
  // AWS lets the event follow what the state's own event follows, unless the state had begun.
  const isFirst = strand.previous === enteredId && evaluation.begun !== true;
  if (isFirst) strand.previous = enteredAfter;
  run.history.add(strand, "EvaluationFailed", [
    "evaluationFailed",
    {
      cause,
      error,
      ...(evaluation.location === undefined ? {} : { location: evaluation.location }),
      state: state.name,
    },
  ]);
}

async function caught(frame: Frame, failure: Failure): Promise<Done | undefined> {
  const found = catcherOf(frame.state, failure);
  if (found === undefined) return undefined;
  const { catcher, index } = found;
  const errorOutput = { Error: failure.error ?? "", Cause: failure.cause ?? "" };
  const done = await finishCaught(frame, catcher.fields, errorOutput, `Catch[${index}]/`);
  return { ...done, next: catcher.next };
}

/** What stands in for a result that failed: the next attempt, a catcher, or nothing. */
async function recover(
  frame: Frame,
  failure: Failure,
  next: ReturnType<typeof attemptsOf>,
): Promise<Done | "again" | undefined> {
  const { run, strand, state } = frame;
  const { host } = run;
  const delayMs = next(failure, () => host.random());
  if (delayMs !== undefined) {
    const untilMs = host.nowMs() + delayMs;
    await blocked(run.turns, strand.signal, () => host.waitUntil(untilMs, strand.signal));
    frame.attempt++;
    return "again";
  }
  if (state.type === "Map" || state.type === "Parallel") {
    run.history.add(strand, `${state.type}StateFailed`);
  }
  return caught(frame, failure);
}

/** What a state did, with the text of its output: it is written twice and checked once. */
interface Told extends Done {
  readonly text: string;
}

function toldDone({ state, strand }: Frame, done: Done): Told {
  strand.variables.check(done.assign);
  return { ...done, text: checkedText(done.output, state.name) };
}

/** Does a part of the state's work; what fails in it is told with its place, once. */
async function reported<T>(frame: Frame, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    const failure = told(frame, error.failure);
    tellEvaluation(frame, failure);
    const { evaluation: _, ...rest } = failure;
    throw new StateFailure(rest);
  }
}

/** Tries a state until it is done, its error is caught, or it fails for good. */
async function attempts(frame: Frame): Promise<Told> {
  const next = attemptsOf(frame.state);
  for (;;) {
    try {
      return await reported(frame, async () => toldDone(frame, await behave(frame)));
    } catch (error) {
      if (!(error instanceof StateFailure) || error.failure.fatal === true) throw error;
      const { failure } = error;
      const recovered = await reported(frame, async () => {
        const done = await recover(frame, failure, next);
        return done === undefined || done === "again" ? done : toldDone(frame, done);
      });
      if (recovered === undefined) throw error;
      if (recovered !== "again") return recovered;
      frame.open.isTimedOut = false;
    }
  }
}

function assignedDetails(assign: JsonObject): JsonObject {
  const entries = Object.entries(assign);
  if (entries.length === 0) return {};
  return {
    assignedVariables: objectOf(entries.map(([name, value]) => [name, textOf(value)])),
    assignedVariablesDetails: { truncated: false },
  };
}

function entered(
  from: Pick<Frame, "run" | "strand">,
  state: State,
  input: Json,
  text: string,
): Frame {
  const { run, strand } = from;
  const enteredAfter = strand.previous;
  const enteredId = run.history.add(strand, `${state.type}StateEntered`, [
    "stateEntered",
    { ...textPayload("input", text), name: state.name },
  ]);
  const open: OpenState = { type: state.type, isTimedOut: false };
  strand.open = open;
  const { language } = state;
  const enteredMs = run.host.nowMs();
  return {
    run,
    strand,
    state,
    language,
    input,
    enteredId,
    enteredAfter,
    enteredMs,
    open,
    attempt: 0,
  };
}

function exited({ run, strand, state }: Frame, { assign, text }: Told): void {
  run.history.add(strand, `${state.type}StateExited`, [
    "stateExited",
    {
      ...assignedDetails(assign),
      name: state.name,
      ...textPayload("output", text),
    },
  ]);
  strand.variables.set(assign);
  delete strand.open;
}

/**
 * Runs a machine's states in a strand to the end; the caller holds the turn.
 * @throws StateFailure, Aborted
 */
export async function runStates(
  from: Pick<Frame, "run" | "strand">,
  machine: Machine,
  input: Json,
): Promise<Json> {
  let name: string | undefined = machine.startAt;
  let data = input;
  let text = checkedText(input, machine.startAt);
  while (name !== undefined) {
    const state = machine.states.get(name);
    if (state === undefined) throw new Error(`the machine has no state ${name}`);
    const frame = entered(from, state, data, text);
    const done = await attempts(frame);
    exited(frame, done);
    data = done.output;
    text = done.text;
    name = done.next;
  }
  return data;
}

async function runWithin(
  frame: Frame,
  strand: Strand,
  machine: Machine,
  input: Json,
): Promise<Json> {
  return runStates({ run: frame.run, strand }, machine, input);
}
