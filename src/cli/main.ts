#!/usr/bin/env node
import { runCli } from "./run.ts";

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

// Timers and threads do not keep a process alive: a command that waits for them must.
const held = setInterval(() => {}, 2 ** 30);
const code = await runCli(process.argv.slice(2));
clearInterval(held);
// A server that was started keeps the process alive; its signals end it.
process.exitCode = code;
