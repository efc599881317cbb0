import { sleep } from "../../core/clock.ts";
import type { Clock } from "../../core/clock.ts";
import { currentContext, inject } from "../../core/context.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { ErrorSpec } from "../../core/errors.ts";
import type { Method } from "../../core/http.ts";
import type { Random } from "../../core/ids.ts";
import type { Metrics } from "../../core/metrics.ts";
import { backoffMs } from "../../core/retry.ts";
import type { CallOptions, ClientOptions } from "../../core/service.ts";
import { contextAt, failSpan, spanKind } from "../../core/tracing.ts";
import type { Span, SpanForm, Tracer } from "../../core/tracing.ts";
import { serverErrors } from "../errors.ts";
import type { Problem } from "../problem.ts";
import type { Breaker, RetryBudget } from "./breaker.ts";

/** Sends a request to an instance of a service. The URL's host is the service's name. */
export type Transport = (request: Request) => Promise<Response>;

/** What the clients of one service in one process share. */
export interface Callee {
  readonly name: string;
  readonly transport: Transport;
  readonly breaker: Breaker;
  readonly budget: RetryBudget;
}

/** What a client needs from its process. */
export interface CallerContext {
  readonly service: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}

interface CallInputs {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** The client object of `service.client()`: one method an HTTP method. */
export type AnyClient = Readonly<
  Record<Method, (path: string, inputs: CallInputs, options?: CallOptions) => Promise<unknown>>
>;

const timeoutMsDefault = 5_000;
const retriesMaxDefault = 2;
const retryPolicy = { baseMs: 25, delayMsMax: 1_000 };
/** Methods that may be repeated (RFC 9110, 9.2.2). */
const idempotentMethods: ReadonlySet<Method> = new Set<Method>(["get", "put", "delete"]);
const passingStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function queryText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value as string);
}

function urlOf(service: string, path: string, inputs: CallInputs): string {
  const filled = path.replace(/:([A-Za-z0-9_]+)/g, (_, name: string) => {
    const value = inputs.params?.[name];
    // A dot or two would be taken for a step in the path, also when they are encoded.
    if (value === undefined || value === "" || value === "." || value === "..") {
      const message = `call of ${service} ${path}: the parameter ${name} is missing or only dots`;
      throw coreErrors.MOR_INVALID(message);
    }
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(inputs.query ?? {})) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one !== undefined) query.append(key, queryText(one));
    }
  }
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  return `http://${service}${filled}${search}`;
}

const codeForm = /^[A-Z][A-Z0-9_]{2,63}$/;

async function failureOf(service: string, response: Response): Promise<MorningError> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as Problem;
    // Services have codes of their own, for callers that tell them apart.
    if (typeof problem.code === "string" && codeForm.test(problem.code)) {
      const spec: ErrorSpec = problem;
      return new MorningError(problem.code, spec, problem.detail, {
        details: { ...problem.details, service },
      });
    }
  } catch {
    // Not a problem document: the status says what there is to say.
  }
  return serverErrors.MOR_CALL_FAILED(`service ${service} answered ${response.status}`, {
    details: { service, status: response.status },
  });
}

async function answerOf(service: string, response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  try {
    return await response.json();
  } catch (cause) {
    const message = `service ${service} answered ${response.status} without JSON`;
    throw serverErrors.MOR_CALL_FAILED(message, { cause });
  }
}

/** One call with all its attempts. */
interface Call {
  readonly method: Method;
  readonly form: SpanForm;
  readonly url: string;
  readonly body: string | null;
  readonly idempotencyKey: string | undefined;
  readonly deadlineMs: number;
  readonly retriesMax: number;
  /** Aborts at the deadline and when the caller gives up. */
  readonly signal: AbortSignal;
  /** The caller's own signal. */
  readonly given: AbortSignal | undefined;
}

/** How the spans of calls look (semantic conventions for HTTP clients). */
function formOf(callee: string, method: Method, path: string): SpanForm {
  const verb = method.toUpperCase();
  return {
    name: `${verb} ${path}`,
    kind: spanKind.client,
    attributes: {
      "http.request.method": verb,
      "url.template": path,
      "server.address": callee,
      "service.peer.name": callee,
      "morning.resource": `service/${callee}`,
    },
  };
}

/** Forms of a client, made when a path is first called; paths are those of the callee's routes. */
function formsOf(callee: string): (method: Method, path: string) => SpanForm {
  const known = new Map<string, SpanForm>();
  return (method, path) => {
    const key = `${method} ${path}`;
    let form = known.get(key);
    if (form === undefined) known.set(key, (form = formOf(callee, method, path)));
    return form;
  };
}

function requestOf({ method, url, body, idempotencyKey, signal }: Call, span: Span): Request {
  const { identity: _, ...carried } = inject(contextAt(span, currentContext()));
  const headers = new Headers(carried as Record<string, string>);
  if (body !== null) headers.set("content-type", "application/json");
  if (idempotencyKey !== undefined) headers.set("idempotency-key", idempotencyKey);
  return new Request(url, { method: method.toUpperCase(), headers, body, signal });
}

