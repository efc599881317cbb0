import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../core/ids.ts";
import type { SpanRecord } from "../signals/records.ts";
import { epochNs, span } from "../testing/spans.ts";
import { analyseTrace } from "./analyse.ts";
import { TraceAnalysisAnswer } from "./answers.ts";

const seed = Number(process.env["MORNING_SEED"] ?? 20_261_126);

const shop = [
  span({ id: "a", service: "gateway", kind: 2, ms: 100, status: 2 }),
  span({ id: "b", parent: "a", service: "gateway", kind: 3, atMs: 10, ms: 80, status: 2 }),
  span({
    id: "c",
    parent: "b",
    service: "orders",
    kind: 2,
    atMs: 15,
    ms: 70,
    status: 2,
    statusMessage: "no stock",
  }),
  span({
    id: "d",
    parent: "c",
    service: "orders",
    kind: 3,
    atMs: 20,
    ms: 30,
    attributes: { "db.system.name": "sqlite" },
  }),
  span({
    id: "e",
    parent: "c",
    service: "orders",
    kind: 3,
    atMs: 25,
    ms: 10,
    attributes: { "db.system.name": "sqlite" },
  }),
  span({
    id: "f",
    parent: "c",
    service: "orders",
    kind: 4,
    atMs: 60,
    ms: 5,
    attributes: { "messaging.destination.name": "mail" },
  }),
  span({
    id: "9",
    parent: "f",
    service: "mail",
    kind: 5,
    atMs: 165,
    ms: 50,
    attributes: { "messaging.destination.name": "mail" },
  }),
];

const by = (spans: readonly SpanRecord[]) => {
  const analysis = analyseTrace(spans);
  const of = (id: string) => analysis.spans.find((one) => one.spanId === id.padStart(16, "0"));
  return { analysis, of };
};

describe("a trace", () => {
  it("shows what the answer waited for, end to end", () => {
    const { analysis, of } = by(shop);
    const path = analysis.criticalPath.map((s) => [s.spanId.slice(-1), s.fromMs, s.toMs]);
    expect(path).toEqual([
      ["a", 0, 10],
      ["b", 10, 15],
      ["c", 15, 20],
      ["d", 20, 50],
      ["c", 50, 60],
      ["f", 60, 65],
      ["c", 65, 85],
      ["b", 85, 90],
      ["a", 90, 100],
    ]);
    expect(of("e")?.onCriticalPath).toBe(false);
    expect(of("9")?.onCriticalPath).toBe(false);
    expect(of("c")?.selfMs).toBe(35);
  });

  it("tells where the time went, with the wait in the queue", () => {
    const { analysis, of } = by(shop);
    const category = (key: string) => analysis.byCategory.find((part) => part.key === key);
    expect(of("9")?.queueWaitMs).toBe(100);
    expect(category("queue-wait")?.selfMs).toBe(100);
    expect(category("db")).toMatchObject({ spans: 2, criticalMs: 30 });
    expect(analysis.byService.map(({ key, criticalMs }) => [key, criticalMs])).toEqual([
      ["orders", 70],
      ["gateway", 30],
      ["mail", 0],
    ]);
  });

  it("tells where an error began and that it reached the caller", () => {
    const { analysis, of } = by(shop);
    expect(analysis.errors).toMatchObject([
      { service: "orders", message: "no stock", reachedRoot: true, path: { length: 3 } },
    ]);
    expect([of("a")?.error, of("b")?.error, of("c")?.error]).toEqual([
      "propagated",
      "propagated",
      "origin",
    ]);
  });

  it("puts a placeholder where a parent was not received", () => {
    const { analysis, of } = by(shop.filter(({ spanId }) => !spanId.endsWith("c")));
    expect(of("c")).toMatchObject({ missing: true, startMs: 20, durationMs: 45, depth: 0 });
    expect(analysis.counts).toMatchObject({ spans: 6, missing: 1, orphans: 3 });
    expect(of("d")?.depth).toBe(1);
    expect(analysis.rootSpanId.endsWith("a")).toBe(true);
  });

  it("puts a clock right with all that ran on it, and leaves consumers alone", () => {
    const off = shop.map((one) =>
      one.origin.resource["service.name"] === "orders"
        ? { ...one, startNs: one.startNs - 5_000_000_000n }
        : one,
    );
    const { analysis, of } = by(off);
    expect(of("c")).toMatchObject({ skewMs: 5000 });
    expect((of("c")?.startMs ?? 0) - (of("b")?.startMs ?? 0)).toBe(5);
    expect((of("d")?.startMs ?? 0) - (of("c")?.startMs ?? 0)).toBe(5);
    expect(analysis.counts.skewed).toBe(4);
    expect(of("9")?.skewMs).toBeUndefined();
    expect(by(shop).analysis.counts.skewed).toBe(0);
  });

  it("takes spans received twice once, and two ends of one id as caller and callee", () => {
    const shared = [
      span({ id: "a", service: "web", kind: 3, ms: 10 }),
      span({ id: "a", service: "api", kind: 2, atMs: 2, ms: 6 }),
      span({ id: "b", parent: "a", service: "api", atMs: 3, ms: 1 }),
    ];
    const { analysis } = by([...shared, ...shared]);
    expect(analysis.spans.map(({ service, depth }) => [service, depth])).toEqual([
      ["web", 0],
      ["api", 1],
      ["api", 2],
    ]);
    expect(analysis.counts.duplicates).toBe(3);
  });

  it("survives spans that are their own ancestors", () => {
    const ring = [
      span({ id: "a", parent: "b" }),
      span({ id: "b", parent: "a", atMs: 1 }),
      span({ id: "c", parent: "c" }),
    ];
    const { analysis } = by(ring);
    expect(analysis.spans.length).toBe(3);
    expect(analysis.counts.cycles).toBe(2);
  });

  it("has an empty answer of nothing", () => {
    expect(analyseTrace([])).toMatchObject({ durationMs: 0, spans: [], rootSpanId: "" });
  });

  it("fits the answer that the API declares", () => {
    expect(TraceAnalysisAnswer.parse(analyseTrace(shop)).spans.length).toBe(7);
  });
});

