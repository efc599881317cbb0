#!/usr/bin/env node
import { runCli } from "./run.ts";

const code = await runCli(process.argv.slice(2));
// A server that was started keeps the process alive; its signals end it.
process.exitCode = code;
