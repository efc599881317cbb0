import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const startMsMax = 30_000;

/** How a platform for browser tests is started. */
export interface PlatformOptions {
  /** A configuration below the root; the storefront with its customers if left out. */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** More of the command line: `--isolate`. */
  readonly args?: readonly string[];
}

/** A real platform in a process of its own, on a free port and an empty folder. */
export interface TestPlatform {
  readonly url: string;
  /** Calls its API. @throws Error with the answer's text when it refuses */
  api(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown>;
  /** Halts the process where it stands, as a machine does that hangs. */
  halt(): void;
  proceed(): void;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again at the same port with the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

function urlIn(child: ChildProcess, wait: number): Promise<string> {
  return new Promise((found, fail) => {
    let said = "";
    const timer = setTimeout(() => fail(new Error(`the platform did not start: ${said}`)), wait);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const url = /is ready at (http:\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      found(url);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => {
      clearTimeout(timer);
      fail(new Error(`the platform ended with ${code}: ${said}`));
    });
  });
}

const saidMax = 16_384;

/** Says what a platform said last when it ends by itself: a test sees but a refused connection. */
function reportEnd(child: ChildProcess): void {
  let said = "";
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-saidMax);
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  child.once("exit", (code, signal) => {
    if (child.killed) return;
    process.stderr.write(`The platform ended with ${signal ?? code}: ${said}\n`);
  });
}

/** Starts a platform from its sources; it serves the console as it is built in `dist/`. */
export async function startPlatform(options: PlatformOptions = {}): Promise<TestPlatform> {
  const { config, env = {}, args = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), "morning-console-"));
  const launch = (port: string): ChildProcess => {
    const child = spawn(
      process.execPath,
      [
        "--conditions=morning-source",
        join(root, "src/cli/main.ts"),
        "start",
        "--port",
        port,
        // A restart asks for its port by number; other platforms of these tests run beside it.
        "--free-ingest-ports",
        "--data-folder",
        folder,
        ...(config === undefined ? [] : ["--config", join(root, config)]),
        ...args,
      ],
      { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    reportEnd(child);
    return child;
  };
  let child = launch("0");
  const url = await urlIn(child, startMsMax);
  const { port } = new URL(url);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  return {
    url,
    async api(method, path, body, headers = {}) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
    halt: () => void child.kill("SIGSTOP"),
    proceed: () => void child.kill("SIGCONT"),
    kill,
    async restart() {
      await kill();
      child = launch(port);
      await urlIn(child, startMsMax);
    },
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
