import { conditions, peerVersions, wrapped } from "./conditions.ts";
import type { Alone } from "./engine-alone.ts";
import type { Measured } from "./measure.ts";
import type { Subject } from "./peers/peer.ts";

/** What a run of the benchmark of ingest gave. */
export interface IngestRun {
  readonly count: number;
  readonly alone: readonly Alone[];
  /** Of every round. */
  readonly measured: readonly Measured[];
  readonly rounds: number;
  readonly subjects: readonly Subject[];
  readonly loadBefore: number;
}

/** Of all the rounds of a store and a signal, the one in the middle by its rate. */
function middle(all: readonly Measured[]): Middle[] {
  const groups = Map.groupBy(all, ({ subject, load }) => `${load.signal} ${subject}`);
  return [...groups.values()].map((rounds) => {
    const sorted = rounds.toSorted((a, b) => a.perSecond - b.perSecond);
    const one = sorted[Math.floor(sorted.length / 2)] as Measured;
    const [least, most] = [sorted[0] as Measured, sorted.at(-1) as Measured];
    return { ...one, least: least.perSecond, most: most.perSecond };
  });
}

/** The middle of several rounds, and the rates of the slowest and the quickest. */
interface Middle extends Measured {
  readonly least: number;
  readonly most: number;
}

const row = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const head = (...cells: readonly string[]): string[] => [
  row(...cells),
  row(...cells.map((_, at) => (at < 2 ? "---" : "---:"))),
];

function measuredRow(one: Middle): string {
  const { bytesPerRecord, load } = one;
  const size = bytesPerRecord === undefined ? " " : bytesPerRecord.toFixed(1);
  const smaller =
    bytesPerRecord === undefined ? " " : (load.jsonBytesPerRecord / bytesPerRecord).toFixed(1);
  return row(
    load.signal,
    one.subject,
    one.perSecond.toFixed(0),
    `${one.least.toFixed(0)}–${one.most.toFixed(0)}`,
    one.restedPerSecond.toFixed(0),
    one.cpuPerMillion.toFixed(1),
    String(one.peakMib),
    size,
    smaller,
    one.p50.toFixed(0),
    one.p99.toFixed(0),
    String(one.again),
  );
}

const ratio = (ours: number | undefined, theirs: number | undefined): string =>
  ours === undefined || theirs === undefined ? " " : (ours / theirs).toFixed(2);

/** Morning against one peer; a figure where Morning is worse is bold. */
function ratioRow(ours: Middle, theirs: Middle): string {
  const more = (value: string): string => (Number(value) < 1 ? `**${value}**` : value);
  const less = (value: string): string => (Number(value) > 1 ? `**${value}**` : value);
  return row(
    ours.load.signal,
    theirs.subject,
    more(ratio(ours.perSecond, theirs.perSecond)),
    more(ratio(ours.most, theirs.most)),
    more(ratio(ours.restedPerSecond, theirs.restedPerSecond)),
    less(ratio(ours.cpuPerMillion, theirs.cpuPerMillion)),
    less(ratio(ours.peakMib, theirs.peakMib)),
    less(ratio(ours.bytesPerRecord, theirs.bytesPerRecord)),
  );
}

function ratios(measured: readonly Middle[]): string[] {
  return measured.flatMap((theirs) => {
    const ours = measured.find(
      ({ subject, load }) => subject === "Morning" && load.signal === theirs.load.signal,
    );
    return ours === undefined || ours === theirs ? [] : [ratioRow(ours, theirs)];
  });
}

function aloneRow(one: Alone): string {
  return row(
    one.signal,
    "engine alone",
    one.perSecond.toFixed(0),
    one.sealedPerSecond.toFixed(0),
    one.cpuPerMillion.toFixed(1),
    String(one.rssMib),
    one.bytesPerRecord.toFixed(1),
    one.p50.toFixed(0),
    one.p99.toFixed(0),
    String(one.again),
  );
}

function loads(measured: readonly Measured[]): string {
  return (["logs", "spans"] as const)
    .flatMap((signal) => measured.find(({ load }) => load.signal === signal)?.load ?? [])
    .map(({ signal, records, requests, bytes, jsonBytesPerRecord }) => {
      const each = (bytes / records).toFixed(0);
      const json = jsonBytesPerRecord.toFixed(0);
      return `${records} ${signal} in ${requests} requests (${each} B each, ${json} B as JSON)`;
    })
    .join(" and ");
}

function promiseLine({ name, promise, oneOf = 1 }: Subject): string {
  const part = oneOf === 1 ? "" : `; it was sent the first 1/${oneOf} of the records`;
  return `- ${name}: ${promise}${part}.`;
}

/** What was sent, and how. */
function introOf(measured: readonly Measured[], rounds: number): string {
  return (
    `${loads(measured)} of a small shop: the same bytes of OTLP/HTTP in protobuf (checked ` +
    "by their SHA-256) from the same generator, over 8 connections, one store after the " +
    `other, in ${rounds} rounds, of which the middle by its rate stands here; every store is ` +
    "a process of its own with empty files, the generator runs beside it on the same cores. " +
    "Morning does all that the platform does with them: " +
    "redaction, and log patterns (mined in a quarter of the thread's time at most; lines " +
    "beyond that are stored without one); the peers run with their defaults but for what " +
    "stands below. Each store's own count of records was compared with what was sent."
  );
}

const columns =
  "*Rested*: until a flush was asked for, where there is such a command, and the process " +
  "did nothing more for two seconds: sealing and merging are in it. *CPU*: processor " +
  "seconds of the store for a million records, all threads, until it rested. *RSS*: the " +
  "most that was resident, mapped files included. *B/record*: blocks on the disk when it " +
  "rested.";

/** The results as Markdown. */
export function ingestReport(run: IngestRun): string {
  const { alone, subjects, rounds } = run;
  const measured = middle(run.measured);
  return [
    "## Beside its peers",
    "",
    ...wrapped(introOf(measured, rounds)),
    "",
    ...wrapped(columns),
    "",
    ...wrapped(`Conditions: ${conditions(run.loadBefore)}; ${peerVersions()}.`),
    "",
    ...head(
      "signal",
      "store",
      "records/s",
      "of all rounds",
      "rested/s",
      "CPU s",
      "RSS MiB",
      "B/record",
      "smaller than JSON",
      "p50 ms",
      "p99 ms",
      "sent again",
    ),
    ...measured.map(measuredRow),
    "",
    "What an answer promises:",
    "",
    ...subjects.map(promiseLine),
    "",
    "### Morning / peer",
    "",
    ...wrapped(
      "Above 1 is more of it than the peer has; **bold** is where Morning is worse. *Quickest*: " +
        "of the quickest rounds, which others on the machine disturbed least.",
    ),
    "",
    ...head("signal", "peer", "records/s", "quickest", "rested/s", "CPU", "RSS", "B/record"),
    ...ratios(measured),
    "",
    "### Morning's engine alone",
    "",
    ...wrapped(
      `${Math.round(run.count / 2)} records of each signal in batches that are ready, in the ` +
        "process that made them (RSS is of that whole process): what storing costs without HTTP " +
        "and decoding.",
    ),
    "",
    ...head(
      "signal",
      "store",
      "records/s",
      "sealed/s",
      "CPU s",
      "RSS MiB",
      "B/record",
      "p50 ms",
      "p99 ms",
      "sent again",
    ),
    ...alone.map(aloneRow),
    "",
    "Run: `scripts/engines.sh start peers`, then",
    "`node --conditions=morning-source bench/telemetry-ingest.bench.ts`.",
    "",
  ].join("\n");
}
