/** The engines beside each other, in turns. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeDatabase } from "./database.ts";
import type { Database } from "./database.ts";
import { median, shown } from "./figures.ts";
import type { Entrant, Sizes } from "./plan.ts";
import { launch } from "./processes.ts";
import type { Measured, Worker } from "./processes.ts";

/** What was measured of one engine: a figure of each round, or of each workflow of all rounds. */
export interface Line {
  readonly entrant: Entrant;
  readonly conditions: string;
  /** Workflows a second. */
  readonly rates: number[];
  /** Processor time a workflow, milliseconds, with many at once: of the process, of its servers. */
  readonly ownMs: number[];
  readonly serverMs: number[];
  /** Latencies with many at once, and of one alone. */
  readonly manyMs: number[];
  readonly aloneMs: number[];
  /** The same by the engine's own record. */
  readonly aloneRecordedMs: number[];
  readonly aloneProcessorMs: number[];
  /** Commits a workflow with many at once, of engines that tell. */
  readonly commits: number[];
  readonly aloneCommits: number[];
}

interface Running {
  readonly line: Line;
  readonly worker: Worker;
}

/** Where things are kept while the benchmark runs. */
export interface Ground {
  readonly folder: string;
  readonly postgres: string | undefined;
  readonly profiles: string | undefined;
}

/** A folder of its own for each engine, and a database for those that use one. */
export async function start(
  { folder, postgres, profiles }: Ground,
  entrant: Pick<Entrant, "name" | "isOnPostgres">,
  lanesMax: number,
  databases: Database[],
): Promise<Worker> {
  const own = join(folder, entrant.name);
  mkdirSync(own, { recursive: true });
  const database =
    entrant.isOnPostgres && postgres !== undefined ? await makeDatabase(postgres) : undefined;
  if (database !== undefined) databases.push(database);
  const place = { folder: own, url: database?.url ?? "", lanesMax };
  return launch(entrant.name, place, entrant.name.startsWith("morning") ? profiles : undefined);
}

const newLine = (entrant: Entrant, conditions: string): Line => ({
  entrant,
  conditions,
  rates: [],
  ownMs: [],
  serverMs: [],
  manyMs: [],
  aloneMs: [],
  aloneRecordedMs: [],
  aloneProcessorMs: [],
  commits: [],
  aloneCommits: [],
});

function note(line: Line, count: number, many: Measured, alone: Measured): void {
  line.rates.push(count / many.seconds);
  line.ownMs.push(many.ownMs / count);
  line.serverMs.push(many.serverMs / count);
  line.commits.push(many.commits / count);
  for (const ms of many.latenciesMs) line.manyMs.push(ms);
  const runs = alone.latenciesMs.length;
  for (const ms of alone.latenciesMs) line.aloneMs.push(ms);
  for (const ms of alone.recordedMs ?? []) line.aloneRecordedMs.push(ms);
  line.aloneProcessorMs.push((alone.ownMs + alone.serverMs) / runs);
  line.aloneCommits.push(alone.commits / runs);
}

async function round({ line, worker }: Running, sizes: Sizes, isKept: boolean): Promise<void> {
  const { divisor, lanes } = sizes;
  const count = Math.ceil(line.entrant.count / divisor);
  const many = await worker.run({ count, lanes, work: "nothing" });
  const aloneCount = Math.ceil(line.entrant.alone / divisor);
  const alone = await worker.run({ count: aloneCount, lanes: 1, work: "nothing" });
  if (isKept) note(line, count, many, alone);
  const rate = shown(count / many.seconds);
  const p50 = shown(median(alone.latenciesMs));
  const what = isKept ? "" : " (warming up)";
  console.log(`${line.entrant.title}: ${rate} workflows/s; alone p50 ${p50} ms${what}`);
}

/** Measures all of them in turns, each round beginning with another one. */
export async function compare(
  ground: Ground,
  entrants: readonly Entrant[],
  sizes: Sizes,
): Promise<readonly Line[]> {
  const databases: Database[] = [];
  const running: Running[] = [];
  try {
    const opened = await Promise.allSettled(
      entrants.map((entrant) => start(ground, entrant, sizes.lanes, databases)),
    );
    for (const [at, one] of opened.entries()) {
      const entrant = entrants[at];
      if (one.status === "rejected" || entrant === undefined) continue;
      running.push({ worker: one.value, line: newLine(entrant, one.value.conditions) });
    }
    for (const one of opened) if (one.status === "rejected") throw one.reason;
    if (sizes.rounds > 1) for (const one of running) await round(one, sizes, false);
    for (let turn = 0; turn < sizes.rounds; turn++) {
      for (let at = 0; at < running.length; at++) {
        const one = running[(turn + at) % running.length];
        if (one !== undefined) await round(one, sizes, true);
      }
    }
  } finally {
    await Promise.all(running.map(({ worker }) => worker.close()));
    await Promise.all(databases.map((database) => database.drop()));
  }
  return running.map(({ line }) => line);
}
