import { describe, expect, it } from "vitest";
import { seededRandom } from "../../core/ids.ts";
import type { Range } from "../signals/store.ts";
import { memoryReader } from "../testing/memory-reader.ts";
import { epochNs, point, span } from "../testing/spans.ts";
import { readBusiness } from "./apm-business.ts";
import { readRedChanges } from "./apm-compare.ts";
import { correlate, pearson, spearman } from "./apm-correlate.ts";
import { readDeploys } from "./apm-deploys.ts";
import { readExemplars } from "./apm-exemplars.ts";
import { readRed, readRedSeries } from "./apm-red.ts";
import { readSlowQueries } from "./apm-slow-queries.ts";

const seed = Number(process.env["MORNING_SEED"] ?? 20_261_126);
const minuteNs = 60_000_000_000n;
const minute: Range = { fromNs: epochNs, toNs: epochNs + minuteNs };

const requests = (
  many: number,
  from: number,
  make: (at: number) => Partial<Parameters<typeof span>[0]>,
) =>
  Array.from({ length: many }, (_, at) =>
    span({ id: (from + at).toString(16), kind: 2, name: "GET /a", ms: 100, atMs: at, ...make(at) }),
  );

describe("rate, errors and duration", () => {
  const spans = [
    ...requests(100, 0, (at) => ({ ms: at < 80 ? 100 : at < 90 ? 1000 : 5000 })),
    ...requests(50, 1000, (at) => ({
      service: "slow",
      name: "GET /b",
      ms: 1500,
      status: at < 5 ? 2 : 0,
    })),
    span({
      id: "f1",
      kind: 3,
      service: "slow",
      name: "SELECT",
      ms: 7,
      attributes: { "db.system.name": "postgresql", "server.address": "db" },
    }),
    span({
      id: "f2",
      kind: 3,
      service: "slow",
      name: "POST",
      ms: 30,
      attributes: { "server.address": "pay.example" },
    }),
    span({
      id: "f3",
      kind: 5,
      service: "slow",
      name: "mail process",
      ms: 3,
      attributes: { "messaging.destination.name": "mail" },
    }),
  ];
  const reader = memoryReader({ spans });

  it("are told by service, with an Apdex of its own T", async () => {
    const { rows } = await readRed(reader, {
      ...minute,
      subject: "service",
      apdexMs: new Map([["slow", 2000]]),
    });
    const shop = rows.find(({ service }) => service === "shop");
    expect(shop).toMatchObject({ calls: 100, errors: 0, apdexMs: 500 });
    // 80 satisfied, 10 tolerating.
    expect(shop?.apdex).toBeCloseTo(0.85, 9);
    expect(Math.abs((shop?.p50Ms ?? 0) - 100)).toBeLessThanOrEqual(1);
    const slow = rows.find(({ service }) => service === "slow");
    expect(slow).toMatchObject({ calls: 51, errors: 5 });
    expect(slow?.apdex).toBeCloseTo(46 / 51, 9);
  });

  it.each([
    ["endpoint", ["GET /a", "GET /b"]],
    ["query", ["SELECT"]],
    ["external", ["pay.example"]],
    ["queue", ["mail"]],
  ] as const)("are told by %s", async (subject, names) => {
    const { rows } = await readRed(reader, { ...minute, subject });
    expect(rows.map(({ name }) => name)).toEqual(names);
  });

  it("are told over time, and count what sampling left out", async () => {
    const weighted = memoryReader({ spans: spans.map((one) => ({ ...one, weight: 4 })) });
    const points = await readRedSeries(weighted, {
      ...minute,
      subject: "endpoint",
      service: "shop",
      stepMs: 50,
    });
    expect(points.map(({ calls }) => calls)).toEqual([200, 200]);
    expect(points[0]?.callsPerSecond).toBe(4000);
  });

  it("stand beside the period before", async () => {
    const now = requests(100, 0, (at) => ({ atMs: 60_000 + at, ms: 300, status: at < 30 ? 2 : 0 }));
    const before = requests(100, 1000, (at) => ({ ms: 100, status: at < 2 ? 2 : 0 }));
    const gone = requests(5, 2000, () => ({ name: "GET /gone" }));
    const answer = await readRedChanges(memoryReader({ spans: [...now, ...before, ...gone] }), {
      fromNs: epochNs + minuteNs,
      toNs: epochNs + 2n * minuteNs,
      subject: "endpoint",
    });
    expect(answer.rows).toMatchObject([
      { name: "GET /a", rateRatio: 1, errorsDiffer: true, before: { errors: 2 } },
    ]);
    expect(answer.rows[0]?.p95Ratio).toBeCloseTo(3, 1);
    expect(answer.gone.map(({ name }) => name)).toEqual(["GET /gone"]);
  });

  it("have exemplars: the slowest spans of the slowest buckets", async () => {
    const found = await readExemplars(reader, {
      ...minute,
      filter: { op: "eq", field: "service", value: "shop" },
      stepMs: 50,
      each: 1,
    });
    expect(found.map(({ durationMs }) => durationMs)).toEqual([100, 5000]);
  });
});

