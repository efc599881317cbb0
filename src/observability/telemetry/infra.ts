import type { CapabilityInfra } from "../../core/infra.ts";

/**
 * What is declared here (metrics, alerts, objectives, dashboards) lives in the platform's own
 * store: none of it is a resource of the cloud, and recording a metric needs no permission. The
 * bucket of sealed segments and the OpenSearch domain belong to the environment.
 */
export const infra: CapabilityInfra = {
  resources: () => ({}),
  grants: () => [],
};
