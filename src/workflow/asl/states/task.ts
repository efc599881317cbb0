import type { Json } from "../../../core/json.ts";
import { checkedText, effectiveInput, fill, finish } from "../dataflow.ts";
import { ended, StateFailure, tooLarge } from "../failure.ts";
import type { Failure } from "../failure.ts";
import { errorDetails, textPayload } from "../history.ts";
import type { TaskOutcome, TaskRequest } from "../host.ts";
import { numberField } from "../numbers.ts";
import type { Done, Frame } from "../run.ts";
import { compactCause, invokeResult, isInvoke, requestOf, resourceOf } from "../tasks.ts";
import type { Resource } from "../tasks.ts";
import { blocked, pass } from "../turns.ts";
import { own, textOf } from "../values.ts";
import type { JsonObject } from "../values.ts";
import { eventsOf } from "./task-events.ts";
import type { TaskEvents } from "./task-events.ts";

/** One attempt of a task. */
interface Attempt {
  readonly frame: Frame;
  readonly resource: Resource;
  readonly events: TaskEvents;
  readonly timeoutSeconds?: number;
  readonly heartbeatSeconds?: number;
}

type Late = "timeout" | "heartbeat";
type Succeeded = Extract<TaskOutcome, { ok: true }>;
type Outcome = Exclude<TaskOutcome, { late: Late }> | Late;

/** Ends when no heartbeat came for `heartbeatSeconds`. */
async function silence(
  { frame, heartbeatSeconds = 0 }: Attempt,
  lastMs: () => number,
  signal: AbortSignal,
): Promise<"heartbeat"> {
  const { host } = frame.run;
  for (;;) {
    const untilMs = lastMs() + heartbeatSeconds * 1000;
    await host.waitUntil(untilMs, signal);
    if (signal.aborted || lastMs() + heartbeatSeconds * 1000 <= host.nowMs()) return "heartbeat";
  }
}

/** The task against its timeout and its heartbeat; whoever is late is told to stop. */
async function race(attempt: Attempt, request: TaskRequest): Promise<Outcome> {
  const { frame, timeoutSeconds, heartbeatSeconds, events } = attempt;
  const { host } = frame.run;
  const over = new AbortController();
  const signal = AbortSignal.any([frame.strand.signal, over.signal]);
  let lastMs = host.nowMs();
  const limits = {
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
  };
  const done = async (): Promise<Outcome> => {
    const outcome = await host.task(
      { ...request, ...limits },
      {
        signal,
        submitted: (output) => {
          if (!signal.aborted) events.submitted(textOf(resultOf(attempt, { ok: true, output })));
        },
        heartbeat: () => {
          lastMs = host.nowMs();
        },
      },
    );
    return "late" in outcome ? outcome.late : outcome;
  };
  const runners = [done()];
  if (host.limitsTasks !== true && timeoutSeconds !== undefined) {
    const atMs = lastMs + timeoutSeconds * 1000;
    runners.push(host.waitUntil(atMs, signal).then(() => "timeout" as const));
  }
  if (host.limitsTasks !== true && heartbeatSeconds !== undefined) {
    runners.push(silence(attempt, () => lastMs, signal));
  }
  try {
    return await Promise.race(runners);
  } finally {
    over.abort(ended);
  }
}

/** What the state makes of a task's output. */
function resultOf({ frame, resource }: Attempt, outcome: Succeeded): Json {
  const isWrapped = isInvoke(resource) && resource.pattern !== "token";
  if (!isWrapped) return outcome.output;
  const { host } = frame.run;
  const requestId = host.uuid();
  const traceId = `Root=1-${host.uuid().replaceAll("-", "").slice(0, 24)};Sampled=0`;
  return invokeResult(outcome.output, outcome.text, { requestId, traceId, nowMs: host.nowMs() });
}

function failureOf({ resource }: Attempt, outcome: Outcome & { ok?: false }): Failure {
  if (outcome === "timeout") return { error: "States.Timeout" };
  if (outcome === "heartbeat") return { error: "States.HeartbeatTimeout", heartbeat: true };
  const cause = isInvoke(resource) ? compactCause(outcome.cause) : outcome.cause;
  return { error: outcome.error, ...(cause === undefined ? {} : { cause }) };
}

/** Fails the state with an event that says how. */
async function failed(attempt: Attempt, failure: Failure, isLate: boolean): Promise<never> {
  const { frame, events } = attempt;
  if (isLate) {
    frame.open.isTimedOut = true;
    events.timedOut(errorDetails(failure));
  } else events.failed(errorDetails(failure));
  await pass(frame.run.turns, frame.strand.signal);
  throw new StateFailure(failure);
}

async function succeeded(attempt: Attempt, outcome: Succeeded): Promise<Json> {
  const { frame, resource, events } = attempt;
  const subject = resource.kind === "service" ? resource.resourceType : resource.arn;
  const result = resultOf(attempt, outcome);
  let text: string;
  try {
    text = checkedText(result, subject);
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    return failed(attempt, tooLarge(subject).failure, false);
  }
  events.succeeded(textPayload("output", text));
  await pass(frame.run.turns, frame.strand.signal);
  return result;
}

async function perform(
  attempt: Attempt,
  input: Json,
  credentials: Json | undefined,
): Promise<Json> {
  const { frame, resource, events, timeoutSeconds, heartbeatSeconds } = attempt;
  const { run, strand } = frame;
  const limits: JsonObject = {
    ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: heartbeatSeconds }),
  };
  const role = own(credentials, "RoleArn");
  events.scheduled(checkedText(input, frame.state.name), {
    ...limits,
    ...(role === undefined ? {} : { taskCredentials: { roleArn: role } }),
  });
  await pass(run.turns, strand.signal);
  events.started();
  const about = {
    attempt: frame.attempt,
    executionArn: run.executionArn,
    stateName: frame.state.name,
  };
  const request = requestOf(resource, input, about, frame.token);
  const outcome: Outcome =
    "ok" in request
      ? request
      : await blocked(run.turns, strand.signal, () => race(attempt, request));
  if (outcome === "timeout" || outcome === "heartbeat" || !outcome.ok) {
    return failed(attempt, failureOf(attempt, outcome), typeof outcome === "string");
  }
  return succeeded(attempt, outcome);
}

/** Task: asks the host to do something and hands on what came of it. */
export async function runTask(frame: Frame): Promise<Done> {
  const { fields, next } = frame.state;
  const arn = own(fields, "Resource");
  const resource = resourceOf(typeof arn === "string" ? arn : "");
  if (resource.pattern === "token") frame.token = frame.run.host.uuid();
  const effective = effectiveInput(frame);
  const isExpression = frame.language === "JSONata";
  const template = own(fields, isExpression ? "Arguments" : "Parameters");
  const input =
    template === undefined
      ? effective
      : await fill(frame, template, isExpression ? "Arguments" : "Parameters", {
          input: effective,
        });
  const credentials = own(fields, "Credentials");
  const timeoutSeconds = await numberField(frame, "TimeoutSeconds", effective);
  const heartbeatSeconds = await numberField(frame, "HeartbeatSeconds", effective);
  const attempt: Attempt = {
    frame,
    resource,
    events: eventsOf(frame, resource),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
  };
  const filledCredentials =
    credentials === undefined
      ? undefined
      : await fill(frame, credentials, "Credentials", { input: effective });
  const result = await perform(attempt, input, filledCredentials);
  return { ...(await finish(frame, result, "result")), ...(next === undefined ? {} : { next }) };
}
