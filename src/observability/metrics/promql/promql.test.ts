import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { memoryReader } from "../../testing/memory-reader.ts";
import { epochNs, point } from "../../testing/spans.ts";
import { evaluate } from "./evaluate.ts";
import type { PromqlLimits } from "./evaluate.ts";
import { formatValue } from "./literals.ts";
import { labelName, promName } from "./names.ts";
import { parsePromql } from "./parse.ts";
import { readerSource } from "./reader-source.ts";

const seed = Number(process.env["MORNING_SEED"] ?? 20_261_126);
const epochMs = Number(epochNs / 1_000_000n);

const held = {
  points: [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [
    point("http.server.requests", n * 15_000, n < 5 ? n * 30 : (n - 5) * 30, {
      kind: 1,
      monotonic: true,
      temporality: "cumulative",
      unit: "{request}",
      attributes: { "http.route": "/a", code: 200 },
    }),
    point("http.server.requests", n * 15_000, n * 10, {
      kind: 1,
      monotonic: true,
      temporality: "delta",
      unit: "{request}",
      attributes: { "http.route": "/b", code: 500 },
    }),
    point("memory", n * 15_000, 100 + n, { unit: "By", service: n % 2 === 0 ? "a" : "b" }),
    point("latency", n * 15_000, n, {
      kind: 2,
      temporality: "cumulative",
      unit: "s",
      count: BigInt(n * 10),
      distribution: { type: "explicit", bounds: [0.1, 0.5, 1], counts: [n * 5, n * 3, n, n] },
    }),
  ]),
};

async function at(text: string, seconds: number, limits: Partial<PromqlLimits> = {}) {
  const { value } = await evaluate({
    expr: parsePromql(text),
    startMs: epochMs + seconds * 1000,
    endMs: epochMs + seconds * 1000,
    stepMs: 0,
    source: readerSource(memoryReader(held)),
    clock: systemClock,
    limits,
  });
  if (value.type === "scalar") return value.values[0];
  if (value.type === "string") return value.text;
  return Object.fromEntries(
    value.columns.map(({ labels, values }) => [JSON.stringify(labels), values[0]]),
  );
}

describe("expressions over stored points", () => {
  it("find OTLP metrics under their Prometheus names", async () => {
    expect(await at('http_server_requests_total{code="200"}', 61)).toEqual({
      '{"http_route":"/a","code":"200","job":"shop","__name__":"http_server_requests_total"}': 120,
    });
    expect(await at("sum(memory_bytes) by (job)", 121)).toEqual({
      '{"job":"a"}': 108,
      '{"job":"b"}': 107,
    });
  });

  it("add up what came in deltas, and see a counter's reset", async () => {
    expect(await at('http_server_requests_total{http_route="/b"}', 61)).toMatchObject({
      '{"http_route":"/b","code":"500","job":"shop","__name__":"http_server_requests_total"}': 100,
    });
    expect(await at('resets(http_server_requests_total{http_route="/a"}[5m])', 121)).toEqual({
      '{"http_route":"/a","code":"200","job":"shop"}': 1,
    });
  });

  it("compute quantiles of histograms", async () => {
    const answer = await at(
      "histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[2m])))",
      121,
    );
    expect(Object.values(answer as object)[0]).toBeCloseTo(1, 9);
    expect(await at("latency_seconds_count", 121)).toMatchObject({
      '{"job":"shop","__name__":"latency_seconds_count"}': 80,
    });
  });

  it("look at windows that are open on the left", async () => {
    expect(await at("count_over_time(memory_bytes{job='a'}[30s])", 60)).toEqual({
      '{"job":"a"}': 1,
    });
    expect(await at("memory_bytes{job='a'}", 120 + 300)).toEqual({});
    expect(await at("1 + 2 * 3 ^ 2 ^ 0", 0)).toBe(7);
    expect(await at("-2 ^ 2", 0)).toBe(-4);
  });

  it("refuse what does not match one to one", async () => {
    await expect(at("memory_bytes + on() memory_bytes", 121)).rejects.toThrow(/many-to-many/);
    await expect(
      at("{__name__=~'memory_bytes|latency_seconds_sum'} * 2", 121),
    ).resolves.toBeDefined();
    await expect(at("rate({__name__=~'latency_seconds_(sum|count)'}[5m])", 121)).rejects.toThrow(
      /same labelset/,
    );
  });

  it("stay within limits", async () => {
    await expect(at("memory_bytes", 121, { samplesMax: 3 })).rejects.toThrow(/too many samples/);
    await expect(at("memory_bytes[1d:1s]", 121)).rejects.toThrow(/range vector/);
    await expect(at("max_over_time(memory_bytes[30d:1s])", 121)).rejects.toThrow(/steps/);
    await expect(at("memory_bytes", 121, { timeoutMs: -1 })).rejects.toThrow(/timed out/);
  });
});

