import type { Json } from "../../core/json.ts";
import type { TaskOutcome, TaskProgress, TaskRequest } from "./host.ts";
import type { SimulatedTime, Work } from "./simulated-time.ts";
import { bytesOf, parseText } from "./values.ts";

/** What a handler is given beside its input. */
export interface HandlerContext {
  readonly functionName: string;
  readonly requestId: string;
  /** The task's token, for `.waitForTaskToken`: {@link HandlerContext.complete} it. */
  readonly token?: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  /** Lets simulated time pass. */
  sleep(delayMs: number): Promise<void>;
  /** Tells that the task still works. */
  heartbeat(): void;
  /** Completes a task by its token, now or later. */
  complete(token: string, outcome: TaskOutcome): void;
}

/**
 * Does a task: a Lambda function, the worker of an activity, an action of a service. What it throws
 * is the task's error, by the thrown error's name.
 */
export type Handler = (input: Json, context: HandlerContext) => unknown;

/** Handlers by function name, or by action: `sqs:sendMessage`. */
export interface Handlers {
  find(request: TaskRequest): Handler | undefined;
  /** The JSON text of a payload as the functions' runtime writes it. */
  encode?(value: unknown): string;
}

/** The name of a function in a name, a partial or a whole ARN, without version or alias. */
export function functionName(target: string): string {
  const parts = target.split(":");
  const at = parts.lastIndexOf("function");
  if (at !== -1) return parts[at + 1] ?? target;
  const activity = parts.lastIndexOf("activity");
  return activity === -1 ? (parts[0] ?? target) : (parts[activity + 1] ?? target);
}

/** Bytes of a payload that a function may return: Lambda's limit. */
const responseBytesMax = 6 * 1_048_576;

/** The text of a value; nothing for what JSON does not have. */
function written(value: unknown, handlers: Handlers): string | undefined {
  const text: unknown = handlers.encode?.(value) ?? JSON.stringify(value);
  return typeof text === "string" ? text : undefined;
}

interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: readonly string[];
}

function thrownOf(error: unknown): Thrown {
  if (error instanceof Error) {
    const { stackTrace } = error as { stackTrace?: unknown };
    const own = Array.isArray(stackTrace) ? stackTrace.map(String) : undefined;
    const lines = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
    return { name: error.name, message: error.message, stack: own ?? lines.slice(0, 10) };
  }
  return { name: "Error", message: String(error), stack: [] };
}

function failed(
  error: unknown,
  requestId: string,
  handlers: Handlers,
  isLambda: boolean,
): TaskOutcome {
  const { name, message, stack } = thrownOf(error);
  if (!isLambda) return { ok: false, error: name, cause: message };
  const cause = { errorMessage: message, errorType: name, requestId, stackTrace: stack };
  return { ok: false, error: name, cause: written(cause, handlers) ?? "" };
}

/** What a handler returned as JSON: as the runtime of a function would write and read it. */
function encoded(value: unknown, handlers: Handlers): TaskOutcome {
  let text: string | undefined;
  try {
    text = written(value, handlers);
  } catch (error) {
    const cause = `Unable to marshal response: ${(error as Error).message}`;
    return { ok: false, error: "Runtime.MarshalError", cause };
  }
  if (text === undefined) text = "null";
  if (bytesOf(text) > responseBytesMax) {
    const cause =
      "Response payload size exceeded maximum allowed payload size " +
      `(${responseBytesMax} bytes).`;
    return { ok: false, error: "Function.ResponseSizeTooLarge", cause };
  }
  try {
    return { ok: true, output: parseText(text), text };
  } catch (error) {
    const cause = `Unable to marshal response: ${(error as Error).message}`;
    return { ok: false, error: "Runtime.MarshalError", cause };
  }
}

function notFound(request: TaskRequest, requestId: string): TaskOutcome {
  if (request.kind !== "lambda") {
    const cause = `There is no handler for ${request.target}.`;
    return { ok: false, error: "Morning.HandlerMissing", cause };
  }
  const { target, executionArn } = request;
  const [, , , region = "", accountId = ""] = executionArn.split(":");
  const arn = target.startsWith("arn:")
    ? target
    : `arn:aws:lambda:${region}:${accountId}:function:${functionName(target)}`;
  const isQualified = arn.split(":").length > 7;
  const cause =
    `Function not found: ${isQualified ? arn : `${arn}:$LATEST`} (Service: AWSLambda; ` +
    "Status Code: 404; Error Code: ResourceNotFoundException; " +
    `Request ID: ${requestId}; Proxy: null)`;
  return { ok: false, error: "Lambda.ResourceNotFoundException", cause };
}

/** Tasks that wait for whoever has their token. */
interface Tokens {
  wait(token: string): Promise<TaskOutcome>;
  complete(token: string, outcome: TaskOutcome): void;
}

function makeTokens(): Tokens {
  const known = new Map<string, PromiseWithResolvers<TaskOutcome>>();
  const of = (token: string): PromiseWithResolvers<TaskOutcome> => {
    const found = known.get(token) ?? Promise.withResolvers<TaskOutcome>();
    known.set(token, found);
    return found;
  };
  // The first completion counts: a promise settles once.
  return {
    wait: (token) => of(token).promise,
    complete: (token, outcome) => of(token).resolve(outcome),
  };
}

/** Does tasks by local handlers in simulated time: the `task` of a host. */
export function localTasks(
  handlers: Handlers,
  time: SimulatedTime,
  uuid: () => string,
): (request: TaskRequest, progress: TaskProgress) => Promise<TaskOutcome> {
  const tokens = makeTokens();
  const call = async (
    handler: Handler,
    request: TaskRequest,
    progress: TaskProgress,
    work: Work,
  ): Promise<TaskOutcome> => {
    const requestId = uuid();
    const { token } = request;
    const context: HandlerContext = {
      functionName: functionName(request.target),
      requestId,
      attempt: request.attempt,
      signal: progress.signal,
      ...(token === undefined ? {} : { token }),
      sleep: (delayMs) => work.sleep(delayMs, progress.signal),
      heartbeat: () => progress.heartbeat(),
      complete: (completed, outcome) => tokens.complete(completed, outcome),
    };
    try {
      return encoded(await handler(request.input, context), handlers);
    } catch (error) {
      return failed(error, requestId, handlers, request.kind === "lambda");
    }
  };
  return (request, progress) =>
    time.work(async (work) => {
      const handler = handlers.find(request);
      if (handler === undefined) return notFound(request, uuid());
      const outcome = await call(handler, request, progress, work);
      if (request.token === undefined || !outcome.ok) return outcome;
      const { token } = request;
      progress.submitted(outcome.output);
      return work.idle(() => tokens.wait(token));
    });
}
