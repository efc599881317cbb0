import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { context, metrics, propagation, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import type { Attributes, Histogram, Span, Tracer } from "@opentelemetry/api";
import { isTracingSuppressed } from "@opentelemetry/core";

/** Buckets of HTTP durations, seconds, as the semantic conventions advise. */
const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** A request of undici, which is what `fetch` sends. */
interface UndiciRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  addHeader(name: string, value: string): void;
}

type Listener = (message: unknown) => void;

/** Methods of RFC 9110 and PATCH; any other is `_OTHER` (semantic conventions for HTTP). */
const methods: ReadonlySet<string> = new Set(
  "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH".split(" "),
);
const methodOf = (method: string | undefined): string =>
  method !== undefined && methods.has(method) ? method : "_OTHER";

function answered(span: Span, status: number, worst: number): void {
  span.setAttribute("http.response.status_code", status);
  if (status < worst) return;
  span.setAttribute("error.type", String(status));
  span.setStatus({ code: 2 });
}

/** Requests that this process serves: what handles one runs within its span. */
function serverListeners(tracer: Tracer, durations: Histogram): Record<string, Listener> {
  return {
    "http.server.request.start"(message) {
      const { request, response } = message as {
        request: IncomingMessage;
        response: ServerResponse;
      };
      const startedMs = performance.now();
      const parent = propagation.extract(ROOT_CONTEXT, request.headers);
      const method = methodOf(request.method);
      const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
      const scheme = "encrypted" in request.socket ? "https" : "http";
      const attributes: Attributes = {
        "http.request.method": method,
        "url.path": path,
        "url.scheme": scheme,
        ...(request.headers.host === undefined ? {} : { "server.address": request.headers.host }),
      };
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
      // The listeners of the request are called in this same turn: they and all that they begin
      // see the span.
      context.attach(trace.setSpan(parent, span));
      response.once("close", () => {
        const { statusCode, writableFinished } = response;
        if (writableFinished) answered(span, statusCode, 500);
        else span.setAttribute("error.type", "aborted").setStatus({ code: 2 });
        span.end();
        durations.record((performance.now() - startedMs) / 1000, {
          "http.request.method": method,
          "url.scheme": scheme,
          "http.response.status_code": statusCode,
        });
      });
    },
  };
}

function startClient(tracer: Tracer, method: string, url: URL): Span | undefined {
  // What exports telemetry makes none.
  if (isTracingSuppressed(context.active())) return undefined;
  const known = methodOf(method);
  return tracer.startSpan(known, {
    kind: SpanKind.CLIENT,
    attributes: {
      "http.request.method": known,
      "server.address": url.hostname,
      "server.port": Number(url.port || (url.protocol === "https:" ? 443 : 80)),
      // Neither credentials nor queries, which may hold secrets.
      "url.full": `${url.protocol}//${url.host}${url.pathname}`,
    },
  });
}

function carry(span: Span, put: (name: string, value: string) => void): void {
  const within = trace.setSpan(context.active(), span);
  propagation.inject(within, undefined, { set: (_carrier, name, value) => put(name, value) });
}

function failed(span: Span | undefined, error: Error): void {
  if (span === undefined) return;
  span.setAttribute("error.type", error.name).setStatus({ code: 2, message: error.message });
  span.end();
}

/** Requests that `fetch` sends. */
function fetchListeners(tracer: Tracer): Record<string, Listener> {
  const spans = new WeakMap<UndiciRequest, Span>();
  type Told = { request: UndiciRequest; response: { statusCode: number }; error: Error };
  return {
    "undici:request:create"(message) {
      const { request } = message as Told;
      const span = startClient(tracer, request.method, new URL(request.path, request.origin));
      if (span === undefined) return;
      spans.set(request, span);
      carry(span, (name, value) => request.addHeader(name, value));
    },
    "undici:request:headers"(message) {
      const { request, response } = message as Told;
      const span = spans.get(request);
      if (span !== undefined) answered(span, response.statusCode, 400);
    },
    "undici:request:trailers"(message) {
      spans.get((message as Told).request)?.end();
    },
    "undici:request:error"(message) {
      const { request, error } = message as Told;
      failed(spans.get(request), error);
    },
  };
}

/** Requests that `node:http` and `node:https` send. */
function clientListeners(tracer: Tracer): Record<string, Listener> {
  const spans = new WeakMap<ClientRequest, Span>();
  type Told = { request: ClientRequest; response: IncomingMessage; error: Error };
  return {
    "http.client.request.created"(message) {
      const { request } = message as Told;
      const url = new URL(request.path, `${request.protocol}//${request.host}`);
      const span = startClient(tracer, request.method, url);
      if (span === undefined) return;
      spans.set(request, span);
      carry(span, (name, value) => {
        if (!request.headersSent) request.setHeader(name, value);
      });
    },
    "http.client.response.finish"(message) {
      const { request, response } = message as Told;
      const span = spans.get(request);
      if (span === undefined) return;
      answered(span, response.statusCode ?? 0, 400);
      response.once("close", () => span.end());
    },
    "http.client.request.error"(message) {
      const { request, error } = message as Told;
      failed(spans.get(request), error);
    },
  };
}

/** Records HTTP by Node's own diagnostics channels; answers what ends it. */
export function recordHttp(): () => void {
  const tracer = trace.getTracer("morning-ai/http");
  const durations = metrics
    .getMeter("morning-ai/http")
    .createHistogram("http.server.request.duration", {
      unit: "s",
      description: "Duration of HTTP server requests",
      advice: { explicitBucketBoundaries: durationBounds },
    });
  const listeners = {
    ...serverListeners(tracer, durations),
    ...fetchListeners(tracer),
    ...clientListeners(tracer),
  };
  for (const [channel, listener] of Object.entries(listeners)) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of Object.entries(listeners)) unsubscribe(channel, listener);
  };
}
