import { join } from "node:path";
import type { DriverModule } from "../../../core/host.ts";
import { ports } from "../../../core/ports.ts";
import type { TelemetryDriver } from "../driver.ts";
import { openSearchFeatures } from "../opensearch/open.ts";
import { openSearchSettings } from "../opensearch/settings.ts";
import { settingsOf } from "../settings.ts";
import { openInThread } from "../thread.ts";

/**
 * Logs, spans and errors in OpenSearch; ingest runs in a thread of the owner process. Options:
 * `url`, `username`, `password`, `shards`, `replicas`, and those of every telemetry store.
 */
export const driver: DriverModule<TelemetryDriver> = {
  engine: "opensearch",
  embedded: false,
  open: async (host, options) => {
    const { others } = openSearchSettings(options, process.env);
    const settings = settingsOf(others);
    const { otlpHttp = ports.otlpHttp, otlpGrpc = ports.otlpGrpc, syslog } = settings.ports;
    return openInThread(host, {
      features: openSearchFeatures,
      setup: {
        engine: "opensearch",
        app: host.app.name,
        environment: host.environment,
        folder: join(host.dataFolder, "telemetry"),
        hostname: settings.host ?? "127.0.0.1",
        // Null: none is wanted.
        ports: {
          ...(otlpHttp === null ? {} : { otlpHttp }),
          ...(otlpGrpc === null ? {} : { otlpGrpc }),
          ...(syslog === null || syslog === undefined ? {} : { syslog }),
        },
        options,
      },
    });
  },
};
