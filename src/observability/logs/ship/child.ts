import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";

/** Signals that are passed on to the command. */
const passed: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];

/** Exit codes of a shell for a command that cannot be started. */
const notFound = 127;
const notExecutable = 126;

/** Where a command's output goes besides the sender. */
export interface Outlets {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** What hears the output of a command. */
export interface Listener {
  /** Gets every piece, before the next is read. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array): void;
  /** Hears that the command cannot be started. */
  failed(error: Error): void;
}

/** Copies a stream as it is, at the pace of whoever reads it. */
function copy(from: Readable, to: Writable, hear: (bytes: Uint8Array) => void): void {
  from.on("data", (chunk: Buffer) => {
    hear(chunk);
    if (to.write(chunk)) return;
    from.pause();
    to.once("drain", () => from.resume());
  });
}

/**
 * Runs a command whose input is ours and whose output goes through unchanged. Resolves with its
 * exit code when its output has ended: 128 and the signal's number where a signal ended it, 127 and
 * 126 where it cannot be started, as a shell has them.
 */
export function runChild(
  words: readonly string[],
  outlets: Outlets,
  listener: Listener,
): Promise<number> {
  const [command = "", ...args] = words;
  const child = spawn(command, args, { stdio: ["inherit", "pipe", "pipe"] });
  copy(child.stdout, outlets.stdout, (bytes) => listener.write("stdout", bytes));
  copy(child.stderr, outlets.stderr, (bytes) => listener.write("stderr", bytes));
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  // Of Ctrl-C on a terminal the command hears itself; it decides whether it ends.
  const interrupt = (): void => void (process.stdin.isTTY ? undefined : child.kill("SIGINT"));
  for (const signal of passed) process.on(signal, pass);
  process.on("SIGINT", interrupt);
  return new Promise<number>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      listener.failed(error);
      resolve(error.code === "ENOENT" ? notFound : notExecutable);
    });
    child.once("close", (code, signal) => {
      resolve(signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0));
    });
  }).finally(() => {
    for (const signal of passed) process.off(signal, pass);
    process.off("SIGINT", interrupt);
  });
}