describe("the parser", () => {
  it.each([
    ["rate(", /1:6: parse error/],
    ["{}", /non-empty matcher/],
    ["rate(foo)", /expected type range vector in call to function "rate", got instant vector/],
    ["foo[5m] + 1", /must contain only scalar and instant vector/],
    ["1 == 1", /BOOL/],
    ["foo and 1", /set operator/],
    ["sum(foo, bar, x)", /number of arguments/],
    ["nonsense(foo)", /parse error/],
    ["foo bar", /1:5: parse error/],
    ["foo[0s]", /greater than 0/],
    ["a + on(x) group_left(x) b", /ON and GROUP/],
    [`${"(".repeat(900)}1${")".repeat(900)}`, /too deep/],
  ])("refuses %s", (text, why) => {
    expect(() => parsePromql(text)).toThrow(why);
  });

  it("takes RE2 only", async () => {
    await expect(at("memory_bytes{a=~'('}", 1)).rejects.toThrow(/regexp/);
    await expect(at("memory_bytes{a=~'(?=x)'}", 1)).rejects.toThrow(/regexp/);
  });

  it(`never hangs or fails otherwise than by its own error, seed ${seed}`, () => {
    const words = fc.constantFrom(
      "foo",
      "rate",
      "(",
      ")",
      "{",
      "}",
      "[5m]",
      "5m",
      "1",
      '"a"',
      "=",
      "=~",
      "by",
      "sum",
      "+",
      "-",
      "^",
      "@",
      "offset",
      "on",
      ",",
      "start()",
      "[1h:5m]",
      "or",
      "bool",
      "\\",
      "訂",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 25 }), (list) => {
        try {
          parsePromql(list.join(" "));
        } catch (error) {
          expect(error).toMatchObject({ code: "MOR_PROMQL_INVALID" });
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});

describe("names", () => {
  it.each([
    [
      { name: "http.server.request.duration", unit: "s", kind: 2, monotonic: false },
      "http_server_request_duration_seconds",
    ],
    [{ name: "requests", unit: "{request}", kind: 1, monotonic: true }, "requests_total"],
    [{ name: "io_bytes_total", unit: "By", kind: 1, monotonic: true }, "io_bytes_total"],
    [{ name: "speed", unit: "m/s", kind: 0, monotonic: false }, "speed_meters_per_second"],
    [{ name: "cache.hits", unit: "1", kind: 0, monotonic: false }, "cache_hits_ratio"],
    [
      { name: "node_cpu_seconds_total", unit: "", kind: 1, monotonic: true },
      "node_cpu_seconds_total",
    ],
    [{ name: "queue.depth", unit: "{message}", kind: 1, monotonic: false }, "queue_depth"],
  ])("%j", (info, name) => {
    expect(promName(info)).toBe(name);
  });

  it("write labels and values as Prometheus does", () => {
    expect([labelName("http.route"), labelName("1st")]).toEqual(["http_route", "key_1st"]);
    expect(
      [1e21, 1.5e-7, -2.5e22, 0.1, Infinity, -Infinity, NaN].map((v) => formatValue(v)),
    ).toEqual([
      "1000000000000000000000",
      "0.00000015",
      "-25000000000000000000000",
      "0.1",
      "+Inf",
      "-Inf",
      "NaN",
    ]);
  });
});
