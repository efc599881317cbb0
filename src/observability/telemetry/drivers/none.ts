import type { DriverModule } from "../../../core/host.ts";
import type { TelemetryDriver, TelemetryFeatures } from "../driver.ts";
import { telemetryErrors } from "../errors.ts";

const features: TelemetryFeatures = {
  logs: false,
  spans: false,
  points: false,
  errors: false,
  sql: false,
  edges: false,
  sampling: false,
  unsealedMsMax: 0,
};

async function off(): Promise<never> {
  throw telemetryErrors.MOR_TELEMETRY_OFF("this environment keeps no telemetry");
}

/** Keeps nothing: for environments whose telemetry goes elsewhere by export alone. */
export const driver: DriverModule<TelemetryDriver> = {
  engine: "none",
  embedded: false,
  open: async () => ({
    features,
    write: async () => {},
    searchLogs: off,
    searchSpans: off,
    searchErrors: off,
    logContext: off,
    aggregate: off,
    trace: off,
    traces: off,
    edges: off,
    metrics: off,
    series: off,
    fields: off,
    fieldValues: off,
    sql: off,
    figures: off,
    dropped: async () => [],
    drop: async () => {},
    ingest: off,
    listen: async () => ({}),
    close: async () => {},
  }),
};
