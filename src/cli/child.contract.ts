import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { packageRoot } from "../core/package.ts";

/** The configuration of the rig's app. */
export const rigFile: string = join(packageRoot(), "src/server/main.child.ts");

/** A command line of `morning` that runs. */
export interface Cli {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Resolves with the URL once the platform says that it is ready. */
  ready(): Promise<string>;
}

/** How a command runs. */
export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs the CLI from its sources in a process of its own, killed when the test is over. */
export function morning(words: readonly string[], { env = {}, cwd }: CliOptions = {}): Cli {
  const main = join(packageRoot(), "src/cli/main.ts");
  const child = spawn(process.execPath, ["--conditions=morning-source", main, ...words], {
    cwd: cwd ?? packageRoot(),
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  onTestFinished(() => {
    if (child.exitCode === null) child.kill("SIGKILL");
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async ready() {
      const form = /"ready":true,"url":"([^"]+)"/;
      const exit = ended.then((code) => {
        throw new Error(`it ended with ${code}: ${stdout}${stderr}`);
      });
      const isReady = new Promise<string>((resolve) => {
        const look = (): void => {
          const url = form.exec(stdout)?.[1];
          if (url !== undefined) resolve(url);
        };
        child.stdout.on("data", look);
        look();
      });
      return Promise.race([isReady, exit]);
    },
  };
}
