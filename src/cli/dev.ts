import { spawn } from "node:child_process";

/** Runs `morning start` under Node's watch mode: it starts anew whenever a loaded file changes. */
export function dev(options: readonly string[]): Promise<number> {
  const main = process.argv[1] ?? "";
  const child = spawn(
    process.execPath,
    ["--watch", "--watch-preserve-output", ...process.execArgv, main, "start", ...options],
    { stdio: "inherit" },
  );
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 0)));
}
