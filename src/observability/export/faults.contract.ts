import { createServer } from "node:http";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

/** A request that a back end of a test got. */
export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How a back end answers one request; nothing at all is an answer too. */
export type Reply = (response: ServerResponse, got: Got) => void;

/** A back end that fails as told. */
export interface FaultyServer {
  readonly url: string;
  readonly got: Got[];
  /** Answers to the next requests, in order; then 200. */
  readonly replies: Reply[];
  close(): Promise<void>;
}

/** An answer of a status, with headers and body. */
export const reply =
  (status: number, headers: Record<string, string> = {}, body: string | Uint8Array = ""): Reply =>
  (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

/** Breaks the connection instead of an answer. */
export const reset: Reply = (response) => void response.socket?.resetAndDestroy();

/** Never answers. */
export const hang: Reply = () => undefined;

function unpacked(encoding: string | undefined, body: Buffer): Buffer {
  if (encoding === "gzip") return gunzipSync(body);
  return encoding === "zstd" ? zstdDecompressSync(body) : body;
}

/** Starts a back end on a free port. */
export async function faultyServer(): Promise<FaultyServer> {
  const got: Got[] = [];
  const replies: Reply[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path = "", headers } = request;
      const body = unpacked(headers["content-encoding"], Buffer.concat(chunks));
      const one = { path, headers, body };
      got.push(one);
      (replies.shift() ?? reply(200))(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    replies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
