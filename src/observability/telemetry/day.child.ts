/**
 * A process that takes in telemetry as a platform does, on a clock that it moves on itself, and
 * prints its memory: OTLP requests, redaction, patterns, seals each minute, merges, retention of an
 * hour, and questions. Arguments: folder, minutes to live, minutes between two figures, seed.
 */
import { join } from "node:path";
import { setTimeout as realTime } from "node:timers/promises";
import { makeIds, seededRandom } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { openGroups } from "../errors/groups.ts";
import { openPatternBook } from "../logs/pattern-book.ts";
import { openCollector } from "./collector.ts";
import { openEmbedded } from "./embedded/open.ts";
import { settingsOf } from "./settings.ts";

const [folder = "", minutes = "10", every = "5", seed = "1"] = process.argv.slice(2);
const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error("start with --expose-gc");

const clock = simulatedClock(Date.UTC(2026, 0, 1));
const random = seededRandom(Number(seed));
const ids = makeIds(clock, random);
const log = makeLog(({ level, message, fields }) => {
  if (level === "error") throw new Error(`${message} ${JSON.stringify(fields)}`);
});
// In this thread: a thread of its own has a heap that this process can neither collect nor weigh.
const store = openInline({ path: join(folder, "state.db"), clock });
const hour = 1 / 24;
const settings = settingsOf({
  retentionDays: { logs: hour, spans: hour, points: hour, errors: hour },
  sampling: { share: 0.5, keepErrors: true },
  queryMemoryMb: 128,
});
const embedded = await openEmbedded({
  setup: {
    engine: "embedded",
    app: "soak",
    environment: "soak",
    folder: join(folder, "telemetry"),
    hostname: "127.0.0.1",
    ports: {},
    options: {},
  },
  settings,
  store,
  blobs: undefined,
  clock,
  ids,
  log,
});
const groups = await openGroups(store, clock);
const patterns = await openPatternBook(store, clock);
const collector = await openCollector({
  settings,
  folder: join(folder, "telemetry"),
  hostname: "127.0.0.1",
  ports: {},
  clock,
  random,
  log,
  writer: embedded,
  ledger: {
    learn: (found) => patterns.learn(found),
    merge: (merged) => patterns.merge(merged),
    loadMiner: () => patterns.load(),
    saveMiner: (state) => patterns.save(state),
    seen: async (sightings) => void (await groups.seen(sightings)),
  },
  door: { authorize: async () => "soak" },
  tap: { tailed: async () => {} },
});

const texts = [
  (id: string) => `order ${id} placed by user_${id.slice(0, 5)}@example.com`,
  (id: string) => `payment of order ${id} declined: insufficient funds`,
  (id: string) => `訂單 ${id} 付款失敗,餘額不足`,
  (id: string) => `GET /orders/${id} 200 in ${id.length * 7} ms`,
];
const nanos = (minute: number, at: number): string =>
  String(
    (BigInt(Date.UTC(2026, 0, 1)) + BigInt(minute) * 60_000n + BigInt(at) * 100n) * 1_000_000n,
  );
const attribute = (key: string, value: string): object => ({ key, value: { stringValue: value } });

function logsOf(minute: number, service: string): object {
  const logRecords = Array.from({ length: 150 }, (_, at) => {
    const id = ids.hex(8);
    return {
      timeUnixNano: nanos(minute, at),
      severityNumber: at % 20 === 0 ? 17 : 9,
      body: { stringValue: texts[at % texts.length]?.(id) },
      traceId: ids.hex(16),
      attributes: [
        attribute("order.id", id),
        ...(at % 50 === 0
          ? [
              attribute("exception.type", "PaymentError"),
              attribute("exception.message", `order ${id}`),
              attribute("exception.stacktrace", "PaymentError\n    at pay (src/pay.ts:10:3)"),
            ]
          : []),
      ],
    };
  });
  return { resourceLogs: [{ resource: resourceOf(service), scopeLogs: [{ logRecords }] }] };
}

const resourceOf = (service: string): object => ({
  attributes: [attribute("service.name", service), attribute("service.version", "1")],
});

function spansOf(minute: number, service: string): object {
  const spans = Array.from({ length: 150 }, (_, at) => ({
    traceId: ids.hex(16),
    spanId: ids.hex(8),
    name: `GET /orders/${at % 9}`,
    kind: 2,
    startTimeUnixNano: nanos(minute, at),
    endTimeUnixNano: nanos(minute, at + 1 + (at % 40)),
    status: { code: at % 30 === 0 ? 2 : 0 },
    attributes: [attribute("http.route", `/orders/${at % 9}`), attribute("user.id", ids.hex(6))],
  }));
  return { resourceSpans: [{ resource: resourceOf(service), scopeSpans: [{ spans }] }] };
}

async function send(path: string, body: object): Promise<void> {
  const { status } = await collector.ingest({
    method: "POST",
    path,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(body)),
    client: "soak",
  });
  if (status !== 200) throw new Error(`${path} answered ${status}`);
}

/** Waits until what the clock set off is done: everything sealed. */
async function sealed(): Promise<void> {
  for (let tries = 0; (await embedded.figures()).unsealedSinceMs !== null; tries++) {
    if (tries > 6000) throw new Error("nothing was sealed within a minute");
    await realTime(10);
  }
}

async function ask(minute: number): Promise<void> {
  const toNs = BigInt(nanos(minute + 1, 0));
  const range = { fromNs: toNs - 3_600_000_000_000n, toNs };
  const filter = { op: "text", text: "declined" } as const;
  const { records } = await embedded.searchLogs({ ...range, filter, limit: 100 });
  if (records.length === 0) throw new Error("a search found nothing");
  await embedded.trace(records[0]?.record.traceId ?? "");
  await embedded.traces({ ...range, filter: { op: "all" }, limit: 20 });
  await embedded.edges(range);
}

for (let minute = 0; minute < Number(minutes); minute++) {
  for (const service of ["gateway", "orders", "payments"]) {
    await send("/v1/logs", logsOf(minute, service));
    await send("/v1/traces", spansOf(minute, service));
  }
  clock.advance(60_000);
  await sealed();
  if ((minute + 1) % Number(every) !== 0) continue;
  await ask(minute);
  collect();
  await realTime(50);
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { records, segments, bytes } = await embedded.figures();
  const mib = (size: number): number => Math.round(size / 2 ** 20);
  const memory = { rssMib: mib(rss), heapMib: mib(heapUsed), externalMib: mib(external) };
  const held = { logs: records.logs, spans: records.spans, segments, diskMib: mib(bytes) };
  process.stdout.write(`${JSON.stringify({ minute: minute + 1, ...memory, ...held })}\n`);
}
await collector.close();
await embedded.close();
await store.close();
