/**
 * Queries over a day of a small shop's telemetry in sealed files, as the platform's console asks
 * them. Without peers: ten million log records and the eighteen million spans of the same requests,
 * goals (p95) a trace by its id under 50 ms, filter and histogram under 300 ms, full text under 500
 * ms. With VictoriaLogs or Jaeger installed (`scripts/engines.sh start peers`, `eval
 * "$(scripts/engines.sh env)"`): two million, the same records in all, every question to both in
 * turn, the answers compared. Run: `node --conditions=morning-source bench/telemetry-query.bench.ts
 * [--smoke] [--alone] [--logs N] [--folder DIR] [--only NAME]`; a folder is filled once and kept;
 * `--alone` leaves the peers out. Writes its section of bench/results/telemetry-query.md; `--smoke`
 * and `--only` only print.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../src/core/clock.ts";
import { makeIds, systemRandom } from "../src/core/ids.ts";
import { makeLog } from "../src/core/log.ts";
import { openSqlite } from "../src/engines/sqlite/store.ts";
import { openEngine } from "../src/observability/telemetry/embedded/engine.ts";
import { openReader } from "../src/observability/telemetry/embedded/read/reader.ts";
import { keepEverything } from "../src/observability/telemetry/embedded/sampling.ts";
import { ownCpuMs, rare, search, Stopwatch, text } from "./telemetry/asking.ts";
import { besideOf } from "./telemetry/beside.ts";
import { withVictoriaLogs } from "./telemetry/compared.ts";
import type { Compared } from "./telemetry/compared.ts";
import { withJaeger } from "./telemetry/compared-traces.ts";
import { fill } from "./telemetry/fill.ts";
import type { Filled } from "./telemetry/fill.ts";
import { openJaeger } from "./telemetry/peers/jaeger.ts";
import { installed } from "./telemetry/peers/peer.ts";
import type { Running, Sent } from "./telemetry/peers/peer.ts";
import { openVictoriaLogs } from "./telemetry/peers/victorialogs.ts";
import { cpuSeconds, diskBytes, peakMib, quiet } from "./telemetry/programs.ts";
import { questionsOf } from "./telemetry/questions.ts";
import { aloneSection, askedRow, comparedRow, comparedSection } from "./telemetry/query-report.ts";
import type { Asked, ComparedTimes, Held } from "./telemetry/query-report.ts";
import { writeSection } from "./telemetry/results.ts";

const { values: options } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    logs: { type: "string" },
    folder: { type: "string" },
    alone: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const folder = options.folder ?? mkdtempSync(join(tmpdir(), "morning-query-"));
mkdirSync(folder, { recursive: true });
const clock = systemClock;
const loadBefore = loadavg()[0] ?? 0;

const store = await openSqlite({ path: join(folder, "state.db"), clock });
const engine = await openEngine({
  folder: join(folder, "telemetry"),
  store,
  clock,
  ids: makeIds(clock, systemRandom),
  log: makeLog(({ level, message, fields }) => {
    if (level === "error") console.log(message, fields);
  }),
  sampling: () => keepEverything,
  retention: () => ({ days: { logs: 3650, spans: 3650, points: 3650, errors: 3650 } }),
});

const bigints = (key: string, value: unknown): unknown =>
  key.endsWith("Ns") ? BigInt(String(value)) : value;

const filledFile = join(folder, "filled.json");
const before = existsSync(filledFile)
  ? (JSON.parse(readFileSync(filledFile, "utf8"), bigints) as Filled)
  : undefined;

/**
 * Starts a peer, if it is installed and wanted, and in a folder that was filled has the records.
 */
async function opened<T>(
  engine: "victorialogs" | "jaeger",
  name: string,
  open: (program: string) => Promise<T>,
): Promise<T | undefined> {
  if (options.alone || (before !== undefined && !before.peers.includes(name))) return undefined;
  const [running] = installed(engine, (program) => [open(program)]);
  return running;
}

const victoriaLogs = await opened("victorialogs", "VictoriaLogs", (program) =>
  openVictoriaLogs(program, folder),
);
const jaeger = await opened("jaeger", "Jaeger", (program) => openJaeger(program, folder, "badger"));
/** A peer that runs, what it takes, and what it can be asked. */
interface RunningPeer {
  readonly name: string;
  readonly signal: Sent;
  readonly running: Running;
  readonly comparisons: () => readonly Compared[];
}

const peers: RunningPeer[] = [];
if (victoriaLogs !== undefined) {
  peers.push({
    name: "VictoriaLogs",
    signal: "logs",
    running: victoriaLogs,
    comparisons: () => withVictoriaLogs(reader, victoriaLogs, data, orderId),
  });
}
if (jaeger !== undefined) {
  peers.push({
    name: "Jaeger",
    signal: "spans",
    running: jaeger,
    comparisons: () => withJaeger(reader, jaeger, data),
  });
}

