import { join } from "node:path";
import type { DriverModule } from "../../../core/host.ts";
import { ports } from "../../../core/ports.ts";
import type { TelemetryDriver, TelemetryFeatures } from "../driver.ts";
import { settingsOf } from "../settings.ts";
import { openInThread } from "../thread.ts";
import type { WantedPorts } from "../worker-offer.ts";

const features: TelemetryFeatures = {
  logs: true,
  spans: true,
  points: true,
  errors: true,
  sql: true,
  edges: true,
  sampling: true,
  unsealedMsMax: 600_000,
};

/** The ports that the settings want: 4318, 4317 where they say nothing, none for null. */
function wanted(chosen: ReturnType<typeof settingsOf>["ports"]): WantedPorts {
  const portOf = (port: number | null | undefined, usual: number): number | undefined =>
    port === null ? undefined : (port ?? usual);
  const otlpHttp = portOf(chosen.otlpHttp, ports.otlpHttp);
  const otlpGrpc = portOf(chosen.otlpGrpc, ports.otlpGrpc);
  const syslog = chosen.syslog ?? undefined;
  return {
    ...(otlpHttp === undefined ? {} : { otlpHttp }),
    ...(otlpGrpc === undefined ? {} : { otlpGrpc }),
    ...(syslog === undefined ? {} : { syslog }),
  };
}

/** Write-ahead log, columnar segments and DuckDB, in a thread of the owner process. */
export const driver: DriverModule<TelemetryDriver> = {
  engine: "embedded",
  embedded: true,
  open: async (host, options) => {
    const settings = settingsOf(options);
    return openInThread(host, {
      features,
      setup: {
        engine: "embedded",
        app: host.app.name,
        environment: host.environment,
        folder: join(host.dataFolder, "telemetry"),
        hostname: settings.host ?? "127.0.0.1",
        ports: wanted(settings.ports),
        options,
      },
    });
  },
};
