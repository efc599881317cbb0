/**
 * Durable writes a second to the state in PostgreSQL, by how many wait at once and how many
 * connections commit, beside plain `pg` with a transaction a write.
 * Run: MORNING_TEST_POSTGRES_URL=... node bench/state-postgres.bench.ts [seconds a figure]; writes
 * bench/results/state-postgres.md.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { Pool } from "pg";
import { systemClock } from "../src/core/clock.ts";
import { openPostgres } from "../src/engines/postgres/store.ts";

const seconds = Number(process.argv[2] ?? 2);
const url = process.env["MORNING_TEST_POSTGRES_URL"];
if (url === undefined) throw new Error("set MORNING_TEST_POSTGRES_URL");
const schema = "bench";
const body = "x".repeat(200);
const insert = "insert into messages (key, body) values ($1, $2) on conflict do nothing";
const touch = "update messages set body = body where key = $1";
let next = 0;

interface Figure {
  readonly name: string;
  readonly lanes: number;
  readonly perSecond: number;
  readonly writesPerCommit: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measure(
  name: string,
  lanes: number,
  one: (key: string) => Promise<unknown>,
): Promise<Omit<Figure, "writesPerCommit">> {
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1000;
  const lane = async (): Promise<void> => {
    for (let now = performance.now(); now < end; now = performance.now()) {
      await one(`${process.pid}-${next++}`);
      latencies.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const perSecond = (latencies.length / (performance.now() - started)) * 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { name, lanes, perSecond, p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function ofStore(writers: number, lanes: number): Promise<Figure> {
  const store = await openPostgres({ url: url ?? "", schema, clock: systemClock, writers });
  const sql = ["create table messages (key text primary key, body text not null)"];
  await store.migrate({
    component: "bench",
    migrations: [{ version: 1, sqlite: sql, postgres: sql }],
  });
  const figure = await measure(`store, ${writers} writing`, lanes, (key) =>
    store.write({
      statements: [
        { sql: insert, params: [key, body], expect: { rows: 1 } },
        { sql: touch, params: [key] },
      ],
    }),
  );
  const { writes, commits } = await store.stats();
  await store.close();
  return { ...figure, writesPerCommit: writes / commits };
}

/** What a program writes by hand: begin, the statements, commit, one after the other. */
async function ofPool(connections: number, lanes: number): Promise<Figure> {
  const pool = new Pool({ connectionString: url, max: connections });
  const figure = await measure(`pg, ${connections} connections`, lanes, async (key) => {
    const client = await pool.connect();
    await client.query("begin");
    await client.query(insert.replace("messages", "bench.messages"), [key, body]);
    await client.query(touch.replace("messages", "bench.messages"), [key]);
    await client.query("commit");
    client.release();
  });
  await pool.end();
  return { ...figure, writesPerCommit: 1 };
}

const figures: Figure[] = [];
for (const lanes of [1, 10, 100, 1000]) figures.push(await ofStore(1, lanes));
for (const lanes of [100, 1000]) figures.push(await ofStore(2, lanes));
for (const lanes of [1, 10, 100]) figures.push(await ofPool(10, lanes));
const admin = new Pool({ connectionString: url, max: 1 });
const { rows } = await admin.query<{ version: string }>("select version()");
await admin.query(`drop schema ${schema} cascade`);
await admin.end();

const row = (one: Figure): string =>
  `| ${one.name} | ${one.lanes} | ${Math.round(one.perSecond).toLocaleString("en")} | ` +
  `${one.writesPerCommit.toFixed(1)} | ${one.p50Ms.toFixed(2)} | ${one.p99Ms.toFixed(2)} |`;
const text = `# The state in PostgreSQL

Durable writes through \`openPostgres\` (\`synchronous_commit\` on): a write inserts a row with a
200-byte body, expects that it was one, and updates it; what waits goes in one transaction and one
round trip. The last rows are plain \`pg\` with begin, both statements and commit one after the
other.

Conditions: ${cpus()[0]?.model.trim()}, ${cpus().length} cores shared with the server on
loopback, Node ${process.version}, ${rows[0]?.version.split(" (")[0]},
${seconds} s a figure, load average ${loadavg()[0]?.toFixed(1)}.

| what | waiting at once | per second | writes a commit | p50 ms | p99 ms |
| --- | --- | --- | --- | --- | --- |
${figures.map(row).join("\n")}
`;
writeFileSync(new URL("results/state-postgres.md", import.meta.url), text);
process.stdout.write(text);
