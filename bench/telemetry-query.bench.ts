/**
 * Queries over ten million log records and the eighteen million spans of the same requests, in
 * sealed files, as the platform's console asks them. Goals (p95): a trace by its id under 50 ms,
 * filter and histogram under 300 ms, full text under 500 ms. Run: `node
 * --conditions=morning-source bench/telemetry-query.bench.ts [--smoke] [--folder DIR]`; a folder is
 * filled once and kept. Writes bench/results/telemetry-query.md; `--smoke` only prints.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/core/clock.ts";
import { makeIds, systemRandom } from "../src/core/ids.ts";
import { makeLog } from "../src/core/log.ts";
import { openSqlite } from "../src/engines/sqlite/store.ts";
import type { Filter } from "../src/observability/signals/filter.ts";
import type { AggregateQuery, Range } from "../src/observability/signals/store.ts";
import { openEngine } from "../src/observability/telemetry/embedded/engine.ts";
import { openReader } from "../src/observability/telemetry/embedded/read/reader.ts";
import { keepEverything } from "../src/observability/telemetry/embedded/sampling.ts";
import { fill } from "./telemetry/fill.ts";
import type { Filled } from "./telemetry/fill.ts";

const smoke = process.argv.includes("--smoke");
const folderAt = process.argv.indexOf("--folder");
const kept = folderAt === -1 ? undefined : process.argv[folderAt + 1];
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt === -1 ? "" : (process.argv[onlyAt + 1] ?? "");
const folder = kept ?? mkdtempSync(join(tmpdir(), "morning-query-"));
mkdirSync(folder, { recursive: true });
const clock = systemClock;
const rare = "kaleidoscope";

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

async function filled(): Promise<Filled> {
  const path = join(folder, "filled.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8"), bigints) as Filled;
  const dayNs = 86_400_000_000_000n;
  const startedMs = performance.now();
  const made = await fill(engine, {
    logs: smoke ? 100_000 : 10_000_000,
    startNs: ((BigInt(Date.now()) * 1_000_000n) / dayNs) * dayNs - dayNs,
    spanNs: smoke ? 3_600_000_000_000n : dayNs,
    seed: 7,
    rare,
    told: (logs) => console.log(`${logs} log records`),
  });
  console.log(`filled in ${Math.round((performance.now() - startedMs) / 1000)} s`);
  const text = JSON.stringify(made, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  writeFileSync(path, text);
  return made;
}

const data = await filled();
const all: Range = { fromNs: data.startNs, toNs: data.endNs };
const minuteNs = 60_000_000_000n;
/** An hour that ends in the middle of a minute, elsewhere for each `n`. */
const hour = (n: number): Range => {
  const room = data.endNs - data.startNs - 60n * minuteNs;
  const fromNs = data.startNs + (room * BigInt(n % 17)) / 17n + 12_345_678_901n;
  return { fromNs, toNs: fromNs + 60n * minuteNs };
};
const reader = openReader({ engine, clock, folder: join(folder, "telemetry") });

const eq = (field: string, value: string | number): Filter => ({ op: "eq", field, value });
const text = (what: string): Filter => ({ op: "text", text: what });
const and = (...of: readonly Filter[]): Filter => ({ op: "and", of });
const errors: Filter = { op: "gte", field: "level", value: "error" };

const histogram = (range: Range, filter: Filter, by: readonly string[] = ["level"]) =>
  reader.aggregate({
    ...range,
    signal: "logs",
    filter,
    stepMs: 300_000,
    by,
    measures: [{ as: "n", fn: "count" }],
    limit: 20,
  } satisfies AggregateQuery);

const search = (range: Range, filter: Filter, limit = 100) =>
  reader.searchLogs({ ...range, filter, limit });

