/**
 * Durable ingest of telemetry on one machine, the generator being another process beside it: OTLP
 * in protobuf over HTTP, through everything that the platform does (decoding, redaction, log
 * patterns), into the log on disk; sealing runs meanwhile. Goals: 50,000 log records/s and 40,000
 * spans/s on two cores, aim 100,000; sealed files 10 times smaller than OTLP/JSON. Run: `node
 * --conditions=morning-source bench/telemetry-ingest.bench.ts [--smoke] [--only NAME]`. Writes
 * bench/results/telemetry-ingest.md; `--smoke` and `--only` only print.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/core/clock.ts";
import { makeIds, seededRandom, systemRandom } from "../src/core/ids.ts";
import { makeLog } from "../src/core/log.ts";
import { openSqlite } from "../src/engines/sqlite/store.ts";
import { batchWriter, encodeBatch } from "../src/observability/signals/batch.ts";
import { recordWriter } from "../src/observability/signals/rows.ts";
import { openCollector } from "../src/observability/telemetry/collector.ts";
import { openEngine } from "../src/observability/telemetry/embedded/engine.ts";
import type { Engine } from "../src/observability/telemetry/embedded/engine.ts";
import { defaultRetention } from "../src/observability/telemetry/embedded/retention.ts";
import { keepEverything } from "../src/observability/telemetry/embedded/sampling.ts";
import { settingsOf } from "../src/observability/telemetry/settings.ts";
import { Shop } from "./telemetry/shop.ts";

const smoke = process.argv.includes("--smoke");
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt === -1 ? undefined : process.argv[onlyAt + 1];
const count = smoke ? 60_000 : 1_200_000;

const clock = systemClock;
const log = makeLog(({ level, message, fields }) => {
  if (level === "error") console.log(message, fields);
});

/** One measured run. */
interface Run {
  readonly name: string;
  readonly perSecond: number;
  readonly sealedPerSecond: number;
  /** Processor time of the store's process for a record, microseconds, sealing included. */
  readonly cpuUs: number;
  readonly bytesPerRecord: number;
  readonly jsonBytesPerRecord: number;
  readonly p50: number;
  readonly p99: number;
  readonly again: number;
  readonly rssMb: number;
}

interface Opened {
  readonly engine: Engine;
  close(): Promise<void>;
}

