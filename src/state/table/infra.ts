import { stateDatabaseGrants } from "../../core/infra.ts";
import type { CapabilityInfra } from "../../core/infra.ts";
import type { AnyTable } from "./table.ts";

/**
 * Tables are rows in the app's PostgreSQL database, which exists already: nothing to make. A holder
 * may connect to it.
 */
export const infra: CapabilityInfra<AnyTable> = {
  resources: () => ({}),
  grants: (_capability, scope) => stateDatabaseGrants(scope),
};
