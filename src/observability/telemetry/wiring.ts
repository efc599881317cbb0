import type { ProviderKey } from "../../core/host.ts";
import type { Sighting } from "../errors/groups.ts";
import type { FoundPattern } from "../logs/pattern-book.ts";
import type { TailPart } from "../api/tail.ts";

/** Who may hand telemetry in. */
export interface IngestDoor {
  /**
   * The name of the caller that brings `credential` (an API key of role ingest or above); a
   * platform without credentials trusts its own machine.
   * @throws MOR_AUTH_REQUIRED, MOR_AUTH_INVALID, MOR_AUTH_FORBIDDEN, MOR_HTTP_RATE_LIMITED
   */
  authorize(credential: string | undefined, address: string): Promise<string>;
}

/** The key under which the server provides its door for telemetry. */
export const ingestDoor: ProviderKey<IngestDoor> = { provider: "ingest-door" };

/** What the thread tells to be kept in the state store. */
export interface TelemetryLedger {
  learn(patterns: readonly FoundPattern[]): Promise<void>;
  /** Patterns that turned out to be others. */
  merge(merged: readonly { readonly id: string; readonly into: string }[]): Promise<void>;
  loadMiner(): Promise<string | undefined>;
  saveMiner(state: string): Promise<void>;
  seen(sightings: readonly Sighting[]): Promise<void>;
}

/** The key of what the thread keeps in the state store. */
export const telemetryLedger: ProviderKey<TelemetryLedger> = { provider: "telemetry-ledger" };

/** Where the lines of live tails go. */
export interface TelemetryTap {
  tailed(id: string, part: TailPart): Promise<void>;
}

/** The key of where the lines of live tails go. */
export const telemetryTap: ProviderKey<TelemetryTap> = { provider: "telemetry-tap" };
