/**
 * Durable writes a second through the embedded state engine, from the main thread, by how many
 * writers wait at once. Run: node bench/state-writer.bench.ts [seconds a figure]; writes
 * bench/results/state-writer.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/core/clock.ts";
import { systemRandom } from "../src/core/ids.ts";
import type { Store } from "../src/core/store.ts";
import { connectSocket } from "../src/engines/socket/client.ts";
import { serveSocket } from "../src/engines/socket/server.ts";
import { offerStore, remoteStore } from "../src/engines/socket/store.ts";
import { openSqlite } from "../src/engines/sqlite/store.ts";

const seconds = Number(process.argv[2] ?? 1);
const body = "x".repeat(200);
const insert = "insert into messages (queue, visible_at, body) values (?, ?, ?)";
const receive = `update messages set visible_at = ? where id in (
  select id from messages where queue = ? and visible_at <= ? order by visible_at, id limit ?)
  returning id, body`;
const remove = "delete from messages where id = ?";

interface Figure {
  readonly name: string;
  readonly lanes: number;
  readonly perSecond: number;
  readonly writesPerCommit: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of one core. */
  readonly mainShare: number;
  readonly otherShare: number;
}

/** Runs `one` in `lanes` loops for some seconds; `one` returns how many operations it did. */
async function measure(
  name: string,
  store: Store,
  lanes: number,
  one: (lane: number) => Promise<number>,
): Promise<Figure> {
  const before = await store.stats();
  const mainCpu = process.threadCpuUsage();
  const allCpu = process.cpuUsage();
  const started = performance.now();
  const end = started + seconds * 1000;
  const latencies: number[] = [];
  let done = 0;
  const lane = async (_: unknown, index: number): Promise<void> => {
    for (let now = performance.now(); now < end;) {
      const count = await one(index);
      done += count;
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const elapsedMs = performance.now() - started;
  const main = process.threadCpuUsage(mainCpu);
  const all = process.cpuUsage(allCpu);
  const after = await store.stats();
  const mainShare = (main.user + main.system) / 1000 / elapsedMs;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    name,
    lanes,
    perSecond: (done / elapsedMs) * 1000,
    writesPerCommit: (after.writes - before.writes) / (after.commits - before.commits),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    mainShare,
    otherShare: (all.user + all.system) / 1000 / elapsedMs - mainShare,
  };
}

const insertOne = (store: Store) => async (): Promise<number> => {
  await store.write({ statements: [{ sql: insert, params: ["q", 0, body] }] });
  return 1;
};

/**
 * Receives `batch` messages in one write, then deletes each of them as a write of its own, in one
 * tick.
 */
const receiveAndDelete = (store: Store, batch: number) => async (): Promise<number> => {
  const [received] = await store.write({
    statements: [{ sql: receive, params: [1e15, "q", 1, batch], values: true }],
  });
  const messages = received?.values ?? [];
  await Promise.all(
    messages.map(([id]) =>
      store.write({ statements: [{ sql: remove, params: [id ?? null], expect: { rows: 1 } }] }),
    ),
  );
  return messages.length;
};

async function fill(store: Store, messages: number): Promise<void> {
  const each = Array.from({ length: 10_000 }, () => ["q", 0, body]);
  for (let done = 0; done < messages; done += each.length) {
    await store.write({ statements: [{ sql: insert, each }] });
  }
}

const columns = [
  "what",
  "waiting at once",
  "per second",
  "writes a commit",
  "p50 ms",
  "p99 ms",
  "main thread",
  "other threads",
];

function rowOf(figure: Figure): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return `| ${[
    figure.name,
    figure.lanes,
    Math.round(figure.perSecond).toLocaleString("en"),
    figure.writesPerCommit.toFixed(1),
    figure.p50Ms.toFixed(2),
    figure.p99Ms.toFixed(2),
    percent(figure.mainShare),
    percent(figure.otherShare),
  ].join(" | ")} |`;
}

function report(figures: readonly Figure[], idleMib: number): string {
  return `# The state engine's writer

Durable writes through \`openSqlite\` (WAL, \`synchronous=FULL\`, an fsync a commit), called from
the main thread. An insert is one write of one row with a 200-byte body under one index;
receive+delete is an \`update … returning\` of a batch and then one deleting write, with an
expectation, for each message of it. The last rows go through the local socket, client and owner in
one process, so that both share the main thread. A thread's share is of one core.

Conditions: ${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores,
Node ${process.version}, SQLite ${process.versions["sqlite"] ?? ""}, ${seconds} s a figure,
load average ${loadavg()[0]?.toFixed(1)} (other work ran on the machine if it is above 2).
Process after opening the store and before any write: ${idleMib.toFixed(0)} MiB resident.

| ${columns.join(" | ")} |
| ${columns.map(() => "---").join(" | ")} |
${figures.map(rowOf).join("\n")}
`;
}

const folder = mkdtempSync(join(tmpdir(), "morning-bench-"));
const store = await openSqlite({ path: join(folder, "state.db"), clock: systemClock });
const idleMib = process.memoryUsage().rss / 2 ** 20;
await store.write({
  statements: [
    {
      sql: `create table messages (id integer primary key, queue text not null,
        visible_at integer not null, body text not null)`,
    },
    { sql: "create index messages_visible on messages (queue, visible_at, id)" },
  ],
});
const figures: Figure[] = [];
for (const lanes of [1, 10, 100, 1000, 5000]) {
  figures.push(await measure("insert", store, lanes, insertOne(store)));
}
for (const [lanes, batch] of [
  [1, 1],
  [10, 1],
  [100, 1],
  [10, 10],
  [100, 10],
  [500, 10],
] as const) {
  await fill(store, 300_000 * seconds);
  const name = `receive ${batch} + delete`;
  figures.push(await measure(name, store, lanes, receiveAndDelete(store, batch)));
}
const path = join(folder, "socket");
const time = { clock: systemClock, random: systemRandom };
const server = await serveSocket({ path, ...time, ...offerStore(store) });
const remote = await remoteStore(await connectSocket({ path, ...time }));
for (const lanes of [1, 100, 1000]) {
  figures.push(await measure("insert, remote", store, lanes, insertOne(remote)));
}
await remote.close();
await server.close();
await store.close();
rmSync(folder, { recursive: true });
const text = report(figures, idleMib);
writeFileSync(new URL("results/state-writer.md", import.meta.url), text);
process.stdout.write(text);