async function open(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), "morning-ingest-"));
  const store = await openSqlite({ path: join(folder, "state.db"), clock });
  const engine = await openEngine({
    folder: join(folder, "telemetry"),
    store,
    clock,
    ids: makeIds(clock, systemRandom),
    log,
    sampling: () => keepEverything,
    retention: () => defaultRetention,
  });
  return {
    engine,
    async close() {
      await engine.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** What the generator's process tells. */
interface Sent {
  readonly records: number;
  readonly seconds: number;
  readonly again: number;
  readonly jsonBytesPerRecord: number;
  readonly p50: number;
  readonly p99: number;
}

/** Starts the generator, lets it begin, and waits for what it tells. */
async function send(port: number, signal: string, begun: () => void): Promise<Sent> {
  const script = fileURLToPath(new URL("telemetry/sender.ts", import.meta.url));
  const args = ["--conditions=morning-source", script, String(port), signal, String(count)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "ready") {
      begun();
      child.stdin.write("go\n");
    } else return JSON.parse(line) as Sent;
  }
  throw new Error("the generator ended early");
}

async function overHttp(signal: "logs" | "spans", name: string): Promise<Run> {
  const opened = await open();
  const { engine } = opened;
  const collector = await openCollector({
    settings: settingsOf({}),
    folder: tmpdir(),
    hostname: "127.0.0.1",
    ports: { otlpHttp: 0 },
    clock,
    random: systemRandom,
    log,
    writer: engine,
    ledger: {
      learn: async () => {},
      merge: async () => {},
      loadMiner: async () => undefined,
      saveMiner: async () => {},
      seen: async () => {},
    },
    door: { authorize: async () => "bench" },
    tap: { tailed: async () => {} },
  });
  const { otlpHttp = 0 } = await collector.listen(true);
  let cpuBefore = 0;
  let startedMs = 0;
  const sent = await send(otlpHttp, signal, () => {
    cpuBefore = cpuMs();
    startedMs = performance.now();
  });
  const rssMb = Math.round(process.memoryUsage().rss / 2 ** 20);
  await engine.seal();
  const sealedSeconds = (performance.now() - startedMs) / 1000;
  const figures = engine.figures();
  const kept = figures.records[signal];
  if (kept !== sent.records) throw new Error(`${kept} of ${sent.records} records are there`);
  const dropped = collector.dropped.list().reduce((sum, one) => sum + one.count, 0);
  if (dropped > 0) console.log("dropped", collector.dropped.list());
  const run: Run = {
    name,
    perSecond: sent.records / sent.seconds,
    sealedPerSecond: sent.records / sealedSeconds,
    cpuUs: ((cpuMs() - cpuBefore) * 1000) / sent.records,
    bytesPerRecord: (figures.bytes - figures.unsealedBytes) / sent.records,
    jsonBytesPerRecord: sent.jsonBytesPerRecord,
    p50: sent.p50,
    p99: sent.p99,
    again: sent.again,
    rssMb,
  };
  await collector.close();
  await opened.close();
  return run;
}

/** Batches that are ready, straight into the engine: what storing alone costs. */
async function engineAlone(signal: "logs" | "spans", name: string): Promise<Run> {
  const shop = new Shop(seededRandom(2), {
    startNs: BigInt(Date.now() - 60_000) * 1_000_000n,
    stepNs: 60_000,
  });
  const batches: Uint8Array[] = [];
  let records = 0;
  while (records < count / 2) {
    const writer = recordWriter(batchWriter());
    while (writer.batch[signal].rows < 2000) {
      const made = shop.next();
      if (signal === "logs") for (const line of made.logs) writer.log(line);
      else for (const span of made.spans) writer.span(span);
    }
    records += writer.batch[signal].rows;
    batches.push(encodeBatch(writer.batch));
  }
  const opened = await open();
  const { engine } = opened;
  const cpuBefore = cpuMs();
  const startedMs = performance.now();
  const latencies: number[] = [];
  let again = 0;
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
      for (;;) {
        const sentMs = performance.now();
        const taken = await engine.write(batch).then(
          () => true,
          () => false,
        );
        latencies.push(performance.now() - sentMs);
        if (taken) break;
        again++;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  const seconds = (performance.now() - startedMs) / 1000;
  const rssMb = Math.round(process.memoryUsage().rss / 2 ** 20);
  await engine.seal();
  const sealedSeconds = (performance.now() - startedMs) / 1000;
  const figures = engine.figures();
  latencies.sort((a, b) => a - b);
  const run: Run = {
    name,
    perSecond: records / seconds,
    sealedPerSecond: records / sealedSeconds,
    cpuUs: ((cpuMs() - cpuBefore) * 1000) / records,
    bytesPerRecord: (figures.bytes - figures.unsealedBytes) / records,
    jsonBytesPerRecord: Number.NaN,
    p50: latencies[Math.floor(latencies.length / 2)] ?? 0,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    again,
    rssMb,
  };
  await opened.close();
  return run;
}

const subjects: readonly { readonly name: string; readonly run: (name: string) => Promise<Run> }[] =
  [
    { name: "logs-engine", run: (name) => engineAlone("logs", name) },
    { name: "spans-engine", run: (name) => engineAlone("spans", name) },
    { name: "logs-otlp", run: (name) => overHttp("logs", name) },
    { name: "spans-otlp", run: (name) => overHttp("spans", name) },
  ];

const runs: Run[] = [];
for (const { name, run } of subjects) {
  if (only !== undefined && only !== name) continue;
  const made = await run(name);
  runs.push(made);
  console.log(made);
}

function report(): string {
  const rows = runs.map((run) => {
    const ratio = run.jsonBytesPerRecord / run.bytesPerRecord;
    const size = Number.isNaN(ratio)
      ? `${run.bytesPerRecord.toFixed(1)} | |`
      : `${run.bytesPerRecord.toFixed(1)} | ${ratio.toFixed(1)} |`;
    const rates = `${Math.round(run.perSecond)} | ${Math.round(run.sealedPerSecond)}`;
    const waits = `${run.p50.toFixed(0)} | ${run.p99.toFixed(0)} | ${run.again}`;
    return `| ${run.name} | ${rates} | ${run.cpuUs.toFixed(1)} | ${size} ${waits} | ${run.rssMb} |`;
  });
  const [load = 0] = loadavg();
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? "?"}, load ${load.toFixed(1)}`;
  return [
    "# Telemetry: durable ingest",
    "",
    `${count} records of a small shop (${count / 2} for the engine alone) in requests of 512, over`,
    "8 connections, one run each, answered when they are synced to disk; the generator is a",
    "process beside the store on the same cores. `otlp`: OTLP protobuf over HTTP through decoding,",
    "redaction and log patterns as the platform does it (mined in a quarter of the thread's time",
    "at most; lines beyond that are stored without one); `engine`: batches that are ready.",
    "*Sealed*: until everything lies in sealed files with index and rollups, all bytes counted.",
    `Machine: ${machine} at the end, Node ${process.version}, files in ${tmpdir()}.`,
    "",
    "| run | records/s | sealed/s | CPU µs | B/record | smaller than JSON | p50 ms | p99 ms | " +
      "sent again | RSS MiB |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
    "Run: `node --conditions=morning-source bench/telemetry-ingest.bench.ts`.",
    "",
  ].join("\n");
}

console.log(report());
if (!smoke && only === undefined) {
  writeFileSync(new URL("results/telemetry-ingest.md", import.meta.url), report());
}
process.exit(0);
