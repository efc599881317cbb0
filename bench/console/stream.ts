import { createServer, request as forward } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server before a platform that passes everything on, but makes a stream's time run fast. */
export interface FastStream {
  readonly url: string;
  /** Seconds of the stream that were sent so far. */
  sent(): number;
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

function pass(target: URL, request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  const options = { host: target.hostname, port: target.port, method, path: url, headers };
  const sent = forward({ ...options, headers: { ...headers, host: target.host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  sent.on("error", () => response.destroy());
  request.pipe(sent);
}

/**
 * Starts it before the platform at `url`. The stream sends `seconds` ticks as fast as its reader
 * takes them, `burst` at a time, then one a second.
 */
export async function fastStream(url: string, seconds: number, burst: number): Promise<FastStream> {
  const frames = await record(url, 20);
  const whole = frames.find(({ kind }) => kind === "overview");
  const fromMs = Number(whole?.data["nowMs"]);
  const target = new URL(url.replace("localhost", "127.0.0.1"));
  let sent = 0;
  const play = async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(`event: overview\ndata: ${JSON.stringify(whole?.data)}\n\n`);
    while (!response.destroyed) {
      const fast = sent < seconds;
      for (let n = 0; n < (fast ? burst : 1); n++)
        response.write(later(tickOf(frames, sent), ++sent, fromMs));
      await new Promise((done) => setTimeout(done, fast ? 20 : 1000));
    }
  };
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/api/v1/stream") === true) void play(response);
    else pass(target, request, response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    sent: () => sent,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
