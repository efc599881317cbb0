import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { systemRandom } from "../../core/ids.ts";
import { makeOpenSearch } from "../../engines/opensearch/client.ts";
import { freePorts, startBackend } from "./backend.contract.ts";
import type { Destination } from "./destination.ts";
import { openExporter } from "./exporter.ts";
import type { DestinationFigures } from "./figures.ts";
import type { Records } from "./read.ts";
import { batchOf, pointsOfEveryKind, samples } from "./records.contract.ts";
import { serviceOf } from "../signals/records.ts";
import type { Samples } from "./records.contract.ts";

let folder = "";
let made: Samples;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "morning-export-"));
  // Back ends refuse what is old; ids differ, since some back ends are shared.
  const now = BigInt(Date.now() - 60_000) * 1_000_000n;
  made = samples(Math.floor(systemRandom.next() * 2 ** 31), `shop-${process.pid}`, now);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Exports records to one destination until all are delivered. */
async function exportTo(
  destination: Omit<Destination, "name">,
  records: Partial<Records>,
): Promise<DestinationFigures> {
  const exporter = await openExporter({
    folder: join(folder, "buffer"),
    destinations: [{ name: "peer", lingerMs: 0, ...destination }],
    clock: systemClock,
    random: systemRandom,
  });
  try {
    await exporter.offer(batchOf(records));
    await vi.waitFor(
      () => {
        const [figures] = exporter.figures();
        if (figures?.waitingBytes !== 0) throw new Error(JSON.stringify(figures));
      },
      { timeout: 20_000 },
    );
    return exporter.figures()[0] as DestinationFigures;
  } finally {
    await exporter.close();
  }
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Asks until the back end shows it: most index a moment later. */
const eventually = <T>(check: () => Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 20_000, interval: 100 });

const zipkinUrl = process.env["MORNING_TEST_ZIPKIN_URL"];

describe.skipIf(zipkinUrl === undefined)("export to Zipkin [needs MORNING_TEST_ZIPKIN_URL]", () => {
  it("shows the trace as it was", { timeout: 60_000 }, async () => {
    const parent = made.span({ parentSpanId: "", kind: 3, attributes: { "peer.service": "pay" } });
    const child = made.span({ traceId: parent.traceId, parentSpanId: parent.spanId });
    const url = `${zipkinUrl ?? ""}/api/v2/spans`;
    const figures = await exportTo({ kind: "zipkin", url }, { spans: [parent, child] });
    expect(figures.delivered).toEqual({ spans: 2 });
    const trace = await eventually(() =>
      getJson(`${zipkinUrl ?? ""}/api/v2/trace/${parent.traceId}`),
    );
    const [first, second] = [parent, child].map((span) =>
      (trace as { id: string }[]).find(({ id }) => id === span.spanId),
    );
    expect(first).toMatchObject({ kind: "CLIENT", remoteEndpoint: { serviceName: "pay" } });
    expect(second).toMatchObject({
      parentId: parent.spanId,
      // Zipkin writes names in lower case.
      name: child.name.toLowerCase(),
      duration: 12_345,
      tags: { error: "the payment failed", "order.total": "12.5" },
    });
  });
});

const openSearchUrl = process.env["MORNING_TEST_OPENSEARCH_URL"];

describe.skipIf(openSearchUrl === undefined)(
  "export to OpenSearch [needs MORNING_TEST_OPENSEARCH_URL]",
  () => {
    it("finds spans and logs, each once though sent twice", { timeout: 60_000 }, async () => {
      const client = makeOpenSearch({ url: openSearchUrl ?? "" });
      const index = `export-${made.span().spanId}`;
      const records = {
        spans: [made.span(), made.span()],
        // Types that would clash, were each key a field of the mapping.
        logs: [made.log({ attributes: { a: 1 } }), made.log({ attributes: { a: { b: "x" } } })],
      };
      const to = { kind: "opensearch", url: openSearchUrl ?? "", index } as const;
      try {
        const figures = await exportTo(to, records);
        expect(figures).toMatchObject({ delivered: { spans: 2, logs: 2 }, lost: {} });
        rmSync(join(folder, "buffer"), { recursive: true });
        expect(await exportTo(to, records)).toMatchObject({ delivered: { spans: 2, logs: 2 } });
        await client.refresh(`${index}-*`);
        const search = await client.search(`${index}-*`, {
          query: { match: { body: "refused" } },
          sort: ["@timestamp"],
        });
        expect(search).toMatchObject({
          hits: {
            total: { value: 2 },
            hits: [{ _source: { serviceName: made.origin.resource["service.name"] } }, {}],
          },
        });
        const spans = await client.search(`${index}-spans-*`, {
          query: { term: { traceId: records.spans[0]?.traceId ?? "" } },
          aggs: { spread: { percentiles: { field: "durationInNanos", percents: [50] } } },
        });
        expect(spans).toMatchObject({
          hits: { total: { value: 1 } },
          aggregations: { spread: { values: { "50.0": 12_345_678 } } },
        });
      } finally {
        const { body } = await client.call({
          method: "GET",
          path: `/_cat/indices/${index}-*?format=json`,
        });
        for (const one of body as unknown as { index: string }[])
          await client.deleteIndex(one.index);
        for (const name of [`${index}-spans`, `${index}-logs`]) {
          await client.call({ method: "DELETE", path: `/_index_template/${name}` });
        }
      }
    });
  },
);

