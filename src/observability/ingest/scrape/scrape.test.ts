import { metrics as metricsApi } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { foreignStage } from "../compat/stage.contract.ts";
import { readExposition } from "./exposition.ts";
import { scrapeOnce } from "./scrape.ts";

const open = "application/openmetrics-text; version=1.0.0";
const trace = "0af7651916cd43dd8448eb211c80319c";

describe("the exposition", () => {
  it("is read in its older form", () => {
    const text = [
      "# HELP http_total Requests,\\nall.",
      "# TYPE http_total counter",
      String.raw`http_total{path="/a\"b\\c\n",code="200",} 3 1700000000123`,
      "heat{} -Inf",
      "plain 1e3",
      "",
    ].join("\n");
    const { samples, broken } = readExposition(text, "text/plain");
    expect(broken).toEqual([]);
    expect(samples).toMatchObject([
      {
        type: "counter",
        help: "Requests,\nall.",
        labels: { path: '/a"b\\c\n', code: "200" },
        value: 3,
        timeMs: 1_700_000_000_123,
      },
      { name: "heat", value: -Infinity, type: "unknown" },
      { name: "plain", value: 1_000 },
    ]);
  });

  it("is read as OpenMetrics, with exemplars and units, to its end", () => {
    const text = [
      "# TYPE wait_seconds histogram",
      "# UNIT wait_seconds seconds",
      `wait_seconds_bucket{le="1.0"} 7 170.5 # {trace_id="${trace}"} 0.7 169.25`,
      "# EOF",
      "after 1",
    ].join("\n");
    expect(readExposition(text, open).samples).toMatchObject([
      {
        type: "histogram",
        unit: "seconds",
        timeMs: 170_500,
        exemplar: { labels: { trace_id: trace }, value: 0.7, timeMs: 169_250 },
      },
    ]);
  });

  it("counts the lines that it cannot read, and has limits", () => {
    const wrong = ["a", "1 1", 'a{b="1" 1', 'a{b="1",b="2"} 1', "a x", "a 1 y", "a 1 2 3"];
    const many = `a{${Array.from({ length: 70 }, (_, i) => `l${i}="1"`).join()}} 1`;
    const { samples, broken } = readExposition([...wrong, many, "b 1"].join("\n"), "");
    expect(samples.map(({ name }) => name)).toEqual(["b"]);
    expect(broken).toHaveLength(wrong.length + 1);
    expect(() => readExposition("a 1\n".repeat(50_001), "")).toThrow(/samples/);
  });
});

describe("scraping", () => {
  it("takes what OpenTelemetry's exporter exposes, and says that it is up", async () => {
    const stage = await foreignStage(() => []);
    const port = 40_000 + (process.pid % 20_000);
    const exporter = new PrometheusExporter({ port, host: "127.0.0.1" });
    const provider = new MeterProvider({ readers: [exporter] });
    onTestFinished(async () => {
      await provider.shutdown();
      metricsApi.disable();
    });
    provider.getMeter("shop").createCounter("orders").add(3, { kind: "web" });
    const url = `http://127.0.0.1:${port}/metrics`;
    const parts = { intake: stage.intake, clock: systemClock };
    await expect.poll(() => fetch(url).then(({ ok }) => ok)).toBe(true);
    await scrapeOnce({ url, service: "shop", intervalMs: 1_000 }, parts);
    const { points } = stage.stored();
    expect(points.find(({ name }) => name === "orders_total")).toMatchObject({
      kind: 1,
      monotonic: true,
      value: 3,
      attributes: { kind: "web" },
      origin: { resource: { "service.name": "shop" } },
    });
    expect(points.find(({ name }) => name === "up")).toMatchObject({ value: 1, kind: 0 });
  });

  it("says that a target is down, and why", async () => {
    const stage = await foreignStage(() => []);
    const target = { url: `${stage.url}/nothing`, service: "s", intervalMs: 1_000 };
    await scrapeOnce(target, { intake: stage.intake, clock: systemClock });
    expect(stage.stored().points[0]).toMatchObject({ name: "up", value: 0 });
    expect(stage.dropped.list()).toContainEqual(
      expect.objectContaining({ source: "scrape", reason: "scrape-failed" }),
    );
  });
});
