import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launchOtel } from "./otel.ts";
import type { Subject } from "./peer.ts";

/**
 * The OpenTelemetry Collector, which writes what it takes to a file as OTLP in protobuf: no store,
 * but the least work that a program of this kind can do.
 */
export const collector = (program: string): Subject => ({
  name: "OpenTelemetry Collector, file",
  signals: ["logs", "spans"],
  promise: "not durable: batched for 200 ms, written to the file once a second, never synced",
  async open(folder) {
    const data = join(folder, "collector");
    mkdirSync(data, { recursive: true });
    const started = await launchOtel(program, "collector-config", folder, {
      processors: { batch: {} },
      exporters: { file: { path: join(data, "records"), format: "proto" } },
      pipelines: ["logs", "traces"],
    });
    const base = `http://127.0.0.1:${started.port}`;
    return {
      ...started,
      urls: { logs: `${base}/v1/logs`, spans: `${base}/v1/traces` },
      folder: data,
      flush: async () => {},
      count: async (signal) =>
        started.metric(`otelcol_exporter_sent_${signal === "logs" ? "log_records" : "spans"}`),
    };
  },
});
