import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { seededRandom } from "../../../core/ids.ts";
import type { Random } from "../../../core/ids.ts";
import { openInline } from "../../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import type { Attributes, SpanRecord } from "../../signals/records.ts";
import { serviceOf } from "../../signals/records.ts";
import { edgesOf } from "../../topology/edges.ts";
import { openDuck, quoted } from "./duck.ts";
import type { Duck } from "./duck.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { batchOf, engineOptions, originOf, spanOf } from "./rig.contract.ts";
import type { SamplingPolicy } from "./sampling.ts";
import type { SegmentPart } from "./segment.ts";

const root = mkdtempSync(join(tmpdir(), "morning-rollups-"));
let folders = 0;
let duck: Duck;
beforeAll(async () => {
  duck = await openDuck({ temporary: join(root, "spill"), memoryMb: 512, threads: 1 });
});
afterAll(() => {
  duck.close();
  rmSync(root, { recursive: true, force: true });
});

const seed = Number(process.env["MORNING_SEED"] ?? process.pid);
const startMs = Date.UTC(2026, 0, 1);
const startNs = BigInt(startMs) * 1_000_000n;

const open = (sampling: SamplingPolicy, onSampled: (spans: number) => void = () => {}) =>
  openEngine(
    engineOptions(
      join(root, String(folders++)),
      openInline({ clock: systemClock }),
      simulatedClock(startMs),
      {
        sampling: () => sampling,
        onSampled,
      },
    ),
  );

async function rowsOf(
  engine: Engine,
  part: SegmentPart,
  select: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const view = engine.view();
  view.release();
  const paths = view.segments
    .filter(({ signal }) => signal === "spans")
    .map(({ files }) => quoted(files[part] ?? ""));
  return duck.rows(`${select} from read_parquet([${paths.join()}], union_by_name = true)`);
}

const peers: readonly Attributes[] = [
  {},
  { "db.system.name": "postgresql", "db.namespace": "shop" },
  { "db.system": "redis", "server.address": "cache.internal" },
  { "messaging.destination.name": "mails", "messaging.system": "aws_sqs" },
  { "messaging.system": "kafka" },
  { "messaging.destination.name": "o-7", "messaging.destination.template": "o-{id}" },
  { "morning.resource": "queue/welcome" },
  { "morning.resource": "table/orders" },
  { "morning.resource": "cache/carts", "db.system.name": "valkey" },
  { "gen_ai.request.model": "m-1", "gen_ai.system": "openai" },
  { "gen_ai.response.model": "m-2" },
  { "peer.service": "users" },
  { "peer.service": "legacy", "rpc.system": "grpc" },
  { "server.address": "api.stripe.com", "server.port": 443 },
  { "server.address": "api.example.org", "server.port": 8443, "rpc.system.name": "grpc" },
  { "net.peer.name": "old.example.org", "net.peer.port": 80 },
];

/** Traces at random: trees over four services, any kinds, some parents missing. */
function randomSpans(random: Random, traces: number): SpanRecord[] {
  const below = (count: number): number => Math.floor(random.next() * count);
  const id = (bytes: number): string =>
    Buffer.from(random.fill(new Uint8Array(bytes))).toString("hex");
  const services = ["gateway", "users", "orders", "legacy"].map(originOf);
  const spans: SpanRecord[] = [];
  for (let trace = 0; trace < traces; trace++) {
    const traceId = id(16);
    const ids: string[] = [];
    for (let count = 1 + below(8); count > 0; count--) {
      const spanId = id(8);
      const orphan = random.next() < 0.1;
      const parentSpanId = ids.length === 0 ? "" : orphan ? id(8) : (ids[below(ids.length)] ?? "");
      ids.push(spanId);
      spans.push(
        spanOf({
          origin: services[below(4)] ?? originOf("x"),
          traceId,
          spanId,
          parentSpanId,
          name: `op-${below(3)}`,
          kind: below(6),
          startNs: startNs + BigInt(below(180_000)) * 1_000_000n,
          durationNs: random.next() < 0.05 ? 0n : BigInt(below(1e9)),
          status: below(10) === 0 ? 2 : below(2),
          weight: random.next() < 0.2 ? 4 : 1,
          attributes: { ...peers[below(peers.length)], [`noise.${below(500)}`]: "x" },
        }),
      );
    }
  }
  return spans;
}

