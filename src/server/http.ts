import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import { coreErrors, MorningError } from "../core/errors.ts";
import { get } from "../core/http.ts";
import { apiRoutes } from "./api/index.ts";
import { addressOf } from "./door/door.ts";
import { consoleFiles, securityHeaders } from "./console.ts";
import { forward } from "./forward.ts";
import type { ServerParts } from "./parts.ts";
import { asMorningError, problemResponse } from "./problem.ts";
import { exposition } from "./prometheus.ts";
import { mountRoutes } from "./routes.ts";

function mountApi(parts: ServerParts): Hono {
  const { host } = parts.platform;
  return mountRoutes(apiRoutes(parts), {
    service: "platform",
    transactions: host.transactions("platform"),
    tracer: host.tracing.tracerFor("platform"),
    clock: host.clock,
    log: host.log,
    metrics: host.metrics,
    authorize: (request, route) => parts.door.authorize(request, route),
  });
}

/** What shows the app's inside: whoever may look may read it. */
const viewerPaths = ["/metrics", "/openapi.json", "/asyncapi.json"];

function nothingHere(request: HonoContext): Response {
  const { method, path } = request.req;
  const error = coreErrors.MOR_NOT_FOUND(`there is no ${method} ${path}`, {
    fix: "See /openapi.json for what there is.",
  });
  return problemResponse(error, undefined);
}

function text(body: string, status: 200 | 503, type: string): Response {
  return new Response(body, { status, headers: { "content-type": type } });
}

/** Protocols of others: who reads shows a key as for the API, who sends as its protocol has it. */
function mountForeign(http: Hono, parts: ServerParts): void {
  const { platform, door } = parts;
  for (const { module, runtime } of platform.capabilities.values()) {
    for (const protocol of module.foreign?.(runtime, platform.host) ?? []) {
      const { role } = protocol;
      for (const path of protocol.paths) {
        http.all(path, async (request) => {
          if (role === "viewer") {
            const route = get(path, { role, reads: true }, () => null);
            await door.authorize(request, route);
          }
          const caller = door.callerOf(request.req.raw.headers)?.name;
          return protocol.handle(request.req.raw, caller ?? addressOf(request));
        });
      }
    }
  }
}

/** Everything on one port: console, API, services, health, metrics, documents. */
export function serverApp(parts: ServerParts): Hono {
  const http = new Hono();
  const consoleFile = consoleFiles(parts.consoleFolder);
  http.use("*", async (request, next) => {
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) {
      if (!request.res.headers.has(name)) request.res.headers.set(name, value);
    }
  });
  http.use("*", parts.door.guard);
  http.get("/healthz", () => text("ok\n", 200, "text/plain"));
  http.get("/readyz", () => {
    const reason = parts.notReady();
    return reason === undefined
      ? text("ready\n", 200, "text/plain")
      : text(`${reason}\n`, 503, "text/plain");
  });
  // The console has a page of this address too: who reloads it wants that, not what scrapers read.
  http.get("/metrics", async (request, next) => {
    const isPage = request.req.header("accept")?.includes("text/html") === true;
    return isPage ? consoleFile("/metrics") : next();
  });
  for (const path of viewerPaths) {
    http.get(path, async (request, next) => {
      await parts.door.authorize(
        request,
        get(path, { role: "viewer" }, () => null),
      );
      await next();
    });
  }
  http.get("/metrics", () =>
    text(exposition(parts.series()), 200, "text/plain; version=0.0.4; charset=utf-8"),
  );
  http.get("/openapi.json", (request) => request.json(parts.documents.openapi() as object));
  http.get("/asyncapi.json", (request) => request.json(parts.documents.asyncapi() as object));
  http.route("/api/v1", mountApi(parts));
  mountForeign(http, parts);
  http.all("/svc/:service/*", (request) => forward(request, parts));
  for (const path of ["/api/*", "/svc/*", "/compat/*"]) http.all(path, nothingHere);
  http.get("*", (request) => consoleFile(new URL(request.req.url).pathname));
  http.notFound(nothingHere);
  http.onError((thrown) => {
    const error = asMorningError(thrown);
    if (!MorningError.is(thrown))
      parts.platform.host.log.error("a request failed", { cause: thrown.stack });
    return problemResponse(error, undefined);
  });
  return http;
}
