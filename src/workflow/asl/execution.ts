import type { Json } from "../../core/json.ts";
import { payloadBytesMax } from "./dataflow.ts";
import type { Machine } from "./definition.ts";
import { aslErrors } from "./errors.ts";
import { Aborted, ended, StateFailure } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { errorDetails, history, textPayload } from "./history.ts";
import type { HistoryEvent } from "./history.ts";
import type { AslHost } from "./host.ts";
import { runStates } from "./interpreter.ts";
import { jsonataEvaluator } from "./language/jsonata.ts";
import { queries } from "./language/template.ts";
import type { Child, ChildRunner, Identity, Run, Strand } from "./run.ts";
import { makeTurns } from "./turns.ts";
import type { Turns } from "./turns.ts";
import { bytesOf, parseText, textOf } from "./values.ts";
import { variables } from "./variables.ts";

/** How an execution ended. */
export type ExecutionStatus = "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What an execution came to, in the shape of `DescribeExecution` and `GetExecutionHistory`. */
export interface ExecutionResult {
  readonly status: ExecutionStatus;
  /** JSON text; of a success alone. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly events: readonly HistoryEvent[];
}

/** Who stops an execution, and why. */
export interface Stop {
  readonly error?: string;
  readonly cause?: string;
}

/** How one execution is run. */
export interface ExecutionOptions {
  readonly machine: Machine;
  /** JSON text; an empty object if left out. */
  readonly input?: string;
  readonly host: AslHost;
  /** What the context object and ARNs say; names of this machine if left out. */
  readonly identity?: Partial<Identity>;
  /** Aborting it stops the execution, as StopExecution does; its reason may be a {@link Stop}. */
  readonly signal?: AbortSignal;
  /** Told every event as it happens. */
  readonly onEvent?: (event: HistoryEvent) => void;
}

function inputOf(text: string | undefined): Json {
  if (text === undefined) return {};
  if (bytesOf(text) > payloadBytesMax) {
    throw aslErrors.MOR_ASL_INPUT_INVALID(
      `the input has ${bytesOf(text)} bytes; ${payloadBytesMax} are allowed`,
    );
  }
  try {
    return parseText(text);
  } catch (cause) {
    const what = `the input is not JSON: ${(cause as Error).message}`;
    throw aslErrors.MOR_ASL_INPUT_INVALID(what, { cause });
  }
}

function identityOf(given: Partial<Identity> = {}): Identity {
  return {
    region: "us-east-1",
    accountId: "000000000000",
    machineName: "machine",
    executionName: "execution",
    roleArn: "arn:aws:iam::000000000000:role/workflow",
    isExpress: false,
    ...given,
  };
}

function executionArn(
  { region, accountId, machineName, executionName, isExpress }: Identity,
  id: string,
): string {
  const base = `arn:aws:states:${region}:${accountId}`;
  return isExpress
    ? `${base}:express:${machineName}:${executionName}:${id}`
    : `${base}:execution:${machineName}:${executionName}`;
}

/** Express executions may take this long, standard ones a year. */
const expressMs = 300_000;
const standardMs = 365 * 86_400_000;

interface Started {
  readonly run: Run;
  readonly strand: Strand;
}

function start(options: ExecutionOptions, input: Json, signal: AbortSignal, turns: Turns): Started {
  const { host, onEvent } = options;
  const identity = identityOf(options.identity);
  const run: Run = {
    host,
    identity,
    executionArn: executionArn(identity, identity.isExpress ? host.uuid() : ""),
    input,
    startedMs: host.nowMs(),
    history: history(() => host.nowMs(), onEvent),
    turns,
    evaluator: jsonataEvaluator(
      host,
      () => host.nowMs(),
      () => host.breathe?.() ?? Promise.resolve(),
    ),
    queries: queries(),
    runChild: childRunner(turns),
  };
  return { run, strand: { previous: 0, signal, variables: variables() } };
}

type End =
  | { readonly status: "SUCCEEDED"; readonly output: Json }
  | { readonly status: "FAILED"; readonly failure: Failure }
  | { readonly status: "TIMED_OUT" }
  | { readonly status: "ABORTED" };

/** Runs the states; the turn is taken and given back here. */
async function main({ run, strand }: Started, machine: Machine): Promise<End> {
  await run.turns.take();
  try {
    return { status: "SUCCEEDED", output: await runStates({ run, strand }, machine, run.input) };
  } catch (error) {
    if (error instanceof Aborted) return { status: "ABORTED" };
    if (!(error instanceof StateFailure)) throw error;
    return { status: "FAILED", failure: error.failure };
  } finally {
    run.turns.give();
  }
}

async function timeout({ run }: Started, machine: Machine, signal: AbortSignal): Promise<End> {
  const limitMs = run.identity.isExpress ? expressMs : standardMs;
  const ownMs = (machine.timeoutSeconds ?? Infinity) * 1000;
  // A timer for a year would be a row of every run's journal.
  if (run.host.isUnbounded === true && !run.identity.isExpress && ownMs === Infinity) {
    return new Promise<never>(() => {});
  }
  await run.host.waitUntil(run.startedMs + Math.min(limitMs, ownMs), signal);
  return { status: signal.aborted ? "ABORTED" : "TIMED_OUT" };
}

function stopOf(signal: AbortSignal | undefined): Stop {
  const reason: unknown = signal?.reason;
  if (typeof reason !== "object" || reason === null || reason instanceof Error) return {};
  const { error, cause } = reason as Stop;
  return {
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

function closed({ run, strand }: Started, end: End, stop: Stop): ExecutionResult {
  const { events } = run.history;
  if (end.status === "SUCCEEDED") {
    const output = textOf(end.output);
    run.history.close(strand.previous, "ExecutionSucceeded", [
      "executionSucceeded",
      textPayload("output", output),
    ]);
    return { status: end.status, output, events };
  }
  if (end.status === "FAILED") {
    const details = errorDetails(end.failure);
    run.history.close(strand.previous, "ExecutionFailed", ["executionFailed", details]);
    return { status: end.status, ...details, events };
  }
  if (end.status === "TIMED_OUT") {
    run.history.close(strand.previous, "ExecutionTimedOut", ["executionTimedOut", {}]);
    return { status: end.status, events };
  }
  const details = errorDetails(stop);
  run.history.close(0, "ExecutionAborted", ["executionAborted", details]);
  return { status: end.status, ...details, events };
}

async function execute(
  options: ExecutionOptions,
  input: Json,
  turns: Turns,
): Promise<ExecutionResult> {
  const { machine } = options;
  const over = new AbortController();
  const outside = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([over.signal, ...outside]);
  const started = start(options, input, signal, turns);
  started.run.history.addBeside(0, "ExecutionStarted", [
    "executionStarted",
    {
      ...textPayload("input", options.input ?? textOf(input)),
      roleArn: started.run.identity.roleArn,
    },
  ]);
  try {
    const end = await Promise.race([main(started, machine), timeout(started, machine, signal)]);
    return closed(started, end, stopOf(options.signal));
  } finally {
    over.abort(ended);
  }
}

function childRunner(turns: Turns): ChildRunner {
  return async (frame, input, signal): Promise<Child> => {
    const { run, state } = frame;
    const { processor } = state;
    const name = run.host.uuid();
    if (processor === undefined) return { name, status: "ABORTED" };
    const identity: Identity = {
      ...run.identity,
      machineName: `${run.identity.machineName}/${state.name}`,
      executionName: name,
      isExpress: processor.isExpress,
    };
    const options = { machine: processor.machine, host: run.host, identity, signal };
    const result = await execute(options, input, turns);
    const { output, status, error, cause } = result;
    return {
      name,
      status,
      ...(output === undefined ? {} : { output: parseText(output) }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
  };
}

/**
 * Runs a machine from its input to its end. The execution's own failure is a result; rejections are
 * faults of the host.
 * @throws MOR_ASL_INPUT_INVALID
 */
export async function runExecution(options: ExecutionOptions): Promise<ExecutionResult> {
  return execute(options, inputOf(options.input), makeTurns());
}