describe("deploy markers", () => {
  it("stand at the first sight of a version, not at what ran before the range", async () => {
    const at = (id: number, version: string, minutes: number) =>
      span({
        id: id.toString(16),
        resource: { "service.version": version },
        atMs: minutes * 60_000,
      });
    const spans = [at(1, "1", 0), at(2, "1", 90), at(3, "2", 95), at(4, "1", 96), at(5, "3", 100)];
    const markers = await readDeploys(
      memoryReader({ spans }),
      { fromNs: epochNs + 80n * minuteNs, toNs: epochNs + 110n * minuteNs },
      7_200_000,
    );
    expect(markers.map(({ version, previous }) => [version, previous])).toEqual([
      ["2", "1"],
      ["3", "1"],
    ]);
    expect(markers[0]?.atMs).toBe(Number(epochNs / 1_000_000n) + 95 * 60_000);
  });
});

describe("slow queries", () => {
  it("fold what differs in literals only", async () => {
    const spans = Array.from({ length: 20 }, (_, at) =>
      span({
        id: at.toString(16),
        kind: 3,
        ms: at + 1,
        attributes: {
          "db.system.name": "postgresql",
          "db.query.text": `select * from orders where id = ${at} and name = 'n${at}'`,
        },
      }),
    );
    const [first, ...rest] = await readSlowQueries(memoryReader({ spans }), minute);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      statement: "select * from orders where id = ? and name = ?",
      calls: 20,
      totalMs: 210,
      averageMs: 10.5,
      maxMs: 20,
    });
  });
});

describe(`correlation, seed ${seed}`, () => {
  const random = seededRandom(seed);
  const noise = (many: number): number[] => Array.from({ length: many }, () => random.next());
  const walk = (many: number): number[] => {
    let at = 0;
    return Array.from({ length: many }, () => (at += random.next() - 0.5));
  };

  it("finds the lag at which orders follow latency", () => {
    const latency = noise(80);
    const orders = latency.map((_, at) => 10 - 8 * (latency[at - 3] ?? 0.5) + random.next());
    const [found] = correlate(
      { name: "orders", values: orders },
      [{ name: "latency", values: latency }],
      60_000,
    );
    expect(found).toMatchObject({
      name: "latency",
      lagSteps: 3,
      lagMs: 180_000,
      significant: true,
    });
    expect(found?.pearson).toBeLessThan(-0.8);
    expect(found?.spearman).toBeLessThan(-0.8);
  });

  it("claims nothing of noise, of walks that only drift, or of few points", () => {
    let claims = 0;
    for (let round = 0; round < 60; round++) {
      const drifting = correlate(
        { name: "a", values: walk(60) },
        [{ name: "b", values: walk(60) }],
        1000,
      );
      const plain = correlate(
        { name: "a", values: noise(60) },
        [{ name: "b", values: noise(60) }],
        1000,
      );
      claims += Number(drifting[0]?.significant) + Number(plain[0]?.significant);
    }
    expect(claims).toBeLessThanOrEqual(12);
    const few = [1, 2, 3, 4, 5, 6, 7, 8];
    expect(
      correlate({ name: "a", values: few }, [{ name: "b", values: few }], 1000)[0],
    ).toMatchObject({ significant: false });
  });

  it("agrees with known coefficients", () => {
    const [x, y] = [
      [1, 2, 3, 4, 5],
      [2, 4, 5, 4, 5],
    ];
    expect(pearson(x, y)).toBeCloseTo(0.774597, 6);
    expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.820783, 6);
  });
});

describe("business metrics", () => {
  it("stand on the axis of latency and errors, and add up exactly", async () => {
    const counter = { kind: 1, monotonic: true, temporality: "cumulative" } as const;
    const random = seededRandom(seed);
    let orders = 500;
    let visits = 9000;
    const points = [
      point("orders", -5000, orders, counter),
      point("visits", -5000, visits, counter),
    ];
    const spans: ReturnType<typeof span>[] = [];
    for (let step = 0; step < 40; step++) {
      const ms = 100 + random.next() * 900;
      orders += Math.round(30 - ms / 50);
      visits += 100;
      points.push(
        point("orders", step * 10_000 + 9000, orders, counter),
        point("visits", step * 10_000 + 9000, visits, counter),
      );
      for (let n = 0; n < 5; n++)
        spans.push(
          span({ id: (step * 10 + n).toString(16), kind: 2, atMs: step * 10_000 + n, ms }),
        );
    }
    const view = await readBusiness(memoryReader({ points, spans }), {
      fromNs: epochNs,
      toNs: epochNs + 400_000_000_000n,
      stepMs: 10_000,
      metrics: [
        { name: "orders", type: "counter", unit: "{order}" },
        { name: "conversion", type: "ratio", unit: "1", ratio: { of: "orders", over: "visits" } },
      ],
    });
    const [first, ratio] = view.metrics;
    expect(first?.values.reduce((sum, value) => sum + value, 0)).toBe(orders - 500);
    expect(ratio?.values[3]).toBeCloseTo((first?.values[3] ?? 0) / 100, 9);
    expect(view.latencyP95Ms.length).toBe(40);
    expect(view.correlations[0]?.with[0]).toMatchObject({
      name: "latency-p95",
      lagSteps: 0,
      significant: true,
    });
  });
});