/** An answer past 399 is a failure of the call (semantic conventions for HTTP clients). */
function tellAnswer(span: Span, status: number): void {
  if (!span.isRecording()) return;
  span.setAttribute("http.response.status_code", status);
  if (status < 400) return;
  span.setAttribute("error.type", String(status));
  span.setStatus({ code: 2 });
}

async function attempt(
  callee: Callee,
  call: Call,
  number: number,
  tracer: Tracer,
): Promise<Response> {
  const settle = callee.breaker.permit();
  if (settle === undefined) {
    throw serverErrors.MOR_CALL_CIRCUIT_OPEN(`calls to service ${callee.name} are held back`);
  }
  let passed = false;
  const span = tracer.start(call.form, currentContext()?.trace);
  if (number > 1) span.setAttribute("http.request.resend_count", number - 1);
  try {
    const response = await callee.transport(requestOf(call, span));
    passed = response.status < 500;
    tellAnswer(span, response.status);
    return response;
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
    settle(passed);
  }
}

/** Whether trying again can neither help nor be allowed. */
function isFinal(outcome: Response | Error): boolean {
  if (outcome instanceof Response) return !passingStatuses.has(outcome.status);
  return MorningError.is(outcome, "MOR_CALL_CIRCUIT_OPEN");
}

async function errorOf(callee: Callee, call: Call, outcome: Response | Error): Promise<Error> {
  if (outcome instanceof Response) return failureOf(callee.name, outcome);
  const { given, signal, url } = call;
  if (given?.aborted === true) return coreErrors.MOR_CANCELLED(`call of ${url} was given up`);
  if (signal.aborted) return coreErrors.MOR_TIMEOUT(`call of ${url} took too long`);
  if (MorningError.is(outcome)) return outcome;
  const message = `call of ${url}: ${outcome.message}`;
  return serverErrors.MOR_CALL_FAILED(message, { cause: outcome });
}

async function perform(callee: Callee, call: Call, caller: CallerContext): Promise<unknown> {
  const { clock, random, tracer } = caller;
  callee.budget.earn();
  for (let number = 1; ; number++) {
    const outcome = await attempt(callee, call, number, tracer).catch(
      (error: unknown) => error as Error,
    );
    if (outcome instanceof Response && outcome.ok) return answerOf(callee.name, outcome);
    const spent = number > call.retriesMax || call.signal.aborted;
    if (spent || isFinal(outcome) || !callee.budget.spend()) {
      throw await errorOf(callee, call, outcome);
    }
    const delayMs = backoffMs(number, retryPolicy, random);
    await sleep(clock, Math.min(delayMs, call.deadlineMs - clock.monotonic()), call.signal);
  }
}

/** The client of one holder of a service's capability. */
export function serviceClient(
  callee: Callee,
  limits: ClientOptions,
  caller: CallerContext,
): AnyClient {
  const { clock, metrics } = caller;
  const edge = { service: caller.service, callee: callee.name };
  const formFor = formsOf(callee.name);
  const begin = async (
    method: Method,
    path: string,
    inputs: CallInputs,
    options: CallOptions,
  ): Promise<unknown> => {
    const { idempotencyKey, signal: given } = options;
    const timeoutMs = options.timeoutMs ?? limits.timeoutMs ?? timeoutMsDefault;
    const url = urlOf(callee.name, path, inputs);
    const repeatable = idempotentMethods.has(method) || idempotencyKey !== undefined;
    const body = inputs.body === undefined ? null : JSON.stringify(inputs.body);
    const abort = new AbortController();
    const giveUp = (): void => abort.abort();
    if (given?.aborted === true) giveUp();
    given?.addEventListener("abort", giveUp, { once: true });
    const cancelTimer = clock.after(timeoutMs, giveUp);
    const call: Call = {
      method,
      form: formFor(method, path),
      url,
      body,
      idempotencyKey,
      deadlineMs: clock.monotonic() + timeoutMs,
      retriesMax: repeatable ? (limits.retriesMax ?? retriesMaxDefault) : 0,
      signal: abort.signal,
      given,
    };
    return perform(callee, call, caller).finally(() => {
      cancelTimer();
      given?.removeEventListener("abort", giveUp);
    });
  };
  const counted =
    (method: Method): AnyClient[Method] =>
    async (path, inputs, options = {}) => {
      const startedMs = clock.monotonic();
      try {
        const answer = await begin(method, path, inputs, options);
        metrics.count("morning_calls_total", { ...edge, outcome: "ok" });
        return answer;
      } catch (error) {
        const status = MorningError.is(error) ? error.status : 500;
        const outcome = status >= 500 ? "error" : "refused";
        metrics.count("morning_calls_total", { ...edge, outcome });
        throw error;
      } finally {
        metrics.observe("morning_call_seconds", edge, (clock.monotonic() - startedMs) / 1000);
      }
    };
  return {
    get: counted("get"),
    post: counted("post"),
    put: counted("put"),
    patch: counted("patch"),
    delete: counted("delete"),
  };
}
