/** A PostgreSQL server of a test's own, which it may break: on loopback, in a temporary folder. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";

/** How a server is stopped, by the names that `pg_ctl` has for it, and the signal of each. */
const signals = {
  /** Sessions are ended, and what was written is flushed. */
  fast: "SIGINT",
  /** Nothing is ended in order: the next start recovers from the write-ahead log. */
  immediate: "SIGQUIT",
} as const;

/** How a server is stopped. */
export type Shutdown = keyof typeof signals;

/** How long a server may take to answer after its start, milliseconds. */
const startMsMax = 30_000;

function findBin(): string | undefined {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  const newest = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debian, version, "bin"));
  const path = (process.env["PATH"] ?? "").split(delimiter);
  return [...newest, ...path].find((folder) => existsSync(join(folder, "initdb")));
}

/** Where the server's programs are; undefined where they are not installed. */
export const serverBin: string | undefined = findBin();

/** Whose process the server is: it refuses to run as root. */
function account(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (kind: string): number =>
    Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}

/** A server and its data; both go with {@link OwnPostgres.close}, and with this process. */
export class OwnPostgres {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #account = account();
  #process: ChildProcess | undefined;
  readonly #onExit = (): void => this.#remove();

  private constructor(port: number) {
    this.#port = port;
    this.url = `postgres://morning@127.0.0.1:${port}/postgres`;
    this.#folder = mkdtempSync(join(tmpdir(), "morning-postgres-"));
    process.on("exit", this.#onExit);
  }

  /** Makes a server and starts it. @throws where it does not come up */
  static async open(): Promise<OwnPostgres> {
    const server = new OwnPostgres(await freePort());
    try {
      server.#init();
      await server.start();
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  #init(): void {
    const { uid, gid } = this.#account;
    if (uid !== undefined && gid !== undefined) chownSync(this.#folder, uid, gid);
    const usual = ["-U", "morning", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
    execFileSync(join(serverBin ?? "", "initdb"), ["-D", this.#data, ...usual], {
      cwd: this.#folder,
      stdio: "pipe",
      ...this.#account,
    });
    const listens = "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n";
    appendFileSync(join(this.#data, "postgresql.conf"), `${listens}port = ${this.#port}\n`);
  }

  /** Starts it where it stands still, and resolves when it answers. */
  async start(): Promise<void> {
    const log = join(this.#folder, "log");
    const arg = ["-D", this.#data, "-c", "logging_collector=off"];
    const child = spawn(join(serverBin ?? "", "postgres"), arg, {
      cwd: this.#folder,
      stdio: ["ignore", "ignore", "pipe"],
      ...this.#account,
    });
    child.stderr.on("data", (said: Buffer) => appendFileSync(log, said));
    this.#process = child;
    const untilMs = performance.now() + startMsMax;
    while (!(await this.#answers())) {
      if (child.exitCode === null && performance.now() < untilMs) await pause(10);
      else throw new Error(`postgres does not start: ${readFileSync(log, "utf8").slice(-2000)}`);
    }
  }

  async #answers(): Promise<boolean> {
    const client = new Client(this.url);
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      return false;
    }
  }

  /** Stops it, and resolves when its process has ended. */
  async stop(how: Shutdown): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signals[how]);
    await exit;
  }

  /** Ends it and removes its data. */
  async close(): Promise<void> {
    await this.stop("immediate");
    process.off("exit", this.#onExit);
    this.#remove();
  }

  #remove(): void {
    this.#process?.kill(signals.immediate);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
