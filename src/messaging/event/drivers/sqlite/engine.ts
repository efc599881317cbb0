import type { Outbox } from "../../../../core/capabilities/outbox.ts";
import type { Queueing } from "../../../../core/capabilities/queueing.ts";
import { coreErrors } from "../../../../core/errors.ts";
import type { Host } from "../../../../core/host.ts";
import type { Row, SqlValue, Store } from "../../../../core/store.ts";
import { placeholders } from "../../../../engines/sql.ts";
import type { Rules } from "./rules.ts";

/** How much of the log is kept. */
export interface LogLimits {
  /** How long an event is kept after its publication, milliseconds. */
  readonly retentionMs: number;
  /** Events kept at most. */
  readonly eventsMax: number;
}

/** What every part of the embedded bus works with. */
export interface Engine {
  readonly host: Host;
  readonly store: Store;
  readonly queueing: Queueing;
  /** Where deliveries go that cannot be part of a write of the store. */
  readonly outbox: () => Outbox;
  readonly limits: LogLimits;
  /** The subscriptions, as they are now. */
  rules: Rules;
}

const defaults: LogLimits = { retentionMs: 7 * 86_400_000, eventsMax: 250_000 };

/** Reads the driver's settings. @throws MOR_CONFIG */
export function logLimits(options: Readonly<Record<string, unknown>>): LogLimits {
  const number = (key: keyof LogLimits): number => {
    const value = options[key] ?? defaults[key];
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw coreErrors.MOR_CONFIG(
      `event: ${key} is ${JSON.stringify(value)}, not a whole number of 0 or more`,
    );
  };
  return { retentionMs: number("retentionMs"), eventsMax: number("eventsMax") };
}

/** Reads rows by a statement in SQLite's dialect. */
export function readRows(
  { store }: Pick<Engine, "store">,
  sql: string,
  params: readonly SqlValue[],
): Promise<readonly Row[]> {
  return store.read(placeholders(store.dialect, sql), params);
}