/** A random trace: parents among the earlier spans, or lost. */
function randomTrace(many: number, from: number): SpanRecord[] {
  const random = seededRandom(from);
  const pick = (below: number): number => Math.floor(random.next() * below);
  return Array.from({ length: many }, (_, at) =>
    span({
      id: (at + 1).toString(16),
      parent: at === 0 ? "" : (pick(at) + 1).toString(16),
      service: `s${pick(5)}`,
      kind: 1 + pick(5),
      atMs: random.next() * 1000,
      ms: random.next() * 300,
      status: pick(10) === 0 ? 2 : 0,
    }),
  ).filter((_, at) => at === 0 || random.next() > 0.1);
}

describe(`any trace, seed ${seed}`, () => {
  it("keeps every span, below its parent, with a critical path that adds up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer(), (many, from) => {
        const spans = randomTrace(many, from);
        const analysis = analyseTrace(spans);
        expect(analysis.counts.spans).toBe(spans.length);
        const seen = new Set<string>();
        for (const one of analysis.spans) {
          if (one.depth > 0) expect(seen.has(one.parentSpanId)).toBe(true);
          seen.add(one.spanId);
        }
        const root = analysis.spans.find(({ spanId }) => spanId === analysis.rootSpanId);
        const path = analysis.criticalPath.reduce((sum, s) => sum + s.toMs - s.fromMs, 0);
        expect(path).toBeCloseTo(root?.durationMs ?? 0, 6);
        for (const [at, section] of analysis.criticalPath.entries()) {
          if (at > 0)
            expect(section.fromMs).toBeCloseTo(analysis.criticalPath[at - 1]?.toMs ?? 0, 6);
        }
      }),
      { seed, numRuns: 150 },
    );
  });

  it("is analysed in time linear in its spans, however deep", () => {
    const chain = Array.from({ length: 50_000 }, (_, at) =>
      span({
        id: (at + 1).toString(16),
        parent: at === 0 ? "" : at.toString(16),
        atMs: at / 100,
        ms: 1000 - at / 50,
      }),
    );
    const analysis = analyseTrace(chain);
    expect(analysis.counts.depth).toBe(50_000);
    const wide = randomTrace(10_000, seed);
    const startMs = performance.now();
    analyseTrace(wide);
    // 100 ms on an idle machine; the bound leaves room for a busy one.
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(epochNs).toBeGreaterThan(0n);
  });
});