const prometheus = process.env["MORNING_TEST_PROMETHEUS"];

describe.skipIf(prometheus === undefined)(
  "export to Prometheus [needs MORNING_TEST_PROMETHEUS]",
  () => {
    it("answers queries over what was written to it", { timeout: 60_000 }, async () => {
      const [port = 0] = await freePorts(1);
      const base = `http://127.0.0.1:${port}`;
      const backend = await startBackend({
        binary: prometheus ?? "",
        files: { "prometheus.yml": "global: {}\n" },
        arguments: (data) => [
          `--config.file=${data}/prometheus.yml`,
          `--storage.tsdb.path=${data}/data`,
          `--web.listen-address=127.0.0.1:${port}`,
          "--web.enable-remote-write-receiver",
        ],
        healthUrl: `${base}/-/ready`,
      });
      try {
        const points = pointsOfEveryKind(made);
        const to = { kind: "prometheus", url: `${base}/api/v1/write` } as const;
        const figures = await exportTo(to, { points });
        expect(figures).toMatchObject({ delivered: { points: points.length }, lost: {} });
        const atS = Number((points.at(-1)?.timeNs ?? 0n) / 1_000_000_000n) + 1;
        const value = async (query: string): Promise<string | undefined> => {
          const asked = new URLSearchParams({ query, time: `${atS}` });
          const answer = await getJson(`${base}/api/v1/query?${asked.toString()}`);
          const { result } = (answer as { data: { result: { value: [number, string] }[] } }).data;
          return result[0]?.value[1];
        };
        const service = serviceOf(made.origin);
        expect(await value(`orders_total{job="${service}",country="TW",instance="i-1"}`)).toBe(
          String(points[1]?.value),
        );
        // Half of six lie in the last bucket, which begins at 10.
        expect(await value("histogram_quantile(0.5, latency_milliseconds_bucket)")).toBe("10");
        expect(await value("latency_exp_seconds_count")).toBe("9");
        expect(await value('sizes_bytes{quantile="0.5"}')).toBe("9");
      } finally {
        await backend.close();
      }
    });
  },
);

/**
 * A program that takes Go minutes to build (`scripts/engines.sh start peers`): CI does without, and
 * where it is not there no test is registered, since a skipped one would fail CI.
 */
function built(name: string): string[] {
  const binary = process.env[`MORNING_TEST_${name}`];
  return binary === undefined ? [] : [binary];
}

/** Jaeger 2 with storage in memory, on ports of our own. */
const jaegerConfig = (otlp: number, grpc: number, query: number, health: number): string => `
service:
  extensions: [jaeger_storage, jaeger_query, healthcheckv2]
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
  telemetry: { metrics: { level: none }, logs: { level: error } }
extensions:
  healthcheckv2: { use_v2: true, http: { endpoint: "127.0.0.1:${health}" } }
  jaeger_storage: { backends: { memory: { memory: { max_traces: 1000 } } } }
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: "127.0.0.1:${query}" }
    grpc: { endpoint: "127.0.0.1:0" }
receivers:
  otlp:
    protocols:
      http: { endpoint: "127.0.0.1:${otlp}" }
      grpc: { endpoint: "127.0.0.1:${grpc}" }
exporters:
  jaeger_storage_exporter: { trace_storage: memory }
`;