async function fillAll(logs: number): Promise<Filled> {
  const dayNs = 86_400_000_000_000n;
  const made = await fill(engine, {
    logs,
    startNs: ((BigInt(Date.now()) * 1_000_000n) / dayNs) * dayNs - dayNs,
    spanNs: options.smoke ? dayNs / 12n : dayNs,
    seed: 7,
    rare,
    beside: peers.map(({ name, signal, running }) => besideOf(name, signal, running)),
    told: (count) => console.log(`${count} log records`),
  });
  for (const { name, signal, running } of peers) {
    await running.flush();
    await quiet(running.pid);
    const [has, sent] = [await running.count(signal), made[signal]];
    if (has !== sent) throw new Error(`${name} has ${has} of ${sent} records`);
  }
  return made;
}

async function filled(): Promise<Filled> {
  const startedMs = performance.now();
  const size = peers.length > 0 ? 2_000_000 : 10_000_000;
  const made = await fillAll(Number(options.logs ?? (options.smoke ? 100_000 : size)));
  console.log(`filled in ${Math.round((performance.now() - startedMs) / 1000)} s`);
  const json = JSON.stringify(made, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  writeFileSync(filledFile, json);
  return made;
}

const data = before ?? (await filled());
const all = { fromNs: data.startNs, toNs: data.endNs };
const reader = openReader({ engine, clock, folder: join(folder, "telemetry") });
const order = await search(reader, all, text("placed"), 1);
const orderId = order.records[0]?.record.body.split(" ")[1] ?? "";
const isWanted = ({ name }: { readonly name: string }): boolean => name.includes(options.only);

async function askOurs(): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const question of questionsOf(reader, data, orderId).filter(isWanted)) {
    const watch = new Stopwatch(ownCpuMs);
    const { times = 20 } = question;
    for (let n = 0; n <= (options.smoke ? 2 : times); n++) {
      await watch.run(() => question.ask(n));
    }
    const one = { question, times: watch.times() };
    asked.push(one);
    console.log(askedRow(one));
  }
  return asked;
}

/** How two answers compare, over all that were given. */
function verdict(
  compared: Compared,
  pairs: readonly (readonly [number, number, boolean])[],
): string {
  const differing = pairs.filter(([, , isSame]) => !isSame);
  const [first] = differing.length > 0 ? differing : pairs;
  const [ours = 0, theirs = 0] = first ?? [];
  if (differing.length === 0) return `${ours}, the same`;
  const why = compared.differs ?? "other words, other lines";
  return `${ours} / ${theirs} (${why})`;
}

async function compare(compared: Compared, pid: number): Promise<ComparedTimes> {
  const [ours, theirs] = [new Stopwatch(ownCpuMs), new Stopwatch(() => cpuSeconds(pid) * 1000)];
  const pairs: [number, number, boolean][] = [];
  const { times = 20 } = compared;
  for (let n = 0; n <= (options.smoke ? 2 : times); n++) {
    const mine = await ours.run(() => compared.ours(n));
    const other = await theirs.run(() => compared.theirs(n));
    pairs.push([mine.length, other.length, mine.join("\n") === other.join("\n")]);
  }
  const answers = verdict(compared, pairs);
  return { compared, ours: ours.times(), theirs: theirs.times(), answers };
}

async function askBoth(
  comparisons: readonly Compared[],
  running: Running,
): Promise<ComparedTimes[]> {
  const made: ComparedTimes[] = [];
  for (const compared of comparisons.filter(isWanted)) {
    const one = await compare(compared, running.pid);
    made.push(one);
    console.log(comparedRow(one));
  }
  return made;
}

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** What a peer is besides quick. */
function footprint(name: string, running: Running): string {
  const disk = running.folder === undefined ? 0 : mib(diskBytes(running.folder));
  const own = `Morning (in one process with the benchmark) ${peakMib(process.pid)} MiB`;
  return (
    `Most resident memory: ${own}, ${name} ${peakMib(running.pid)} MiB. ` +
    `The files of ${name} take ${disk} MiB.`
  );
}

// The process of SQL holds no loop: without this, Node ends while its answer is awaited.
const hold = setInterval(() => undefined, 60_000);
const figures = engine.figures();
const held = (): Held => {
  return { data, segments: figures.segments, mib: mib(figures.bytes), loadBefore };
};
async function sections(): Promise<string[]> {
  if (peers.length === 0) return [aloneSection(held(), await askOurs())];
  const made: string[] = [];
  for (const { name, running, comparisons } of peers) {
    const compared = await askBoth(comparisons(), running);
    made.push(comparedSection(held(), name, compared, footprint(name, running)));
  }
  return made;
}

const made = await sections();
clearInterval(hold);
console.log(made.join("\n"));
if (!options.smoke && options.only === "") {
  for (const section of made) writeSection("telemetry-query", section);
}
for (const { running } of peers) await running.stop();
await reader.close();
await engine.close();
await store.close();
if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
process.exit(0);
