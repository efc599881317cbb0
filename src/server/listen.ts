import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { coreErrors } from "../core/errors.ts";

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Takes no more connections, lets what is under way finish within `graceMs`, then cuts it. */
  stop(graceMs: number): Promise<void>;
}

/** A slow peer may not hold a connection without sending (milliseconds). */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;
const keepAliveMs = 5_000;
const headerBytesMax = 16 * 1024;

/**
 * Serves `fetch` on a port; 0 takes a free one.
 * @throws MOR_PORT_TAKEN
 */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  hostname: string,
  port: number,
): Promise<Listening> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createServer({ maxHeaderSize: headerBytesMax }, (request, response) => {
    void listener(request, response);
  });
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.keepAliveTimeout = keepAliveMs;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const message = `port ${port} of ${hostname} is taken by another process`;
      reject(taken ? coreErrors.MOR_PORT_TAKEN(message, { cause: error }) : error);
    });
    server.listen(port, hostname, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
