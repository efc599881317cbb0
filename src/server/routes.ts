import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import { extract, formatTraceparent, withContext } from "../core/context.ts";
import type { Carrier } from "../core/context.ts";
import { coreErrors } from "../core/errors.ts";
import type { Clock } from "../core/clock.ts";
import type { AnyRoute, Reply, RouteCall } from "../core/http.ts";
import type { Log } from "../core/log.ts";
import type { Metrics } from "../core/metrics.ts";
import { validate } from "../core/schema.ts";
import { contextAt, recordFailure, spanKind } from "../core/tracing.ts";
import type { Span, SpanForm, Tracer } from "../core/tracing.ts";
import type { Transactions } from "../core/transaction.ts";
import { bodyBytesMax, readBody } from "./body.ts";
import { serverErrors } from "./errors.ts";
import { asMorningError, problemResponse } from "./problem.ts";

/** What routes need from whoever mounts them. */
export interface RouteMount {
  /** Whose routes they are: `orders`, or `platform`. */
  readonly service: string;
  readonly transactions: Transactions;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Checks that the caller may; throws a MorningError with status 401 or 403 if not. */
  readonly authorize?: (request: HonoContext, route: AnyRoute) => void | Promise<void>;
}

const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

function queryOf(url: string): Record<string, string | string[]> {
  const query = new Map<string, string | string[]>();
  for (const [key, value] of new URL(url).searchParams) {
    if (forbiddenKeys.has(key)) {
      throw coreErrors.MOR_INVALID(`the query has the key ${key}, which is not allowed`);
    }
    const known = query.get(key);
    if (Array.isArray(known)) known.push(value);
    else query.set(key, known === undefined ? value : [known, value]);
  }
  return Object.fromEntries(query);
}

/** The trace of a caller; its identity is taken from nobody outside. */
function carrierOf(headers: Headers): Carrier {
  const header = (name: string): Record<string, string> => {
    const value = headers.get(name);
    return value === null ? {} : { [name]: value };
  };
  return { ...header("traceparent"), ...header("tracestate"), ...header("baggage") };
}

async function callOf(
  route: AnyRoute,
  request: HonoContext,
  mount: RouteMount,
): Promise<RouteCall<unknown, unknown, unknown>> {
  const subject = `${route.method.toUpperCase()} ${route.path} of ${mount.service}`;
  const { params, query, body, bodyTypes } = route.options;
  const bytesMax = route.options.bodyBytesMax ?? bodyBytesMax;
  const rawParams: Record<string, string> = request.req.param();
  const rawBody =
    route.method === "get"
      ? undefined
      : await readBody(request.req.raw, subject, bytesMax, bodyTypes);
  const rawQuery = queryOf(request.req.url);
  return {
    ...mount.transactions,
    params:
      params === undefined ? rawParams : await validate(params, rawParams, `path of ${subject}`),
    query: query === undefined ? rawQuery : await validate(query, rawQuery, `query of ${subject}`),
    body: body === undefined ? rawBody : await validate(body, rawBody, `body of ${subject}`),
    headers: request.req.raw.headers,
    idempotencyKey: request.req.header("idempotency-key"),
    log: mount.log,
    signal: request.req.raw.signal,
  };
}

function isReply(value: unknown): value is Reply {
  return typeof value === "object" && value !== null && (value as Reply).reply === true;
}

