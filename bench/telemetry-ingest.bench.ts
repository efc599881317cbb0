/**
 * Ingest of telemetry on one machine, beside the peers that are installed, all in one run: the same
 * bytes of OTLP in protobuf over HTTP, from the same generator, to Morning (through everything that
 * the platform does: decoding, redaction, log patterns, into the log on disk; sealing runs
 * meanwhile), VictoriaLogs, Jaeger and the OpenTelemetry Collector, each a process of its own.
 * Goals: 50,000 log records/s and 40,000 spans/s on two cores, aim 100,000; sealed files 10 times
 * smaller than OTLP/JSON. Run: `scripts/engines.sh start peers`, `eval "$(scripts/engines.sh
 * env)"`, `node --conditions=morning-source bench/telemetry-ingest.bench.ts [--smoke] [--records N]
 * [--rounds N] [--only NAME]`. Writes its section of bench/results/telemetry-ingest.md; `--smoke`
 * and `--only` only print.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { engineAlone } from "./telemetry/engine-alone.ts";
import type { Alone } from "./telemetry/engine-alone.ts";
import { makeLoad } from "./telemetry/load.ts";
import { measure } from "./telemetry/measure.ts";
import type { Measured } from "./telemetry/measure.ts";
import { collector } from "./telemetry/peers/collector.ts";
import { jaeger } from "./telemetry/peers/jaeger.ts";
import { morning } from "./telemetry/peers/morning.ts";
import { installed } from "./telemetry/peers/peer.ts";
import type { Sent, Subject } from "./telemetry/peers/peer.ts";
import { victoriaLogs } from "./telemetry/peers/victorialogs.ts";
import { ingestReport } from "./telemetry/report.ts";
import { writeSection } from "./telemetry/results.ts";

const { values: options } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    records: { type: "string", default: "1200000" },
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
  },
});
const count = options.smoke ? 60_000 : Number(options.records);
const rounds = options.smoke ? 1 : Number(options.rounds);

const subjects: readonly Subject[] = [
  morning,
  ...installed("victorialogs", (program) => [victoriaLogs(program)]),
  ...installed("jaeger", (program) => [
    jaeger(program, "badger"),
    jaeger(program, "badger-synced"),
    jaeger(program, "memory"),
  ]),
  ...installed("collector", (program) => [collector(program)]),
];

const folder = mkdtempSync(join(tmpdir(), "morning-load-"));
const isWanted = (name: string): boolean => name.includes(options.only);
const loadBefore = loadavg()[0] ?? 0;
const alone: Alone[] = [];
const measured: Measured[] = [];

/** One round: every store once, so that what others do on the machine meets all of them. */
async function overHttp(signal: Sent): Promise<void> {
  const startNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  const all = makeLoad(join(folder, signal), signal, count, startNs);
  for (const subject of subjects) {
    const name = `${signal}-${subject.name}`;
    if (!subject.signals.includes(signal) || !isWanted(name)) continue;
    const { oneOf = 1 } = subject;
    const load = oneOf === 1 ? all : makeLoad(join(folder, "part"), signal, count / oneOf, startNs);
    const one = await measure(subject, load);
    measured.push(one);
    console.log(name, one);
  }
}

for (const signal of ["logs", "spans"] as const) {
  if (!isWanted(`${signal}-engine`)) continue;
  const one = await engineAlone(signal, count / 2);
  alone.push(one);
  console.log(one);
}
for (let round = 0; round < rounds; round++) {
  await overHttp("logs");
  await overHttp("spans");
}
rmSync(folder, { recursive: true, force: true });

const report = ingestReport({ count, alone, measured, rounds, subjects, loadBefore });
console.log(report);
if (!options.smoke && options.only === "") {
  writeSection("telemetry-ingest", report);
}
process.exit(0);
