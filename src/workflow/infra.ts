import { stateDatabaseGrants } from "../core/infra.ts";
import type { CapabilityInfra } from "../core/infra.ts";

/**
 * The journal is rows in the app's PostgreSQL database, which exists already: nothing to make. Who
 * starts runs, or runs them, may connect to it.
 */
export const infra: CapabilityInfra = {
  resources: () => ({}),
  grants: (_capability, scope) => stateDatabaseGrants(scope),
};
