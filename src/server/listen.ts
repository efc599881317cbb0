import { createServer, STATUS_CODES } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
import { coreErrors } from "../core/errors.ts";
import type { MorningError } from "../core/errors.ts";
import { serverErrors } from "./errors.ts";
import { asMorningError, problemOf, problemResponse } from "./problem.ts";

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Takes no more connections, lets what is under way finish within `graceMs`, then cuts it. */
  stop(graceMs: number): Promise<void>;
}

/** What a peer may do to the server. */
export interface ListenLimits {
  /** How long the headers of a request may take, and the whole request, milliseconds. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How often the two are looked at, milliseconds. */
  readonly checkMs: number;
  /** A connection on which nothing moves for so long is cut, milliseconds. */
  readonly idleTimeoutMs: number;
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
}

/** A slow peer may not hold a connection without sending. */
export const listenLimits: ListenLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  checkMs: 2_000,
  idleTimeoutMs: 300_000,
  headerBytesMax: 16 * 1024,
  connectionsMax: 10_000,
};
const keepAliveMs = 5_000;

/** What serves requests: a Hono app's `fetch`. */
export type Fetch = (request: Request, bindings?: HttpBindings) => Response | Promise<Response>;

/** The error for bytes that Node's parser took for no request. */
function malformed({ code, message }: NodeJS.ErrnoException): MorningError {
  if (code === "HPE_HEADER_OVERFLOW") {
    return serverErrors.MOR_HTTP_HEADERS_TOO_LARGE("the request's headers are too large");
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return serverErrors.MOR_HTTP_TOO_SLOW("the request did not arrive in time");
  }
  return serverErrors.MOR_HTTP_MALFORMED(`this is not an HTTP request: ${message}`);
}

/** Answers on a connection that has no request to answer to. */
function answerAndEnd(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const found = malformed(error);
  const body = JSON.stringify(problemOf(found, undefined));
  const head = [
    `HTTP/1.1 ${found.status} ${STATUS_CODES[found.status] ?? ""}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

/** The answer for what Node takes for a request and the fetch standard does not. */
function answerTo(thrown: unknown): Response {
  const error =
    thrown instanceof RequestError
      ? serverErrors.MOR_HTTP_MALFORMED(`the request's target or host is wrong: ${thrown.message}`)
      : asMorningError(thrown);
  return problemResponse(error, undefined);
}

function serverOf(fetch: Fetch, limits: ListenLimits): Server {
  const listener = getRequestListener(
    (request, bindings) => fetch(request, bindings as HttpBindings),
    {
      overrideGlobalObjects: false,
      errorHandler: answerTo,
    },
  );
  const options = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: keepAliveMs,
  };
  const server = createServer(options, (request, response) => {
    void listener(request, response);
  });
  server.maxConnections = limits.connectionsMax;
  server.setTimeout(limits.idleTimeoutMs);
  server.on("clientError", answerAndEnd);
  return server;
}

/**
 * Serves `fetch` on a port; 0 takes a free one.
 * @throws MOR_PORT_TAKEN
 * @throws MOR_CONFIG when the address is not this machine's or the port needs more rights
 */
export async function listen(
  fetch: Fetch,
  hostname: string,
  port: number,
  limits: Partial<ListenLimits> = {},
): Promise<Listening> {
  const server = serverOf(fetch, { ...listenLimits, ...limits });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(refusal(error, hostname, port)));
    server.listen(port, hostname, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs) => stop(server, graceMs),
  };
}

function refusal(cause: NodeJS.ErrnoException, hostname: string, port: number): Error {
  if (cause.code === "EADDRINUSE") {
    const message = `port ${port} of ${hostname} is taken by another process`;
    return coreErrors.MOR_PORT_TAKEN(message, { cause, details: { port } });
  }
  if (cause.code === "EADDRNOTAVAIL" || cause.code === "ENOTFOUND") {
    return coreErrors.MOR_CONFIG(`${hostname} is no address of this machine`, { cause });
  }
  if (cause.code === "EACCES") {
    const fix = "Choose a port from 1024 on, or give the process the right to bind lower ones.";
    return coreErrors.MOR_CONFIG(`port ${port} may not be bound by this user`, { cause, fix });
  }
  return cause;
}

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // A connection that is kept alive is idle only once its last answer is out.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const sweepMs = 50;
