import { sleep } from "../../core/clock.ts";
import type { Clock } from "../../core/clock.ts";
import { childContext, inject } from "../../core/context.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { ErrorSpec } from "../../core/errors.ts";
import type { Method } from "../../core/http.ts";
import type { Ids, Random } from "../../core/ids.ts";
import type { Metrics } from "../../core/metrics.ts";
import { backoffMs } from "../../core/retry.ts";
import type { CallOptions, ClientOptions } from "../../core/service.ts";
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
  readonly ids: Ids;
  readonly metrics: Metrics;
}

interface CallInputs {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

const timeoutMsDefault = 5_000;
const retriesMaxDefault = 2;
const retryPolicy = { baseMs: 25, delayMsMax: 1_000 };
const safeMethods: ReadonlySet<Method> = new Set<Method>(["get", "put", "delete"]);
const passingStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function urlOf(service: string, path: string, inputs: CallInputs): string {
  const filled = path.replace(/:([A-Za-z0-9_]+)/g, (_, name: string) => {
    const value = inputs.params?.[name];
    if (value === undefined || value === "") {
      throw coreErrors.MOR_INVALID(`call of ${service} ${path}: the parameter ${name} is missing`);
    }
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(inputs.query ?? {})) {
    if (value !== undefined) query.append(key, String(value));
  }
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  return `http://${service}${filled}${search}`;
}

async function failureOf(service: string, response: Response): Promise<MorningError> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === "string" && problem.code.startsWith("MOR_")) {
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

/** The client object of `service.client()`: one method an HTTP method. */
export function serviceClient(
  callee: Callee,
  limits: ClientOptions,
  caller: CallerContext,
): Readonly<Record<Method, (path: string, inputs: CallInputs, options?: CallOptions) => unknown>> {
  const attempt = async (
    method: Method,
    url: string,
    inputs: CallInputs,
    key: string | undefined,
    signal: AbortSignal,
  ): Promise<Response> => {
    if (!callee.breaker.permit()) {
      throw serverErrors.MOR_CALL_CIRCUIT_OPEN(`calls to service ${callee.name} are held back`);
    }
    let passed = false;
    try {
      const carried = inject(childContext(caller.ids));
      const headers = new Headers();
      if (inputs.body !== undefined) headers.set("content-type", "application/json");
      if (key !== undefined) headers.set("idempotency-key", key);
      for (const [name, value] of Object.entries(carried)) {
        if (name !== "identity") headers.set(name, value as string);
      }
      const body = inputs.body === undefined ? null : JSON.stringify(inputs.body);
      const request = new Request(url, { method: method.toUpperCase(), headers, body, signal });
      const response = await callee.transport(request);
      passed = response.status < 500;
      return response;
    } finally {
      callee.breaker.settle(passed);
    }
  };
  const call = async (
    method: Method,
    path: string,
    inputs: CallInputs,
    options: CallOptions = {},
  ): Promise<unknown> => {
    const timeoutMs = options.timeoutMs ?? limits.timeoutMs ?? timeoutMsDefault;
    const deadlineMs = caller.clock.now() + timeoutMs;
    const abort = new AbortController();
    const cancelTimer = caller.clock.after(timeoutMs, () => abort.abort());
    const onAbort = (): void => abort.abort();
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const url = urlOf(callee.name, path, inputs);
    const repeatable = safeMethods.has(method) || options.idempotencyKey !== undefined;
    const retriesMax = repeatable ? (limits.retriesMax ?? retriesMaxDefault) : 0;
    callee.budget.earn();
    try {
      for (let number = 1; ; number++) {
        const outcome = await attempt(
          method,
          url,
          inputs,
          options.idempotencyKey,
          abort.signal,
        ).catch((error: unknown) => error as Error);
        if (outcome instanceof Response && outcome.ok) {
          return outcome.status === 204 ? undefined : await outcome.json();
        }
        const final = outcome instanceof Response && !passingStatuses.has(outcome.status);
        const spent = number > retriesMax || abort.signal.aborted || !callee.budget.spend();
        if (final || spent) throw await thrown(outcome, abort.signal, options.signal, url);
        const delayMs = backoffMs(number, retryPolicy, caller.random);
        await sleep(caller.clock, Math.min(delayMs, deadlineMs - caller.clock.now()), abort.signal);
      }
    } finally {
      cancelTimer();
      options.signal?.removeEventListener("abort", onAbort);
    }
  };
  const thrown = async (
    outcome: Response | Error,
    deadline: AbortSignal,
    given: AbortSignal | undefined,
    url: string,
  ): Promise<Error> => {
    if (outcome instanceof Response) return failureOf(callee.name, outcome);
    if (given?.aborted === true) return coreErrors.MOR_CANCELLED(`call of ${url} was given up`);
    if (deadline.aborted) return coreErrors.MOR_TIMEOUT(`call of ${url} took too long`);
    if (MorningError.is(outcome)) return outcome;
    return serverErrors.MOR_CALL_FAILED(`call of ${url}: ${outcome.message}`, { cause: outcome });
  };
  const counted =
    (method: Method) =>
    async (path: string, inputs: CallInputs, options?: CallOptions): Promise<unknown> => {
      const startedMs = caller.clock.monotonic();
      const edge = { service: caller.service, callee: callee.name };
      try {
        const answer = await call(method, path, inputs, options);
        caller.metrics.count("morning_calls_total", { ...edge, outcome: "ok" });
        return answer;
      } catch (error) {
        const status = MorningError.is(error) ? error.status : 500;
        const outcome = status >= 500 ? "error" : "refused";
        caller.metrics.count("morning_calls_total", { ...edge, outcome });
        throw error;
      } finally {
        const seconds = (caller.clock.monotonic() - startedMs) / 1000;
        caller.metrics.observe("morning_call_seconds", edge, seconds);
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