async function answerOf(route: AnyRoute, result: unknown, service: string): Promise<Response> {
  // A copy: the headers of an answer that came by fetch cannot be added to.
  if (result instanceof Response) return new Response(result.body, result);
  const { status, body, headers } = isReply(result)
    ? result
    : { status: 200, body: result, headers: {} };
  if (body === undefined)
    return new Response(null, { status: status === 200 ? 204 : status, headers });
  const { answer } = route.options;
  if (answer !== undefined && status < 300) {
    try {
      await validate(answer, body, `answer of ${route.path}`);
    } catch (cause) {
      throw serverErrors.MOR_HTTP_ANSWER_INVALID(`${service}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  const text = JSON.stringify(body);
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

async function serve(
  route: AnyRoute,
  request: HonoContext,
  mount: RouteMount,
  span: Span,
): Promise<Response> {
  try {
    await mount.authorize?.(request, route);
    const call = await callOf(route, request, mount);
    return await answerOf(route, await route.run(call), mount.service);
  } catch (thrown) {
    const error = asMorningError(thrown);
    if (error.status >= 500) {
      recordFailure(span, thrown);
      mount.log.error(error.message, {
        code: error.code,
        traceId: span.traceId,
        route: `${route.method} ${route.path}`,
        cause: error.cause instanceof Error ? error.cause.stack : undefined,
      });
    } else if (span.isRecording()) {
      // 4xx is no error of the server, and has no error.type (semantic conventions).
      span.setAttribute("morning.error.code", error.code);
    }
    return problemResponse(error, span.traceId);
  }
}

/** @throws MOR_DECLARATION for a route that could never be reached */
function refuseUnreachable(routes: readonly AnyRoute[], service: string): void {
  const known = new Set<string>();
  for (const { method, path } of routes) {
    const shown = `${method.toUpperCase()} ${path}`;
    if (!path.startsWith("/")) {
      const message = `service ${service}: the path of ${shown} does not begin with a slash`;
      throw coreErrors.MOR_DECLARATION(message);
    }
    if (known.has(shown)) {
      throw coreErrors.MOR_DECLARATION(`service ${service}: two routes are ${shown}`);
    }
    known.add(shown);
  }
}

/** The platform's routes that show telemetry: looking at it makes none. */
const quietRoute =
  /^\/(?:telemetry|alerts|slos|silences|notifications|stream|overview|history)(?:\/|$)/;

/** How the spans of a route look (semantic conventions for HTTP servers). */
function formOf({ method, path }: AnyRoute, service: string): SpanForm {
  const verb = method.toUpperCase();
  return {
    ...(service === "platform" && quietRoute.test(path) ? { quiet: true } : {}),
    name: `${verb} ${path}`,
    kind: spanKind.server,
    attributes: { "http.request.method": verb, "http.route": path, "url.scheme": "http" },
  };
}

/** What only an answered request can tell. 4xx is the caller's failure, not the server's. */
function endSpan(span: Span, request: HonoContext, status: number): void {
  if (span.isRecording()) {
    span.setAttribute("url.path", request.req.path);
    span.setAttribute("http.response.status_code", status);
    if (status >= 500) span.setStatus({ code: 2 });
  }
  span.end();
}

/** Serves declared routes over HTTP: validated, traced, counted, errors as problem details. */
export function mountRoutes(routes: readonly AnyRoute[], mount: RouteMount): Hono {
  refuseUnreachable(routes, mount.service);
  const http = new Hono();
  const labels = routes.map((route) => ({
    service: mount.service,
    route: `${route.method.toUpperCase()} ${route.path}`,
  }));
  routes.forEach((route, index) => {
    const form = formOf(route, mount.service);
    http.on(route.method.toUpperCase(), route.path, async (request) => {
      const startedMs = mount.clock.monotonic();
      const caller = extract(carrierOf(request.req.raw.headers));
      const span = mount.tracer.start(form, caller?.trace);
      const context = contextAt(span, caller);
      const response = await withContext(context, () => serve(route, request, mount, span));
      response.headers.set("traceresponse", formatTraceparent(span));
      endSpan(span, request, response.status);
      const seconds = (mount.clock.monotonic() - startedMs) / 1000;
      const label = labels[index] ?? {};
      mount.metrics.observe("morning_http_request_seconds", label, seconds);
      const status = `${Math.floor(response.status / 100)}xx`;
      mount.metrics.count("morning_http_requests_total", { ...label, status });
      return response;
    });
  });
  http.notFound((request) =>
    problemResponse(
      coreErrors.MOR_NOT_FOUND(
        `${mount.service} has no route ${request.req.method} ${request.req.path}`,
      ),
      undefined,
    ),
  );
  http.onError((error) => problemResponse(asMorningError(error), undefined));
  return http;
}
