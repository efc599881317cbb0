import type { MorningError } from "../../core/errors.ts";
import { doorErrors } from "./errors.ts";

const loopbackAddress = /^127(?:\.\d{1,3}){3}$/;
const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether an address is reached from this machine alone. */
export function isLoopback(hostname: string): boolean {
  return loopbackNames.has(hostname) || hostname === "::1" || loopbackAddress.test(hostname);
}

/** The name in a `Host` header, without its port; empty when there is none. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

/**
 * Refuses a request whose `Host` is not ours (DNS rebinding) or that a page of another origin sent
 * (cross-site request forgery). Requests without `Origin` come from outside a browser.
 * @param names names besides loopback's that the server is reached by; `*` allows any
 */
export function refusalOf(headers: Headers, names: ReadonlySet<string>): MorningError | undefined {
  const host = headers.get("host") ?? "";
  const name = nameOf(host);
  if (!names.has("*") && !loopbackNames.has(name) && !names.has(name)) {
    return doorErrors.MOR_HTTP_HOST_REFUSED(`the host ${JSON.stringify(host)} is not this server`);
  }
  const origin = headers.get("origin");
  if (origin !== null && !isSameHost(origin, host)) {
    return doorErrors.MOR_HTTP_ORIGIN_REFUSED(`the origin ${JSON.stringify(origin)} is foreign`);
  }
  if (
    headers.get("sec-fetch-site") === "cross-site" &&
    headers.get("sec-fetch-mode") !== "navigate"
  ) {
    return doorErrors.MOR_HTTP_ORIGIN_REFUSED("the request comes from another site");
  }
  return undefined;
}

function isSameHost(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === host.toLowerCase();
  } catch {
    return false;
  }
}
