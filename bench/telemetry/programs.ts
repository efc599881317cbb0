/** Programs that a benchmark starts beside itself: their ports, their end, and what they cost. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Clock ticks a second in /proc: fixed in Linux's interface, whatever the kernel's own rate. */
const ticksPerSecond = 100;

/** Ports of the loopback interface that nothing listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(async (server) => once(server.close(), "close")));
  return ports;
}

/** Processor time that a process took so far, all its threads, in seconds. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold blanks; user and system time are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The most memory that a process had resident so far, MiB; pages of mapped files are in it. */
export function peakMib(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? Number.NaN) / 1024);
}

/** Bytes that the files of a folder take on the disk: a file that is mostly a hole takes few. */
export function diskBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const found = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    bytes += (found?.blocks ?? 0) * 512;
  }
  return bytes;
}

const sleep = async (ms: number): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
};

/**
 * Waits until a process does nothing more: below 5 % of a core for two seconds, ninety seconds at
 * most. Gives when that began, in milliseconds of `performance.now()`.
 */
export async function quiet(pid: number): Promise<number> {
  const beganMs = performance.now();
  let sinceMs = beganMs;
  let before = cpuSeconds(pid);
  while (performance.now() - sinceMs < 2000 && performance.now() - beganMs < 90_000) {
    await sleep(250);
    const now = cpuSeconds(pid);
    if (now - before > 0.0125) sinceMs = performance.now();
    before = now;
  }
  return sinceMs;
}

/** A program that runs. */
export interface Program {
  readonly pid: number;
  /** Ends it as its operator would, and waits. */
  stop(): Promise<void>;
}

/** Waits until a program answers at an address, thirty seconds at most. */
async function answers(child: ChildProcess, url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended early`);
    const isUp = await fetch(url).then(
      ({ status }) => status < 500,
      () => false,
    );
    if (isUp) return;
    await sleep(100);
  }
  throw new Error(`${child.spawnfile} did not come up at ${url}`);
}

// A signal alone would end this process without its `exit`, and leave the programs behind.
process.once("SIGTERM", () => process.exit(143));
process.once("SIGINT", () => process.exit(130));

/** Starts a program, its output in `logFile`, and waits until every address of `ready` answers. */
export async function launch(
  command: readonly string[],
  options: { readonly logFile: string; readonly ready: readonly string[] },
): Promise<Program> {
  const [program = "", ...args] = command;
  const output = openSync(options.logFile, "a");
  const child = spawn(program, args, { stdio: ["ignore", output, output] });
  closeSync(output);
  const ended = once(child, "exit");
  // Without this, a benchmark that fails would leave the program behind.
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  for (const url of options.ready) await answers(child, url);
  return {
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      process.removeListener("exit", end);
    },
  };
}
