import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Config } from "../core/config.ts";
import { makeLog } from "../core/log.ts";
import type { LogLine } from "../core/log.ts";
import type { Problem } from "./problem.ts";
import { rigConfig } from "./rig.child.ts";
import { start } from "./start.ts";
import type { Running, StartOptions } from "./start.ts";

/** A platform on a port and a data folder of its own, gone with the test. */
export interface Rig extends Running {
  readonly dataFolder: string;
  readonly lines: LogLine[];
  /** Calls by path; a body is sent as JSON unless it is text. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

/** How a test calls. */
export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when it is no JSON. */
  readonly json: unknown;
  /** The body as a problem document. */
  readonly problem: Problem;
}

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "morning-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Calls a server over HTTP. */
export async function callAt(
  url: string,
  method: string,
  path: string,
  { body, headers = {} }: CallOptions = {},
): Promise<Answer> {
  const isText = typeof body === "string";
  const type = body === undefined || isText ? {} : { "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...type, ...headers },
    body: body === undefined ? null : isText ? body : JSON.stringify(body),
    redirect: "manual",
  });
  const text = await response.text();
  const json = parsed(text);
  return {
    status: response.status,
    headers: response.headers,
    text,
    json,
    problem: (json ?? {}) as Problem,
  };
}

/** Starts a platform for one test. */
export async function startRig(
  options: Partial<StartOptions> & { readonly config?: Config } = {},
): Promise<Rig> {
  const dataFolder = options.dataFolder ?? temporaryFolder();
  const lines: LogLine[] = [];
  const running = await start({
    config: rigConfig(),
    log: makeLog((line) => lines.push(line)),
    port: 0,
    env: {},
    ...options,
    dataFolder,
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= running.stop());
  onTestFinished(() => stop());
  return {
    ...running,
    stop,
    dataFolder,
    lines,
    call: (method, path, call) => callAt(running.url, method, path, call),
  };
}

/** Sends bytes to a port and resolves with all that came back until the connection ended. */
export function rawExchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
}

/** Resolves once `ready` says so; fails after `withinMs`. Real processes tell no other way. */
export async function until(
  ready: () => boolean | Promise<boolean>,
  withinMs: number = 20_000,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await ready())) {
    if (performance.now() > deadlineMs) throw new Error(`not so within ${withinMs} ms`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
