/**
 * The suites that have two sizes, in the large one: `npm run soak`, or `npm run soak -- --only
 * kill`. Each prints its seeds; what ran, on which commit and how it ended is added to
 * bench/results/soak/suites.md.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const suites: readonly { readonly name: string; readonly file: string; readonly size: string }[] = [
  {
    name: "patterns",
    file: "src/messaging/event/pattern/agreement.test.ts",
    size: "200,000 random pairs of pattern and event, against the oracle",
  },
  {
    name: "schedules",
    file: "src/messaging/schedule/oracle.test.ts",
    size: "10,000 expressions, minute by minute and day by day",
  },
  {
    name: "catch-up",
    file: "src/messaging/schedule/catch-up.test.ts",
    size: "5,000 lives of a scheduler",
  },
  { name: "writer", file: "src/engines/sqlite/faults.test.ts", size: "200 kills of a writer" },
  {
    name: "queue",
    file: "src/messaging/queue/simulation.test.ts",
    size: "100,000 simulated programs",
  },
  {
    name: "bus",
    file: "src/messaging/event/simulation.test.ts",
    size: "100,000 simulated programs",
  },
  {
    name: "console",
    file: "console/limits.browser.test.ts",
    size: "86,400 seconds of the live stream, over three pages",
  },
  {
    name: "otlp",
    file: "src/observability/ingest/otlp/malformed.test.ts",
    size: "10 minutes of CPU of malformed OTLP requests",
  },
  {
    name: "telemetry-log",
    file: "src/observability/telemetry/embedded/wal.test.ts",
    size: "200 kills of a writer of telemetry",
  },
  {
    name: "telemetry",
    file: "src/observability/telemetry/embedded/engine.faults.test.ts",
    size: "200 kills of the telemetry store while it seals and merges",
  },
  {
    name: "telemetry-day",
    file: "src/observability/telemetry/day.test.ts",
    size: "24 hours of telemetry by the simulated clock, memory flat",
  },
  {
    name: "export",
    file: "src/observability/export/kill.test.ts",
    size: "100 kills of an exporter",
  },
  {
    name: "workflow",
    file: "src/workflow/engine/simulation.test.ts",
    size: "1,000 lives of a world in which workflows run",
  },
  {
    name: "workflow-kills",
    file: "src/workflow/engine/chaos.test.ts",
    size: "200 kills of processes that run workflows, on each state store",
  },
  {
    name: "workflow-postgres",
    file: "src/workflow/engine/chaos-postgres.test.ts",
    size: "200 rounds of deaths of connections under workflows",
  },
  {
    name: "workflow-restarts",
    file: "src/workflow/engine/chaos-restart.test.ts",
    size: "50 restarts of Postgres under two processes that run workflows",
  },
  { name: "kill", file: "examples/storefront/kill.test.ts", size: "200 kills of a running replay" },
];

const root = fileURLToPath(new URL("..", import.meta.url));
const results = fileURLToPath(new URL("results/soak/suites.md", import.meta.url));
const at = process.argv.indexOf("--only");
const only = at === -1 ? undefined : process.argv[at + 1];

const head = `# Soak: the suites in their large size

Written by \`npm run soak\`, newest last. A failure names the seed that replays it.

| when | commit | suite | size | minutes | ended |
| --- | --- | --- | --- | ---: | --- |
`;

mkdirSync(fileURLToPath(new URL("results/soak", import.meta.url)), { recursive: true });
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], {
  cwd: root,
  encoding: "utf8",
});
for (const { name, file, size } of suites) {
  if (only !== undefined && only !== name) continue;
  const startedMs = performance.now();
  console.log(`== ${name}: ${size}`);
  const { status, stdout } = spawnSync("npx", ["vitest", "run", file], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, MORNING_SIZE: "soak" },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(stdout);
  const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
  const ended = /\d+ passed, \d+ failed, \d+ skipped/.exec(stdout)?.[0] ?? `exit ${status}`;
  const day = new Date().toISOString().slice(0, 16).replace("T", " ");
  const before = existsSync(results) ? readFileSync(results, "utf8") : head;
  const row = `| ${day} | ${commit.trim()} | ${name} | ${size} | ${minutes} | ${ended} |\n`;
  writeFileSync(results, before + row);
  if (status !== 0) process.exitCode = 1;
}