const edgeKey = (edge: Readonly<Record<string, unknown>>): string =>
  `${String(edge["from"])} -> ${String(edge["to"])} ${String(edge["type"])}`;

describe("rollups of spans", () => {
  it("have the edges of the reference, whichever seal brings parent and child", async () => {
    process.stdout.write(`rollups: seed ${seed}\n`);
    const random = seededRandom(seed);
    const spans = randomSpans(random, 300);
    const engine = await open({ share: 1, keepErrors: true });
    await engine.write(batchOf([], spans));
    await engine.seal();
    const grouped = await edgesIn(engine);
    const wanted = edgesOf(spans).map((edge) => ({ key: edgeKey({ ...edge }), ...edge }));
    expect(grouped.map(({ key, calls, errors }) => [key, calls, errors])).toEqual(
      wanted
        .map(({ key, calls, errors }) => [key, calls, errors])
        .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    );
    await engine.close();
    // The same spans in two seals: only rule C may count a call whose child comes later once more.
    const split = await open({ share: 1, keepErrors: true });
    const half = spans.filter((_, index) => index % 2 === 0);
    await split.write(batchOf([], half));
    await split.seal();
    await split.write(
      batchOf(
        [],
        spans.filter((_, index) => index % 2 === 1),
      ),
    );
    await split.seal();
    const calls = new Map((await edgesIn(split)).map((edge) => [edge.key, edge.calls]));
    for (const edge of wanted) {
      const exact = !edge.to.startsWith("external/") && edge.to !== "service/legacy";
      if (exact && edge.to !== "service/users") expect(calls.get(edge.key)).toBe(edge.calls);
      expect(calls.get(edge.key)).toBeGreaterThanOrEqual(edge.calls);
    }
    await split.close();
  });

  it("count every span once, by minute, with its sum and its bucket", async () => {
    const spans = randomSpans(seededRandom(seed + 1), 200);
    const engine = await open({ share: 1, keepErrors: true });
    await engine.write(batchOf([], spans));
    await engine.seal();
    const rows = await rowsOf(engine, "red", "select *");
    const total = spans.reduce((sum, span) => sum + span.weight, 0);
    expect(rows.reduce((sum, row) => sum + Number(row["calls"]), 0)).toBe(total);
    for (const service of ["gateway", "users"]) {
      for (const status of [0, 1, 2]) {
        const own = spans.filter((s) => serviceOf(s.origin) === service && s.status === status);
        const counted = rows.filter((r) => r["service"] === service && r["status"] === status);
        const wanted = own.reduce((sum, span) => sum + Number(span.durationNs) * span.weight, 0);
        const found = counted.reduce((sum, row) => sum + Number(row["sum_ns"]), 0);
        expect(found).toBeCloseTo(wanted, -3);
        for (const { durationNs } of own) {
          const ms = Number(durationNs) / 1e6;
          const bucket = ms > 0 ? Math.ceil(Math.log(ms) / Math.log(1.02)) : -100_000;
          expect(counted.some((row) => row["bucket"] === bucket)).toBe(true);
        }
      }
    }
    expect(new Set(rows.map((row) => Number(row["minute"])))).toEqual(
      new Set([0, 1, 2].map((minute) => startMs + minute * 60_000)),
    );
    await engine.close();
  });
});

