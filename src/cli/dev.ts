import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { watch } from "node:fs";
import { basename, dirname, resolve, sep } from "node:path";
import { systemClock } from "../core/clock.ts";
import type { CommandRun } from "../core/command.ts";
import { complain } from "./output.ts";
import { textOption } from "./start.ts";

const sources = /\.(?:[cm]?[jt]s|json|sql)$/;
/** Folders whose files nobody writes by hand. */
const ignored: ReadonlySet<string> = new Set(["node_modules", "dist", ".git", ".morning"]);
/** Editors write a file in several steps, milliseconds. */
const settleMs = 100;

function isSource(file: string): boolean {
  return sources.test(file) && !file.split(sep).some((part) => ignored.has(part));
}

/**
 * Runs `morning start`, and starts it anew whenever a source below the configuration's folder
 * changes; it waits for the next change when a start fails. (Node's own `--watch` is not used: a
 * worker thread under it cannot open SQLite files on Node 24.)
 */
export function dev(call: CommandRun, words: readonly string[]): Promise<number> {
  const config = textOption(call.options["config"]) ?? ".";
  const folder = sources.test(basename(config)) ? dirname(resolve(config)) : resolve(config);
  const main = process.argv[1] ?? "";
  let child: ChildProcess | undefined;
  let stopping = false;
  let cancel = (): void => {};
  return new Promise((done) => {
    const watcher = watch(folder, { recursive: true }, (_, file) => {
      if (file === null || !isSource(file) || stopping) return;
      cancel();
      cancel = systemClock.after(settleMs, () => restart(file));
    });
    const finish = (code: number): void => {
      watcher.close();
      done(code);
    };
    const launch = (): void => {
      const flags = [...process.execArgv, main, "start", ...words];
      const started = spawn(process.execPath, flags, { stdio: "inherit" });
      child = started;
      started.once("exit", (code) => {
        if (child === started) child = undefined;
        if (stopping) finish(code ?? 1);
        else if (code !== 0) complain("It ended; it starts again with the next change.");
      });
    };
    const restart = (file: string): void => {
      complain(`${file} changed: starting anew`);
      if (child === undefined) return launch();
      child.once("exit", () => stopping || launch());
      child.kill("SIGTERM");
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        stopping = true;
        if (child === undefined) finish(0);
        else child.kill(signal);
      });
    }
    launch();
  });
}
