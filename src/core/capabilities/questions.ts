import { coreErrors } from "../errors.ts";
import type { ProviderKey } from "../host.ts";
import type { Row, SqlValue } from "../store.ts";

/** How the Postgres that keeps the state is asked about its own statements. */
export interface PostgresQuestions {
  /** From one look to the next, milliseconds; 0: it is never asked. */
  readonly everyMs: number;
  readonly query: (text: string, values: readonly SqlValue[]) => Promise<readonly Row[]>;
}

/** The key under which whoever opens the state store provides its questions. */
export const postgresQuestions: ProviderKey<PostgresQuestions> = {
  provider: "postgres-questions",
};

/** How the Valkey or Redis that keeps the caches is asked about its own commands. */
export interface ValkeyQuestions {
  /** From one look to the next, milliseconds; 0: it is never asked. */
  readonly everyMs: number;
  readonly command: (name: string, ...args: readonly (string | number)[]) => Promise<unknown>;
}

/** The key under which the cache pillar provides its questions. */
export const valkeyQuestions: ProviderKey<ValkeyQuestions> = { provider: "valkey-questions" };

const defaultMs = 60_000;
const leastMs = 1_000;
const mostMs = 3_600_000;

/**
 * The setting `slowQueriesMs` of a driver: how often its engine is asked, a minute if left out.
 * @throws MOR_CONFIG unless it is 0 or between a second and an hour
 */
export function slowQueriesMsOf(
  subject: string,
  options: Readonly<Record<string, unknown>>,
): number {
  const given = options["slowQueriesMs"] ?? defaultMs;
  if (given === 0) return 0;
  if (typeof given === "number" && given >= leastMs && given <= mostMs) return given;
  throw coreErrors.MOR_CONFIG(`${subject}: slowQueriesMs is ${JSON.stringify(given)}`, {
    fix: `Give 0 to never ask, or ${leastMs} to ${mostMs} milliseconds.`,
  });
}
