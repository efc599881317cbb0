/**
 * Messages a second through send, receive and acknowledge in one process, side by side with
 * BullMQ, graphile-worker
 * and pg-boss, in turns. Goals: 20,000 durable messages/s, twice BullMQ, p50 < 5 ms and p99 < 20
 * ms at half of the
 * peak rate, a backlog of 1 million costs at most 20 %, memory flat over 5 million.
 * Run: `node bench/queue.bench.ts [--smoke | --soak] [--only NAME]`; engines by
 * MORNING_TEST_REDIS_URL and
 * MORNING_TEST_POSTGRES_URL (`scripts/engines.sh`). Writes bench/results/queue.md, `--smoke` only
 * prints.
 */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { openBullmq } from "./peers/bullmq.ts";
import { openGraphile } from "./peers/graphile.ts";
import { openMorning } from "./peers/morning.ts";
import type { Peer } from "./peers/peer.ts";
import { openPgboss } from "./peers/pgboss.ts";

const smoke = process.argv.includes("--smoke");
const soak = process.argv.includes("--soak");
const only = process.argv[process.argv.indexOf("--only") + 1];
const redis = process.env["MORNING_TEST_REDIS_URL"];
const postgres = process.env["MORNING_TEST_POSTGRES_URL"];

const rounds = smoke ? 1 : 3;
const batch = 10;
const senders = 50;
const backlogCount = smoke ? 20_000 : 1_000_000;
const memoryCount = soak ? 5_000_000 : smoke ? 50_000 : 1_000_000;
const filler = "x".repeat(200);

