import { createServer, request as forward } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CDPSession } from "playwright-core";

/** A server before a platform that passes everything on, but sends the stream itself. */
export interface FastStream {
  readonly url: string;
  /** Sends so many seconds of the stream at once. */
  send(seconds: number): void;
  close(): Promise<void>;
}

interface Frame {
  readonly kind: string;
  readonly data: Record<string, unknown>;
}

/** Reads the first frames of the platform's stream: real ones, to be played again and again. */
async function record(url: string, ticks: number): Promise<readonly Frame[]> {
  const ended = new AbortController();
  const { body } = await fetch(`${url}/api/v1/stream`, { signal: ended.signal });
  const frames: Frame[] = [];
  let rest = "";
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    rest += new TextDecoder().decode(chunk);
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const kind = /^event: (\w+)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (kind !== undefined && data !== undefined)
        frames.push({ kind, data: JSON.parse(data) as Record<string, unknown> });
    }
    if (frames.length > ticks) break;
  }
  ended.abort();
  return frames;
}

/** A tick that has not been before: later by `n` seconds, its events with ids of their own. */
function later({ data }: Frame, n: number, fromMs: number): string {
  const nowMs = fromMs + n * 1000;
  const recent = (data["recent"] as readonly Record<string, unknown>[]).map((event, index) => ({
    ...event,
    id: `${n}-${index}`,
    atMs: nowMs,
  }));
  const point = { ...(data["point"] as object), atMs: nowMs };
  return `event: tick\ndata: ${JSON.stringify({ ...data, nowMs, point, recent })}\n\n`;
}

const tickOf = (frames: readonly Frame[], n: number): Frame => {
  const ticks = frames.filter(({ kind }) => kind === "tick");
  return ticks[n % ticks.length] as Frame;
};

/** As if the page had been served by the platform itself, which refuses other origins. */
function sameOrigin(headers: IncomingHttpHeaders, { host, origin }: URL): IncomingHttpHeaders {
  return { ...headers, host, ...(headers.origin === undefined ? {} : { origin }) };
}

function pass(target: URL, request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  const options = { host: target.hostname, port: target.port, method, path: url };
  const sent = forward({ ...options, headers: sameOrigin(headers, target) }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.on("error", () => response.destroy());
  request.pipe(sent);
}

/** Starts it before the platform at `url`. Its stream sends a second whenever it is told to. */
export async function fastStream(url: string): Promise<FastStream> {
  const frames = await record(url, 20);
  const whole = frames.find(({ kind }) => kind === "overview");
  const fromMs = Number(whole?.data["nowMs"]);
  const target = new URL(url.replace("localhost", "127.0.0.1"));
  const readers = new Set<ServerResponse>();
  let sent = 0;
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/api/v1/stream") !== true) return pass(target, request, response);
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(`event: overview\ndata: ${JSON.stringify(whole?.data)}\n\n`);
    readers.add(response);
    response.on("close", () => readers.delete(response));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    send(seconds) {
      for (let n = 0; n < seconds; n++) {
        const frame = later(tickOf(frames, sent), ++sent, fromMs);
        for (const reader of readers) reader.write(frame);
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Megabytes of the page's heap that are in use after a collection. */
export async function heapMb(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return usedSize / 1e6;
}
