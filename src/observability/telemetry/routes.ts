import { liveStreams } from "../../core/capabilities/streams.ts";
import type { Host } from "../../core/host.ts";
import type { AnyRoute } from "../../core/http.ts";
import { alertRoutes } from "../alerts/routes.ts";
import { completeRoutes } from "../api/complete.ts";
import { errorRoutes } from "../api/error-groups.ts";
import { exploreRoutes } from "../api/explore.ts";
import { logRoutes } from "../api/logs.ts";
import { savedRoutes } from "../api/saved.ts";
import { tailRoutes } from "../api/tail.ts";
import { graphOf } from "../../core/graph.ts";
import { apmRoutes } from "../metrics/apm-routes.ts";
import { metricsOf } from "../metrics/metric.ts";
import type { AnyMetric } from "../metrics/metric.ts";
import { slowRoutes } from "../metrics/slow-routes.ts";
import { sloRoutes } from "../slo/routes.ts";
import { topologyRoutes } from "../topology/routes.ts";
import { traceRoutes } from "../traces/routes.ts";
import type { TelemetryRuntime } from "./runtime.ts";

/** The API of telemetry, below `/api/v1`. */
export function telemetryRoutes({ office }: TelemetryRuntime, host: Host): readonly AnyRoute[] {
  if (office === undefined) return [];
  const { parts, tails, metrics, alerts, slow } = office;
  const { objectives, ledger } = alerts;
  const { clock } = host;
  const graph = graphOf(host.app);
  const business = metrics.filter((metric: AnyMetric) => metric.business);
  return [
    ...alertRoutes({ engine: alerts, reader: parts.reader, clock }),
    ...sloRoutes({ objectives, ledger, clock }),
    ...traceRoutes(parts),
    ...topologyRoutes({ ...parts, graph }),
    ...apmRoutes({ ...parts, business }),
    ...slowRoutes({
      slow: slow.engines,
      graph,
      clock,
      physicalName: (kind, name) => host.physicalName(kind, name),
    }),
    ...logRoutes(parts),
    ...completeRoutes(parts),
    ...errorRoutes(parts),
    ...exploreRoutes(parts, metricsOf(host.app)),
    ...savedRoutes(parts.saved),
    ...tailRoutes(tails, parts.language, () => host.need(liveStreams)),
  ];
}
