/**
 * Runs of workflows that sleep: how fast they start, what they cost while they sleep, and how fast
 * they wake. Goals: none of them in memory, no polling, every query of the waking by an index.
 * Run: `node bench/workflow-sleepers.bench.ts [runs]`, a million if left out; writes
 * bench/results/workflow-sleepers.md.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../src/core/clock.ts";
import type { Clock } from "../src/core/clock.ts";
import { makeIds, systemRandom } from "../src/core/ids.ts";
import { makeLog } from "../src/core/log.ts";
import type { Store } from "../src/core/store.ts";
import { openSqlite } from "../src/engines/sqlite/store.ts";
import { wakeQueries } from "../src/workflow/engine/claims.ts";
import { WorkflowEngine } from "../src/workflow/engine/engine.ts";
import type { Program } from "../src/workflow/engine/program.ts";
import { conditions, wrapped } from "./telemetry/conditions.ts";

const runs = Number(process.argv[2] ?? 1_000_000);
const lanes = 256;
const dayMs = 86_400_000;
const idleMs = 10_000;
const wakingMs = 20_000;
const loadBefore = loadavg()[0] ?? 0;
const folder = mkdtempSync(join(tmpdir(), "morning-sleepers-"));
const path = join(folder, "state.db");
const store = await openSqlite({ path, clock: systemClock });

const sleeper: Program = {
  name: "sleeper",
  version: "1",
  async run(context, input) {
    await context.sleep(dayMs);
    return input;
  },
};

/** The store, with what it is asked counted. */
const asked = { reads: 0, writes: 0 };
const counting = Object.create(store, {
  read: {
    value: (...given: Parameters<Store["read"]>) => {
      asked.reads++;
      return store.read(...given);
    },
  },
  write: {
    value: (...given: Parameters<Store["write"]>) => {
      asked.writes++;
      return store.write(...given);
    },
  },
}) as Store;

async function open(clock: Clock): Promise<WorkflowEngine> {
  const ids = makeIds(clock, systemRandom);
  const log = makeLog(() => {});
  const limits = { lingerMs: 0 };
  const options = { store: counting, clock, ids, random: systemRandom, log, limits };
  const engine = await WorkflowEngine.open(options);
  await engine.start([sleeper]);
  return engine;
}

const rssMb = (): number => Math.round(process.memoryUsage().rss / 1e6);

/** Milliseconds of CPU of this process, its threads included. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function start(engine: WorkflowEngine): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < runs) {
      const input = next++;
      await engine.run("sleeper", input, { id: `sleeper-${input}` });
      if (input % 50_000 === 0) console.log(`${input} started, ${rssMb()} MB`);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  while (engine.living > 0) await pause(10);
  return (performance.now() - began) / 1000;
}

/** What the runs cost while they sleep. */
async function idle(): Promise<{ cpu: number; reads: number; writes: number }> {
  await pause(1000);
  const [cpu, { reads, writes }] = [cpuMs(), { ...asked }];
  await pause(idleMs);
  return {
    cpu: (cpuMs() - cpu) / idleMs,
    reads: asked.reads - reads,
    writes: asked.writes - writes,
  };
}

/** A day later: how many end a second, until all did or the time is over. */
async function wake(): Promise<{ ended: number; seconds: number; rss: number }> {
  const late = { ...systemClock, now: () => Date.now() + dayMs };
  const began = performance.now();
  const engine = await open(late);
  let rss = 0;
  let ended = 0;
  while (performance.now() - began < wakingMs && ended < runs) {
    await pause(200);
    rss = Math.max(rss, rssMb());
    const [row] = await store.read(
      "select count(*) as count from workflow_run where ended_at > 0",
      [],
    );
    ended = Number(row?.["count"]);
  }
  const seconds = (performance.now() - began) / 1000;
  await engine.close();
  return { ended, seconds, rss };
}

async function plans(): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, sql] of Object.entries(wakeQueries)) {
    const params = sql.includes("?") ? [Date.now()] : [];
    const rows = await store.read(`explain query plan ${sql}`, params);
    lines.push(`| \`${name}\` | ${rows.map(({ detail }) => String(detail)).join("; ")} |`);
  }
  return lines;
}

const engine = await open(systemClock);
const emptyMb = rssMb();
const startSeconds = await start(engine);
const startedMb = rssMb();
const asleep = await idle();
const idleMb = rssMb();
const planned = await plans();
const oneReadMs = await (async () => {
  const began = performance.now();
  for (let count = 0; count < 1000; count++) await store.read(wakeQueries.next, []);
  return performance.now() - began;
})();
await engine.close();
const diskMb = Math.round(statSync(path).size / 1e6);
const woken = await wake();
await store.close();
rmSync(folder, { recursive: true, force: true });

const number = (value: number): string => Math.round(value).toLocaleString("en-US");
const report = [
  "# Runs of workflows that sleep",
  "",
  ...wrapped(
    `Written by \`node bench/workflow-sleepers.bench.ts ${runs}\`: runs that sleep for a day, on ` +
      `SQLite, ${lanes} started at once, none kept in memory once it sleeps. ` +
      `${conditions(loadBefore)}.`,
  ),
  "",
  "| figure | value |",
  "| --- | --- |",
  `| runs that sleep | ${number(runs)} |`,
  `| started a second, each with its sleep durable | ${number(runs / startSeconds)} |`,
  `| memory of the process before, after the start, after ${idleMs / 1000} s of sleep | ` +
    `${emptyMb}, ${startedMb}, ${idleMb} MB |`,
  "| runs in memory while they sleep | 0 |",
  `| share of one core while they sleep | ${(asleep.cpu * 100).toFixed(2)} % |`,
  `| reads and writes of the journal in ${idleMs / 1000} s of sleep (leases) | ` +
    `${asleep.reads}, ${asleep.writes} |`,
  `| asking which wakes next, microseconds | ${oneReadMs.toFixed(1)} |`,
  `| state on disk | ${number(diskMb)} MB |`,
  `| a day later, all due at once: ended a second | ${number(woken.ended / woken.seconds)} |`,
  `| the same: memory at most | ${woken.rss} MB |`,
  "",
  "| query of the waking | plan |",
  "| --- | --- |",
  ...planned,
  "",
];
const text = report.join("\n");
console.log(text);
writeFileSync(new URL("results/workflow-sleepers.md", import.meta.url), text);
if (planned.some((line) => !line.includes("workflow_wake")) || asleep.reads > 20)
  process.exitCode = 1;
