import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import { toJsonSchema } from "../../core/schema.ts";
import type { JsonSchema } from "../../core/schema.ts";
import type { Schema as StoreSchema, Statement, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { canonicalJson, incompatibilities } from "./compatibility.ts";
import { eventErrors } from "./errors.ts";
import type { Event } from "./event.ts";

/** A schema on record. */
export interface RecordedSchema {
  readonly event: string;
  readonly version: number;
  /** 1 for the first of a version; a compatible change makes the next. */
  readonly revision: number;
  readonly schema: JsonSchema;
  readonly recordedAtMs: number;
}

/** The schemas of all events that were ever declared. */
export interface Registry {
  /** Oldest first. */
  history(event: string): Promise<readonly RecordedSchema[]>;
}

/** Revisions of one event that are shown. */
const historyMax = 1000;

const table = `create table event_schema (event text not null, version integer not null,
  revision integer not null, document text not null, recorded bigint not null,
  primary key (event, version, revision))`;

const registrySchema: StoreSchema = {
  component: "event-registry",
  migrations: [{ version: 1, sqlite: [table], postgres: [table] }],
};

const selectSql = "select event, version, revision, document, recorded from event_schema";
const insertSql = `insert into event_schema (event, version, revision, document, recorded)
  values (?, ?, ?, ?, ?) on conflict (event, version, revision) do nothing`;

async function recorded(
  store: Store,
  where: string,
  params: readonly (string | number)[],
): Promise<RecordedSchema[]> {
  const rows = await store.read(placeholders(store.dialect, `${selectSql} ${where}`), params);
  return rows.map((row) => ({
    event: String(row["event"]),
    version: Number(row["version"]),
    revision: Number(row["revision"]),
    schema: JSON.parse(String(row["document"])) as JsonSchema,
    recordedAtMs: Number(row["recorded"]),
  }));
}

function checkVersion(event: Event): void {
  if (Number.isInteger(event.version) && event.version >= 1) return;
  throw coreErrors.MOR_DECLARATION(
    `event ${event.name}: the version is ${event.version}, not a whole number of 1 or more`,
  );
}

function checkChange(event: Event, latest: RecordedSchema, schema: JsonSchema): void {
  const found = incompatibilities(latest.schema, schema);
  const [first] = found;
  if (first === undefined) return;
  const at = first.path === "" ? "" : ` at ${first.path}`;
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : "";
  throw eventErrors.MOR_EVENT_INCOMPATIBLE(
    `event ${event.name}, version ${event.version}${at}: ${first.reason}${more}`,
    {
      details: { event: event.name, version: event.version, changes: found },
      fix: `Undo the change, or declare version ${event.version + 1} of ${event.name}.`,
    },
  );
}

/** The statement that records an event's schema; undefined when it is on record. */
async function recording(
  store: Store,
  event: Event,
  nowMs: number,
): Promise<Statement | undefined> {
  checkVersion(event);
  const { name, version } = event;
  const schema = toJsonSchema(event.data);
  const where = "where event = ? and version = ? order by revision desc limit 1";
  const [latest] = await recorded(store, where, [name, version]);
  if (latest !== undefined) {
    if (canonicalJson(latest.schema) === canonicalJson(schema)) return undefined;
    checkChange(event, latest, schema);
  }
  const revision = (latest?.revision ?? 0) + 1;
  const sql = placeholders(store.dialect, insertSql);
  return { sql, params: [name, version, revision, JSON.stringify(schema), nowMs] };
}

/**
 * Puts the schemas of the declared events on record, in the process that owns the state.
 * @throws MOR_EVENT_INCOMPATIBLE naming the path, when one changed under its version so that
 * readers or publishers break; then none is recorded
 */
export async function recordSchemas(host: Host, events: readonly Event[]): Promise<Registry> {
  const store = await host.store();
  if (host.owner) {
    await store.migrate(registrySchema);
    const statements: Statement[] = [];
    for (const event of events) {
      const statement = await recording(store, event, host.clock.now());
      if (statement !== undefined) statements.push(statement);
    }
    if (statements.length > 0) await store.write({ statements });
  }
  return {
    history: (event) =>
      recorded(store, `where event = ? order by version, revision limit ${historyMax}`, [event]),
  };
}
