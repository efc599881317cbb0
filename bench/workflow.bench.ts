/**
 * Ten-step workflows a second, latency of one alone, processor time, statements and round trips a
 * step, and several processes on one database: Morning's engine beside DBOS, Restate and
 * OpenWorkflow, all in one run and in turns. Goals: 1,000 workflows/s on SQLite and ten times the
 * best peer, p50 of one alone < 12 ms; four processes on one Postgres give 0.9 times one process
 * for steps that do nothing and 3.5 times for steps that wait.
 * Run: `node bench/workflow.bench.ts [--smoke] [--only NAME,...] [--profile FOLDER]`; Postgres by
 * MORNING_TEST_POSTGRES_URL (`scripts/engines.sh`). `--only` leaves out the other engines and the
 * parts that follow, `--profile` writes CPU profiles of ours. Writes bench/results/workflow.md;
 * `--smoke` and `--only` write nothing.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { conditions, wrapped } from "./telemetry/conditions.ts";
import { compare } from "./workflow/compare.ts";
import { describeServer } from "./workflow/database.ts";
import { median, shown } from "./workflow/figures.ts";
import { entrants, full, missing, small } from "./workflow/plan.ts";
import type { Entrant } from "./workflow/plan.ts";
import { report } from "./workflow/report.ts";
import { together } from "./workflow/together.ts";
import type { Scaled } from "./workflow/together.ts";
import { tripsOf } from "./workflow/trips.ts";
import type { Trips } from "./workflow/trips.ts";

const { values: given } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    only: { type: "string" },
    profile: { type: "string" },
  },
});
const { smoke } = given;
const sizes = smoke ? small : full;
const postgres = process.env["MORNING_TEST_POSTGRES_URL"];
const here = fileURLToPath(new URL(".", import.meta.url));

function install(): void {
  if (missing(entrants.flatMap(({ packages }) => packages)).length === 0) return;
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", ["ci", "--prefix", here, ...flags], { stdio: "inherit" });
}

/** Whether it can take part; says why not. */
function isHere({ title, packages, isOnPostgres }: Entrant): boolean {
  const lacking = missing(packages);
  if (lacking.length > 0) console.log(`${title}: skipped, not installed: ${lacking.join(", ")}`);
  const isDeaf = isOnPostgres && postgres === undefined;
  if (isDeaf) console.log(`${title}: skipped, needs MORNING_TEST_POSTGRES_URL`);
  return lacking.length === 0 && !isDeaf;
}

/** What a small durable write costs where the files of the benchmark are, milliseconds. */
function syncMs(folder: string): number {
  const file = openSync(join(folder, "sync"), "w");
  const block = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 200 }, () => {
    const began = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return performance.now() - began;
  });
  closeSync(file);
  return median(times);
}

function versions(): string {
  const text = readFileSync(join(here, "package.json"), "utf8");
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return ["@dbos-inc/dbos-sdk", "@restatedev/restate-server", "@restatedev/restate-sdk"]
    .concat("openworkflow")
    .map((name) => `${name} ${dependencies[name] ?? "?"}`)
    .join(", ");
}

const [loadBefore = 0] = loadavg();
if (!smoke && given.only === undefined) install();
const chosen = given.only?.split(",");
const present = entrants.filter(
  (one) => (chosen === undefined || chosen.includes(one.name)) && isHere(one),
);
const folder = mkdtempSync(join(tmpdir(), "morning-bench-workflow-"));
try {
  const syncBefore = syncMs(folder);
  const ground = { folder, postgres, profiles: given.profile };
  const lines = await compare(ground, present, sizes);
  const scaled: Scaled[] = [];
  const trips: Trips[] = [];
  if (postgres !== undefined && chosen === undefined) {
    scaled.push(...(await together(postgres, folder, sizes)));
    // What is counted does not depend on the clock: all at once.
    const counted = present.filter(
      ({ name, isOnPostgres }) => isOnPostgres && (!smoke || name === "morning-postgres"),
    );
    trips.push(...(await Promise.all(counted.map((one) => tripsOf(postgres, folder, one, sizes)))));
  }
  const server = postgres === undefined ? "" : `, ${await describeServer(postgres)}`;
  const sync = `${shown(syncBefore)} ms before and ${shown(syncMs(folder))} ms at the end`;
  const stood =
    `Conditions: ${conditions(loadBefore)}. ${versions()}${server}. A write of 4 KiB and ` +
    `fdatasync in ${tmpdir()}: ${sync}.`;
  const text = report({ sizes, lines, scaled, trips, conditions: wrapped(stood) });
  console.log(text);
  if (!smoke && chosen === undefined) {
    writeFileSync(new URL("results/workflow.md", import.meta.url), text);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