/** One measured run. */
interface Run {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Half of the peak is offered for so long. */
const pacedSeconds = smoke ? 1 : 3;

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function bodyNow(): string {
  return `${performance.now()} ${filler}`;
}

/** Sends as fast as the peer takes it, or so many a second, while the peer consumes. */
async function run(peer: Peer, count: number, ratePerSecond = Infinity): Promise<Run> {
  const latencies: number[] = [];
  let done = 0;
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await peer.start(
    (body) => {
      latencies.push(performance.now() - Number(body.slice(0, body.indexOf(" "))));
    },
    (handled) => {
      done += handled;
      if (done >= count) finish();
    },
  );
  const startedMs = performance.now();
  await (ratePerSecond === Infinity ? flood(peer, count) : pace(peer, count, ratePerSecond));
  await finished;
  const seconds = (performance.now() - startedMs) / 1000;
  await peer.stop();
  const sorted = latencies.toSorted((a, b) => a - b);
  return { perSecond: count / seconds, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

async function flood(peer: Peer, count: number): Promise<void> {
  let sent = 0;
  const sender = async (): Promise<void> => {
    while (sent < count) {
      const size = Math.min(batch, count - sent);
      sent += size;
      await peer.send(Array.from({ length: size }, bodyNow));
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
}

/** The same calls evenly in time, whether or not those before are acknowledged. */
async function pace(peer: Peer, count: number, ratePerSecond: number): Promise<void> {
  const startedMs = performance.now();
  const sends: Promise<void>[] = [];
  while (sends.length * batch < count) {
    const due = Math.min(count, ((performance.now() - startedMs) / 1000) * ratePerSecond);
    while (sends.length * batch < due)
      sends.push(peer.send(Array.from({ length: batch }, bodyNow)));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sends);
}

interface Subject {
  readonly name: string;
  readonly count: number;
  readonly open: () => Promise<Peer>;
}

const subjects: readonly Subject[] = [
  { name: "morning", count: 200_000, open: openMorning },
  ...(redis ? [{ name: "bullmq", count: 40_000, open: () => openBullmq(redis) }] : []),
  ...(postgres
    ? [
        { name: "graphile", count: 40_000, open: () => openGraphile(postgres) },
        { name: "pgboss", count: 20_000, open: () => openPgboss(postgres) },
      ]
    : []),
].filter(({ name }) => !process.argv.includes("--only") || name === only);

interface Line {
  readonly name: string;
  readonly conditions: string;
  readonly rates: number[];
  readonly paced: Run[];
}

function install(): void {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  if (existsSync(`${folder}/node_modules/bullmq`)) return;
  execFileSync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], { stdio: "inherit" });
}

async function compare(): Promise<readonly Line[]> {
  const peers: { peer: Peer; count: number; line: Line }[] = [];
  for (const { open, count } of subjects) {
    const peer = await open();
    const { name, conditions } = peer;
    peers.push({
      peer,
      count: smoke ? count / 20 : count,
      line: { name, conditions, rates: [], paced: [] },
    });
  }
  for (const { peer, count } of peers) await run(peer, Math.ceil(count / 10));
  for (let round = 0; round < rounds; round++) {
    for (const { peer, count, line } of peers) {
      const { perSecond } = await run(peer, count);
      const paced = await run(peer, Math.ceil((perSecond / 2) * pacedSeconds), perSecond / 2);
      line.rates.push(perSecond);
      line.paced.push(paced);
      const [p50, p99] = [paced.p50.toFixed(1), paced.p99.toFixed(1)];
      console.log(`${line.name}: ${Math.round(perSecond)}/s; at half p50 ${p50} ms, p99 ${p99} ms`);
    }
  }
  for (const { peer } of peers) await peer.close();
  return peers.map(({ line }) => line);
}

/** Rates in turns with an empty queue and behind a backlog; the backlog stays as long as it is. */
async function backlog(): Promise<{ empty: number; full: number }> {
  const [empty, full] = [await openMorning(), await openMorning()];
  const count = smoke ? 10_000 : 150_000;
  for (let sent = 0; sent < backlogCount; sent += 10_000) {
    const parts = Array.from({ length: 10 }, () =>
      full.send(Array.from({ length: 1000 }, bodyNow)),
    );
    await Promise.all(parts);
  }
  const rates = { empty: [] as number[], full: [] as number[] };
  for (let round = 0; round < rounds + 1; round++) {
    for (const [name, peer] of [
      ["empty", empty],
      ["full", full],
    ] as const) {
      const { perSecond } = await run(peer, count);
      if (round > 0 || smoke) rates[name].push(perSecond);
      console.log(`backlog ${name}: ${Math.round(perSecond)} messages/s`);
    }
  }
  await empty.close();
  await full.close();
  return { empty: median(rates.empty), full: median(rates.full) };
}

/** Resident memory while so many messages pass. */
async function memory(): Promise<readonly number[]> {
  const peer = await openMorning();
  const marks: number[] = [];
  const part = memoryCount / 10;
  for (let done = 0; done < memoryCount; done += part) {
    await run(peer, part);
    globalThis.gc?.();
    marks.push(Math.round(process.memoryUsage().rss / 2 ** 20));
  }
  await peer.close();
  return marks;
}

function report(
  lines: readonly Line[],
  behind: { empty: number; full: number },
  marks: readonly number[],
): string {
  const ours = median(lines[0]?.rates ?? []);
  const rows = lines.map(({ name, conditions, rates, paced }) => {
    const rate = median(rates);
    const p50 = median(paced.map((one) => one.p50)).toFixed(1);
    const p99 = median(paced.map((one) => one.p99)).toFixed(1);
    const ratio = (ours / rate).toFixed(1);
    return `| ${name} | ${Math.round(rate)} | ${ratio} | ${p50} | ${p99} | ${conditions} |`;
  });
  const cost = Math.round((1 - behind.full / behind.empty) * 100);
  const [load = 0] = loadavg();
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? "?"}, load ${load.toFixed(1)}`;
  const [full, empty] = [Math.round(behind.full), Math.round(behind.empty)];
  const rates = `${full} messages/s against ${empty} with none`;
  return [
    "# Queue: send, receive, acknowledge",
    "",
    `Messages of about 220 B in one process, sent in batches of ${batch} by ${senders} senders;`,
    `${rounds} rounds in turns, medians. Latency from the call of send to the handler at half of`,
    `the round's rate, evenly for ${pacedSeconds} s.`,
    `Machine: ${machine} at the end, Node ${process.version}, files in ${tmpdir()}.`,
    "",
    "| queue | messages/s | ours is times | p50 ms | p99 ms | conditions |",
    "| --- | ---: | ---: | ---: | ---: | --- |",
    ...rows,
    "",
    `Backlog of ${backlogCount} messages: ${rates} (in turns): it costs ${cost} %.`,
    "",
    `Resident memory, MiB, after each tenth of ${memoryCount} messages: ${marks.join(", ")}.`,
    "",
    "Run: `node bench/queue.bench.ts`; `--soak` passes 5 million messages for the memory figure.",
    "",
  ].join("\n");
}

if (subjects.length > 1) install();
// Memory first, in a process that has not seen the peers' clients.
const part = process.argv.includes("--only");
const marks = part ? [] : await memory();
console.log(`memory: ${marks.join(", ")} MiB`);
const behind = part ? { empty: 1, full: 1 } : await backlog();
const lines = await compare();
const text = report(lines, behind, marks);
console.log(text);
if (!smoke && !part) {
  writeFileSync(new URL("results/queue.md", import.meta.url), text);
}
process.exit(0);