const red = (range: Range, by: readonly string[], filter: Filter) =>
  reader.aggregate({
    ...range,
    signal: "spans",
    filter,
    by,
    measures: [
      { as: "n", fn: "count" },
      { as: "bad", fn: "count-if", filter: eq("status", "error") },
      ...[0.5, 0.95, 0.99].map((q) => {
        return { as: `p${q * 100}`, fn: "quantile", field: "duration", q } as const;
      }),
    ],
    orderBy: "n",
    limit: 100,
  });

const order = await search(all, text("placed"), 1);
const orderId = order.records[0]?.record.body.split(" ")[1] ?? "";

/** One kind of question, its goal in milliseconds, and how often it is asked. */
interface Question {
  readonly name: string;
  readonly goalMs?: number;
  readonly times?: number;
  readonly ask: (n: number) => Promise<unknown>;
}

const questions: readonly Question[] = [
  {
    name: "trace by id",
    goalMs: 50,
    times: 200,
    ask: async (n) => {
      const id = data.traceIds[(n * 7919) % data.traceIds.length] ?? "";
      const found = await reader.trace(id);
      if (found === undefined || found.logs.length === 0) throw new Error(`no trace ${id}`);
    },
  },
  {
    name: "trace by id, there is none",
    goalMs: 50,
    ask: (n) => reader.trace(`${n}`.padStart(32, "a")),
  },
  {
    name: "histogram of everything by level, a day",
    goalMs: 300,
    ask: () => histogram(all, { op: "all" }),
  },
  {
    name: "filter (service, level) + histogram, a day",
    goalMs: 300,
    ask: () => histogram(all, and(eq("service", "payments"), errors)),
  },
  {
    name: "filter (attribute) + histogram, a day",
    goalMs: 300,
    ask: () => histogram(all, { op: "gte", field: "http.response.status_code", value: 500 }),
  },
  {
    name: "filter (attribute of 50,000 values) + histogram, a day",
    goalMs: 300,
    ask: (n) => histogram(all, eq("user.id", `u${n * 31}`)),
  },
  {
    name: "filter (attribute) + histogram, an hour",
    goalMs: 300,
    ask: (n) => histogram(hour(n), and(eq("service", "gateway"), eq("http.route", "/orders"))),
  },
  { name: "newest 100 of a day", goalMs: 300, ask: () => search(all, { op: "all" }) },
  { name: "newest 100 errors of a day", goalMs: 300, ask: () => search(all, errors) },
  { name: "full text, frequent word", goalMs: 500, ask: () => search(all, text("queued")) },
  { name: "full text, Chinese", goalMs: 500, ask: () => search(all, text("付款成功")) },
  {
    name: "full text, a word of one line in 220,000, all day",
    goalMs: 500,
    ask: () => search(all, text(rare)),
  },
  { name: "full text, absent word", goalMs: 500, ask: () => search(all, text("chrysanthemum")) },
  {
    name: "full text and filter: errors that say upstream",
    goalMs: 500,
    ask: () => search(all, and(errors, text("upstream answered"))),
  },
  {
    name: "full text, an id that 45 lines have, all day",
    goalMs: 500,
    ask: () => search(all, text(orderId)),
  },
  {
    name: "full text, an id that no line has",
    goalMs: 500,
    ask: () => search(all, text("ord_7c1e90b2a4d8f365")),
  },
  {
    name: "the id that 45 lines have, by attribute",
    goalMs: 500,
    ask: () => search(all, eq("order.id", orderId)),
  },
  {
    name: "full text + histogram, an hour",
    goalMs: 500,
    ask: (n) => histogram(hour(n), text("failed")),
  },
  { name: "full text + histogram, a day", times: 5, ask: () => histogram(all, text("failed")) },
  {
    name: "regular expression, newest 100",
    ask: () => search(all, { op: "regex", field: "body", pattern: "status (5|4)\\d\\d" }),
  },
  {
    name: "services: rate, errors, p50, p95, p99, a day",
    ask: () => red(all, ["service"], eq("kind", "server")),
  },
  {
    name: "endpoints of a service, a day",
    ask: () =>
      red(
        all,
        ["http.request.method", "http.route"],
        and(eq("service", "orders"), eq("kind", "server")),
      ),
  },
  {
    name: "statements of a database, an hour",
    ask: (n) => red(hour(n), ["db.query.text"], eq("db.system.name", "postgresql")),
  },
  { name: "service map, a day", ask: () => reader.edges(all) },
  {
    name: "newest 20 traces with an error",
    ask: () => reader.traces({ ...all, filter: eq("status", "error"), limit: 20 }),
  },
  {
    name: "slowest 20 traces of an hour",
    times: 5,
    ask: (n) =>
      reader.traces({ ...hour(n), filter: { op: "all" }, limit: 20, orderBy: "duration" }),
  },
  { name: "fields", times: 5, ask: () => reader.fields("logs", all) },
  {
    name: "values of a field",
    times: 5,
    ask: () => reader.fieldValues("logs", "http.route", all, "/", 20),
  },
  {
    name: "SQL: lines by service and level, a day",
    times: 5,
    ask: () =>
      reader.sql("select service, level, count(*) from logs group by all", {
        rowsMax: 100,
        timeoutMs: 20_000,
      }),
  },
];