/** An engine's edges over all time. */
async function edgesIn(
  engine: Engine,
): Promise<readonly { key: string; calls: number; errors: number }[]> {
  const rows = await rowsOf(
    engine,
    "edges",
    `select from_node as "from", to_node as "to", type, calls, errors`,
  );
  const byKey = new Map<string, { key: string; calls: number; errors: number }>();
  for (const row of rows) {
    const key = edgeKey(row);
    const edge = byKey.get(key) ?? { key, calls: 0, errors: 0 };
    edge.calls += Number(row["calls"]);
    edge.errors += Number(row["errors"]);
    byKey.set(key, edge);
  }
  return [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

describe("tail sampling", () => {
  const policy: SamplingPolicy = {
    share: 0.2,
    services: { legacy: 0.5 },
    keepErrors: true,
    slowerThanMs: 990,
    rareMax: 2,
  };

  it("keeps whole traces, errors and slow ones, and counts that stay honest", async () => {
    const spans = randomSpans(seededRandom(seed + 2), 3000);
    let leftOut = 0;
    const engine = await open(policy, (count) => {
      leftOut += count;
    });
    await engine.write(batchOf([], spans));
    await engine.seal();
    const rows = await rowsOf(
      engine,
      "data",
      "select replace(trace_id::varchar, '-', '') as trace, lower(hex(span_id)) as span, weight",
    );
    expect(rows.length + leftOut).toBe(spans.length);
    expect(leftOut).toBeGreaterThan(spans.length / 4);
    const weights = new Map(rows.map((row) => [String(row["span"]), Number(row["weight"])]));
    const byTrace = Map.groupBy(spans, (span) => span.traceId);
    for (const trace of byTrace.values()) {
      const factors = trace.map((span) => (weights.get(span.spanId) ?? 0) / span.weight);
      expect(new Set(factors).size).toBe(1);
      const marked = trace.some((s) => s.status === 2 || s.durationNs >= 990_000_000n);
      const legacy = trace.some((span) => serviceOf(span.origin) === "legacy");
      if (marked) expect(factors[0]).toBe(1);
      else expect([0, legacy ? 2 : 5, 1]).toContain(factors[0]);
    }
    // What is counted by weight is what was there, within the noise of a sample of this size.
    const total = spans.reduce((sum, span) => sum + span.weight, 0);
    const estimate = rows.reduce((sum, row) => sum + Number(row["weight"]), 0);
    expect(Math.abs(estimate / total - 1), `seed ${seed}`).toBeLessThan(0.12);
    const red = await rowsOf(engine, "red", "select calls");
    expect(red.reduce((sum, row) => sum + Number(row["calls"]), 0)).toBe(total);
    await engine.close();
  });

  it("decides late spans of a trace as those before", async () => {
    const random = seededRandom(seed + 3);
    const traces = Array.from({ length: 200 }, (_, i) => i.toString(16).padStart(32, "0"));
    const part = (suffix: string, failed: boolean): SpanRecord[] =>
      traces.map((traceId, index) =>
        spanOf({
          traceId,
          spanId: (index + 1).toString(16).padStart(14, "0") + suffix,
          startNs,
          status: failed && index < 20 ? 2 : 0,
          durationNs: BigInt(1 + Math.floor(random.next() * 1e6)),
        }),
      );
    const engine = await open({ share: 0.3, keepErrors: true });
    for (const [suffix, failed] of [
      ["0a", true],
      ["0b", false],
      ["0c", false],
    ] as const) {
      await engine.write(batchOf([], part(suffix, failed)));
      await engine.seal();
    }
    const rows = await rowsOf(
      engine,
      "data",
      "select trace_id::varchar as trace, weight, lower(hex(span_id)) as span",
    );
    const byTrace = Map.groupBy(rows, (row) => String(row["trace"]));
    for (const kept of byTrace.values()) {
      expect(kept).toHaveLength(3);
      expect(new Set(kept.map((row) => row["weight"])).size).toBe(1);
    }
    expect(byTrace.size).toBeGreaterThan(40);
    expect(byTrace.size).toBeLessThan(130);
    await engine.close();
  });
});
