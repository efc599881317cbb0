import type { Context as HonoContext } from "hono";
import { coreErrors } from "../core/errors.ts";
import { get } from "../core/http.ts";
import { sessionCookie } from "./door/index.ts";
import type { Door } from "./door/index.ts";
import type { Platform } from "./platform.ts";
import type { Transports } from "./service/capability.ts";

/** What forwards requests. */
export interface Forwarding {
  readonly platform: Platform;
  readonly door: Door;
  readonly transports: Transports;
}

const prefix = "/svc/";

/**
 * The headers that a service may see: never the console's session, and for a service that is
 * reached by the platform's keys not the key either.
 */
function passedHeaders(given: Headers, open: boolean): Headers {
  const headers = new Headers(given);
  const cookies = (given.get("cookie") ?? "")
    .split(";")
    .filter((cookie) => cookie.trim().split("=", 1)[0] !== sessionCookie)
    .join(";")
    .trim();
  if (cookies === "") headers.delete("cookie");
  else headers.set("cookie", cookies);
  headers.delete("x-morning-csrf");
  if (!open) headers.delete("authorization");
  return headers;
}

/** A service's routes from outside: `/svc/orders/orders/17` is `/orders/17` of orders. */
export async function forward(request: HonoContext, parts: Forwarding): Promise<Response> {
  const url = new URL(request.req.url);
  const [name = ""] = url.pathname.slice(prefix.length).split("/", 1);
  const service = parts.platform.host.app.services.find((one) => one.name === name);
  if (service === undefined) {
    throw coreErrors.MOR_NOT_FOUND(`there is no service ${JSON.stringify(name)}`);
  }
  if (!service.open) {
    await parts.door.authorize(
      request,
      get(url.pathname, { role: "operator" }, () => null),
    );
  }
  url.pathname = url.pathname.slice(prefix.length + name.length) || "/";
  const { method, body, signal } = request.req.raw;
  const headers = passedHeaders(request.req.raw.headers, service.open);
  const init = { method, headers, body, signal, duplex: "half" };
  return parts.transports.to(name)(new Request(url, init as RequestInit));
}
