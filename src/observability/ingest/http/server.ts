import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import type { Clock } from "../../../core/clock.ts";
import { coreErrors } from "../../../core/errors.ts";
import { readBody } from "./body.ts";
import type { Answer, Headers, RequestHead } from "./endpoint.ts";
import { cors, headOf } from "./gate.ts";
import type { Gate } from "./gate.ts";

/** Limits on connections: what slow or many clients can take. */
export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** The head of a request has to come within this time. */
  readonly headersTimeoutMs: number;
  /** A whole request has to come within this time. */
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
}

/** Limits where nothing else is said. */
export const connectionLimits: ConnectionLimits = {
  connectionsMax: 2_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveMs: 75_000,
};

/** What a server is made of. */
export interface IngestServerOptions {
  readonly gate: Gate;
  readonly clock: Clock;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly limits?: Partial<ConnectionLimits>;
  readonly origins?: readonly string[];
}

/** A port that listens. */
export interface Listening {
  readonly port: number;
  /** Takes no more connections, and resolves when those that are there have ended. */
  close(): Promise<void>;
}

/**
 * What is left of a refused body is read and thrown away for so long, so that the answer arrives.
 */
const lingerMs = 2_000;

/** Connections that are still busy are cut after this time, when the server closes. */
const graceMs = 5_000;

/** Starts listening. @throws MOR_PORT_TAKEN */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      reject(
        coreErrors.MOR_PORT_TAKEN(`port ${port} of ${host} is taken`, {
          cause: error,
          fix: "Stop the other process, set the telemetry's ports, or use --free-ingest-ports.",
        }),
      );
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function headersOf(request: IncomingMessage): Headers {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}

/** Writes the answer; a body that was not read to its end costs the connection. */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  clock: Clock,
): void {
  const { status, headers, body } = answer;
  if (response.destroyed) return;
  const unread = !request.complete;
  response.writeHead(status, {
    ...headers,
    ...(status === 204 ? {} : { "content-length": body.length }),
    ...(unread ? { connection: "close" } : {}),
  });
  response.end(body);
  if (!unread) return;
  request.resume();
  const cancel = clock.after(lingerMs, () => request.destroy());
  request.once("close", cancel);
}

/** Serves the endpoints of the gate over HTTP/1.1. */
export async function ingestServer(options: IngestServerOptions): Promise<Listening> {
  const { gate, clock, origins = [] } = options;
  const limits = { ...connectionLimits, ...options.limits };

  const answerTo = async (
    request: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
  ): Promise<Answer> => {
    const preflight = gate.preflight(head);
    if (preflight !== undefined) return preflight;
    let body: Uint8Array | undefined;
    try {
      const passage = await gate.open(head, request.socket.remoteAddress ?? "");
      try {
        if (head.headers["expect"] !== undefined) response.writeContinue();
        // Leaving the loop early must not end the connection: the refusal has still to be sent.
        const parts = request.iterator({ destroyOnReturn: false });
        body = await readBody(parts, gate.bodyBytesMax, passage.grant);
        const answer = await gate.serve(passage, body);
        return { ...answer, headers: { ...answer.headers, ...cors(head, origins) } };
      } finally {
        passage.grant.release();
      }
    } catch (error) {
      return gate.refuse(error, head, body);
    }
  };
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const head = headOf(request.method ?? "", request.url ?? "", headersOf(request));
    response.on("error", () => request.destroy());
    answerTo(request, response, head).then(
      // A client that has gone is not refused, it is forgotten.
      (answer) =>
        request.destroyed && !request.complete ? undefined : send(request, response, answer, clock),
      () => request.destroy(),
    );
  };
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = limits.connectionsMax;
  server.on("request", serve);
  server.on("checkContinue", serve);
  const port = await listen(server, options.host, options.port);
  return {
    port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cancel = clock.after(graceMs, () => server.closeAllConnections());
      await closed;
      cancel();
    },
  };
}
