// Serves a built console with a synthetic stream: for working on its pages and for its browser tests. Never
// part of the product. `node console/dev/server.ts [shop|trouble|hostile|empty|large] [PORT]`
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { securityHeaders } from "../../src/server/console.ts";
import { sceneAt, type SceneName } from "./scenes.ts";

/** A running development server. */
export interface DevServer {
  readonly url: string;
  show(scene: SceneName): void;
  /** Keeps lines open and sends nothing, as a broken network does. */
  silence(silent: boolean): void;
  /** Ends every open line and refuses new ones, as a server that has stopped does. */
  down(down: boolean): void;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** Starts on loopback; port 0 picks a free one. */
export async function devServer(
  folder: string,
  first: SceneName,
  port: number,
): Promise<DevServer> {
  const startedAtMs = Date.now();
  const lines = new Set<ServerResponse>();
  let scene = first;
  let silent = false;
  let refuses = false;
  const now = (): string => JSON.stringify(sceneAt(scene, Date.now(), startedAtMs));
  const send = (line: ServerResponse): unknown => line.write(`event: overview\ndata: ${now()}\n\n`);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (refuses && pathname.startsWith("/api/")) return void response.destroy();
    if (pathname === "/api/v1/overview") {
      return void response.writeHead(200, { "content-type": "application/json" }).end(now());
    }
    if (pathname === "/api/v1/overview/stream") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      lines.add(response);
      response.on("close", () => lines.delete(response));
      return void (silent || send(response));
    }
    const file = extname(pathname) === "" ? "/index.html" : pathname;
    try {
      const body = readFileSync(join(folder, file));
      response
        .writeHead(200, { ...securityHeaders, "content-type": types[extname(file)] ?? "" })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  const timer = setInterval(() => {
    if (!silent) for (const line of lines) send(line);
  }, 1000);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show(next) {
      scene = next;
      for (const line of lines) send(line);
    },
    silence: (next) => void (silent = next),
    down(next) {
      refuses = next;
      if (next) for (const line of lines) line.destroy();
    },
    async close() {
      clearInterval(timer);
      for (const line of lines) line.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [scene = "shop", port = "7079"] = process.argv.slice(2);
  const folder = fileURLToPath(new URL("../../dist/console", import.meta.url));
  const { url } = await devServer(folder, scene as SceneName, Number(port));
  process.stdout.write(`${url}\n`);
}
