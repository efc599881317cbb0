// How long the bundled CLI takes from its start to ready, and the memory that it holds 10 s later.
// `node bench/start.bench.ts [CONFIG] [RUNS]`; without a configuration, the storefront, whose own
// traffic stays off.
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const idleMs = 10_000;
const targets = { readyMs: 2_000, rssMib: 250 };

interface Run {
  readonly readyMs: number;
  readonly rssMib: number;
}

function rssMibOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function measure(config: string): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "morning-bench-"));
  const main = join(root, "dist/cli/main.js");
  const where = ["--config", config, "--port", "0", "--data-folder", folder];
  const startedMs = performance.now();
  const child = spawn(process.execPath, [main, "start", "--quiet", "--json", ...where], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('"ready":true')) resolve();
    });
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
  const readyMs = performance.now() - startedMs;
  await new Promise((done) => setTimeout(done, idleMs));
  const rssMib = rssMibOf(child.pid ?? 0);
  const ended = new Promise((done) => child.once("exit", done));
  child.removeAllListeners("exit").kill("SIGKILL");
  await Promise.race([ended, new Promise((done) => setTimeout(done, 1_000))]);
  rmSync(folder, { recursive: true, force: true });
  return { readyMs, rssMib };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const config = process.argv[2] ?? join(root, "morning.config.ts");
const runs: Run[] = [];
for (let n = 0; n < Number(process.argv[3] ?? 5); n++) runs.push(await measure(config));
const readyMs = median(runs.map((run) => run.readyMs));
const rssMib = median(runs.map((run) => run.rssMib));
const shown = config.replace(`${root}/`, "");
const row = (figure: string, median: number, each: readonly number[], target: number): string => {
  const whole = (value: number): string => value.toFixed(0);
  return `| ${figure} | ${whole(median)} | ${each.map(whole).join(", ")} | < ${target} |`;
};
const text = [
  "# Start",
  "",
  "From the start of the process to ready, and resident memory after 10 s without traffic, of the",
  `bundled CLI: median of ${runs.length} runs on ${cpus().length} cores,`,
  `Node ${process.versions.node}, \`${shown}\`. Written by \`node bench/start.bench.ts\`.`,
  "",
  "| figure | median | each run | target |",
  "| --- | ---: | --- | ---: |",
  row(
    "start to ready, ms",
    readyMs,
    runs.map((run) => run.readyMs),
    targets.readyMs,
  ),
  row(
    "idle memory (RSS), MiB",
    rssMib,
    runs.map((run) => run.rssMib),
    targets.rssMib,
  ),
  "",
].join("\n");
mkdirSync(join(root, "bench/results"), { recursive: true });
writeFileSync(join(root, "bench/results/start.md"), text);
process.stdout.write(text);
if (readyMs >= targets.readyMs || rssMib >= targets.rssMib) process.exitCode = 1;