describe.each(built("JAEGER"))("export to Jaeger", (binary) => {
  it.each(["otlp-http", "otlp-grpc"] as const)("%s", { timeout: 60_000 }, async (kind) => {
    const [http = 0, grpc = 0, query = 0, health = 0] = await freePorts(4);
    const backend = await startBackend({
      binary,
      files: { "jaeger.yml": jaegerConfig(http, grpc, query, health) },
      arguments: (data) => [`--config=${data}/jaeger.yml`],
      healthUrl: `http://127.0.0.1:${query}/api/services`,
    });
    try {
      const span = made.span();
      const url = `http://127.0.0.1:${kind === "otlp-http" ? http : grpc}`;
      const figures = await exportTo({ kind, url, signals: ["spans"] }, { spans: [span] });
      expect(figures).toMatchObject({ delivered: { spans: 1 }, lost: {} });
      const trace = await eventually(() =>
        getJson(`http://127.0.0.1:${query}/api/traces/${span.traceId}`),
      );
      expect(trace).toMatchObject({
        data: [
          {
            spans: [
              {
                spanID: span.spanId,
                operationName: span.name,
                duration: 12_345,
                tags: expect.arrayContaining([
                  { key: "order.total", type: "float64", value: 12.5 },
                  { key: "urgent", type: "bool", value: true },
                ]) as unknown,
                logs: [{}],
                references: expect.arrayContaining([
                  expect.objectContaining({ refType: "CHILD_OF", spanID: span.parentSpanId }),
                ]) as unknown,
              },
            ],
          },
        ],
      });
    } finally {
      await backend.close();
    }
  });
});

const collectorConfig = (http: number, grpc: number, file: string): string => `
receivers:
  otlp:
    protocols:
      http: { endpoint: "127.0.0.1:${http}" }
      grpc: { endpoint: "127.0.0.1:${grpc}" }
exporters:
  file: { path: "${file}", flush_interval: 100ms }
service:
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
    logs: { receivers: [otlp], exporters: [file] }
    metrics: { receivers: [otlp], exporters: [file] }
`;

describe.each(built("COLLECTOR"))("export to an OpenTelemetry collector", (binary) => {
  it.each(["otlp-http", "otlp-grpc"] as const)("%s", { timeout: 60_000 }, async (kind) => {
    const [http = 0, grpc = 0] = await freePorts(2);
    const file = join(folder, "out.json");
    const backend = await startBackend({
      binary,
      files: { "collector.yml": collectorConfig(http, grpc, file) },
      arguments: (data) => ["--config", `${data}/collector.yml`],
      healthUrl: `http://127.0.0.1:${http}/v1/logs`,
    });
    try {
      const records = { logs: [made.log()], spans: [made.span()], points: pointsOfEveryKind(made) };
      const url = `http://127.0.0.1:${kind === "otlp-http" ? http : grpc}`;
      const figures = await exportTo({ kind, url, compression: "gzip" }, records);
      expect(figures).toMatchObject({ delivered: { logs: 1, spans: 1, points: 5 }, lost: {} });
      const text = await eventually(async () => {
        const written = readFileSync(file, "utf8");
        // A line is there once it has ended: the collector writes its buffer in pieces.
        if (written.split("\n").length < 4) throw new Error("not yet");
        return Promise.resolve(written);
      });
      expect(text).toContain(`"traceId":"${records.spans[0]?.traceId ?? ""}"`);
      expect(text).toContain(`"timeUnixNano":"${String(records.logs[0]?.timeNs)}"`);
      expect(text).toContain('"scale":-1');
      expect(text).toContain('"quantileValues":[{"quantile":0.5,"value":9}]');
      expect(text).toContain("茶壺");
    } finally {
      await backend.close();
    }
  });
});

describe.each(built("VICTORIALOGS"))("export to VictoriaLogs", (binary) => {
  it.each([
    ["otlp-http", "/insert/opentelemetry"],
    ["loki", "/insert/loki/api/v1/push"],
  ] as const)("%s", { timeout: 60_000 }, async (kind, path) => {
    const [port = 0] = await freePorts(1);
    const base = `http://127.0.0.1:${port}`;
    const backend = await startBackend({
      binary,
      arguments: (data) => [`-storageDataPath=${data}/data`, `-httpListenAddr=127.0.0.1:${port}`],
      healthUrl: `${base}/health`,
    });
    try {
      const log = made.log();
      await exportTo({ kind, url: base + path, signals: ["logs"] }, { logs: [log] });
      const found = await eventually(async () => {
        const asked = new URLSearchParams({ query: "refused" });
        const response = await fetch(`${base}/select/logsql/query?${asked.toString()}`);
        const text = await response.text();
        if (text === "") throw new Error("not yet");
        return JSON.parse(text) as Record<string, unknown>;
      });
      expect(found).toMatchObject({ _msg: log.body, trace_id: log.traceId, span_id: log.spanId });
    } finally {
      await backend.close();
    }
  });
});