const at = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;

// The process of SQL holds no loop: without this, Node ends while its answer is awaited.
const hold = setInterval(() => undefined, 60_000);
const rows: string[] = [];
for (const { name, goalMs, times = 20, ask } of questions) {
  if (!name.includes(only)) continue;
  const tookMs: number[] = [];
  const cpuMs: number[] = [];
  let firstMs = 0;
  for (let n = 0; n <= (smoke ? 2 : times); n++) {
    const [startedMs, before] = [performance.now(), process.cpuUsage()];
    await ask(n);
    const ms = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(before);
    if (n === 0) firstMs = ms;
    else {
      tookMs.push(ms);
      cpuMs.push((user + system) / 1000);
    }
  }
  tookMs.sort((a, b) => a - b);
  cpuMs.sort((a, b) => a - b);
  const [p50, p95] = [at(tookMs, 0.5), at(tookMs, 0.95)];
  const goal = goalMs === undefined ? " " : ` ${goalMs} ${p95 <= goalMs ? "" : "**missed** "}`;
  const told = [firstMs, p50, p95, at(cpuMs, 0.5)].map((ms) => ms.toFixed(0));
  const row = `| ${name} |${goal}| ${told.join(" | ")} |`;
  rows.push(row);
  console.log(row);
}

clearInterval(hold);
const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
const figures = engine.figures();
const [load = 0] = loadavg();
const report = [
  "# Telemetry: queries",
  "",
  `${data.logs} log records and ${data.spans} spans of a small shop over a day, sealed in`,
  `${figures.segments} segments of ${mib(figures.bytes)} MiB; milliseconds of one question after`,
  `the other. *First*: the first time in this process. Machine: ${cpus().length} x`,
  `${cpus()[0]?.model ?? "?"}, load ${load.toFixed(1)} at the end, Node ${process.version};`,
  `*CPU*: processor time, which tells more than the clock where others use the machine;`,
  `memory of the queries 1 GiB, the process has ${mib(process.memoryUsage().rss)} MiB in the end.`,
  "",
  "| question | goal p95 | first | p50 | p95 | CPU p50 |",
  "| --- | ---: | ---: | ---: | ---: | ---: |",
  ...rows,
  "",
  "Run: `node --conditions=morning-source bench/telemetry-query.bench.ts`.",
  "",
].join("\n");
console.log(report);
if (!smoke && only === "") {
  writeFileSync(new URL("results/telemetry-query.md", import.meta.url), report);
}
await reader.close();
await engine.close();
await store.close();
if (kept === undefined) rmSync(folder, { recursive: true, force: true });
process.exit(0);
