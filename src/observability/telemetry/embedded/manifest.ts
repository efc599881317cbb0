import { MorningError } from "../../../core/errors.ts";
import type { Row, Schema, SqlValue, Statement, Store } from "../../../core/store.ts";
import { placeholders } from "../../../engines/sql.ts";
import { embeddedErrors } from "./errors.ts";
import type { SealedSegment } from "./segment.ts";

const tables = (bigint: string): readonly string[] => [
  `create table morning_telemetry_segment (id text primary key, signal text not null,
    sealed_at ${bigint} not null, facts text not null)`,
  `create table morning_telemetry_log (id text primary key, sealed ${bigint} not null)`,
  `create table morning_telemetry_lease (name text primary key, holder text not null,
    epoch ${bigint} not null, until_ms ${bigint} not null)`,
];

/** The tables of the telemetry store in the state store: what is sealed, and who may seal. */
export const telemetrySchema: Schema = {
  component: "telemetry_store",
  migrations: [{ version: 1, sqlite: tables("integer"), postgres: tables("bigint") }],
};

/** What one commit changes. */
export interface ManifestChange {
  readonly add: readonly SealedSegment[];
  readonly remove: readonly string[];
  /** Files of a log whose batches are all sealed with this commit. */
  readonly log?: { readonly id: string; readonly sealed: number };
}

/**
 * The truth about what is sealed: a segment exists from the commit that lists it to the one that
 * removes it, whatever lies on disks and in blob storage.
 */
export interface Manifest {
  segments(): Promise<readonly SealedSegment[]>;
  /** Number up to which the files of a log are sealed; 0 for a log that is not known. */
  sealed(log: string): Promise<number>;
  /**
   * Changes what is listed, all or nothing.
   * @throws MOR_CONFLICT when what is to be removed is not there
   * @throws MOR_TELEMETRY_FENCED when the lease of `epoch` went to somebody else
   */
  commit(epoch: number, change: ManifestChange): Promise<void>;
  /**
   * Takes the lease of the one writer, and gives its epoch.
   * @throws MOR_TELEMETRY_OWNED when another holder's lease runs
   */
  acquire(holder: string, nowMs: number, forMs: number): Promise<number>;
  /** @throws MOR_TELEMETRY_FENCED when the lease went to somebody else */
  renew(epoch: number, untilMs: number): Promise<void>;
  /** Gives the lease back, if it still is ours. */
  release(epoch: number): Promise<void>;
}

/** JSON text of a segment: nanoseconds are decimal text. */
function textOf(segment: SealedSegment): string {
  return JSON.stringify(segment, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

function segmentOf(row: Row): SealedSegment {
  const facts = JSON.parse(String(row["facts"])) as SealedSegment;
  return { ...facts, fromNs: BigInt(facts.fromNs), toNs: BigInt(facts.toNs) };
}

const lease = "morning_telemetry_lease";

const fenced = (): MorningError =>
  embeddedErrors.MOR_TELEMETRY_FENCED("telemetry: another process took the lease of the writer");

class StoredManifest implements Manifest {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  #sql(sql: string, params: readonly SqlValue[], rows?: number): Statement {
    const text = placeholders(this.#store.dialect, sql);
    return { sql: text, params, ...(rows === undefined ? {} : { expect: { rows } }) };
  }

  async segments(): Promise<readonly SealedSegment[]> {
    const found: SealedSegment[] = [];
    // Page by page: a read is bounded in rows.
    for (let after = ""; ;) {
      const sql = `select id, facts from morning_telemetry_segment where id > ? order by id
        limit 500`;
      const rows = await this.#store.read(placeholders(this.#store.dialect, sql), [after]);
      found.push(...rows.map(segmentOf));
      if (rows.length < 500) return found;
      after = String(rows.at(-1)?.["id"]);
    }
  }

  async sealed(log: string): Promise<number> {
    const sql = "select sealed from morning_telemetry_log where id = ?";
    const [row] = await this.#store.read(placeholders(this.#store.dialect, sql), [log]);
    return Number(row?.["sealed"] ?? 0);
  }

  async commit(epoch: number, { add, remove, log }: ManifestChange): Promise<void> {
    const held = `update ${lease} set epoch = epoch where name = 'writer' and epoch = ?`;
    const statements = [this.#guarded(held, [epoch])];
    for (const id of remove) {
      const sql = "delete from morning_telemetry_segment where id = ?";
      statements.push(this.#sql(sql, [id], 1));
    }
    for (const segment of add) {
      const sql = `insert into morning_telemetry_segment (id, signal, sealed_at, facts)
        values (?, ?, ?, ?)`;
      const { id, signal, sealedAtMs } = segment;
      statements.push(this.#sql(sql, [id, signal, sealedAtMs, textOf(segment)]));
    }
    if (log !== undefined) {
      const sql = `insert into morning_telemetry_log (id, sealed) values (?, ?)
        on conflict (id) do update set sealed = excluded.sealed`;
      statements.push(this.#sql(sql, [log.id, log.sealed]));
    }
    await this.#write(statements);
  }

  #guarded(sql: string, params: readonly SqlValue[]): Statement {
    const { code, message } = fenced();
    return { ...this.#sql(sql, params), expect: { rows: 1, error: { code, message } } };
  }

  async #write(statements: readonly Statement[]): Promise<void> {
    try {
      await this.#store.write({ statements });
    } catch (error) {
      throw MorningError.is(error, "MOR_TELEMETRY_FENCED") ? fenced() : error;
    }
  }

  async acquire(holder: string, nowMs: number, forMs: number): Promise<number> {
    const row = `insert into ${lease} (name, holder, epoch, until_ms) values ('writer', '', 0, 0)
      on conflict (name) do nothing`;
    const take = `update ${lease} set holder = ?, epoch = epoch + 1, until_ms = ?
      where name = 'writer' and (until_ms <= ? or holder = ?) returning epoch`;
    try {
      const statements = [
        this.#sql(row, []),
        this.#sql(take, [holder, nowMs + forMs, nowMs, holder], 1),
      ];
      const [, taken] = await this.#store.write({ statements });
      return Number(taken?.rows[0]?.["epoch"]);
    } catch (error) {
      if (!MorningError.is(error, "MOR_CONFLICT")) throw error;
      const [found] = await this.#store.read(`select holder, until_ms from ${lease}`);
      const retryAfterMs = Math.max(0, Number(found?.["until_ms"] ?? 0) - nowMs);
      throw embeddedErrors.MOR_TELEMETRY_OWNED(
        `telemetry: ${String(found?.["holder"])} holds the lease of the writer`,
        { details: { retryAfterMs } },
      );
    }
  }

  async renew(epoch: number, untilMs: number): Promise<void> {
    const sql = `update ${lease} set until_ms = ? where name = 'writer' and epoch = ?`;
    await this.#write([this.#guarded(sql, [untilMs, epoch])]);
  }

  async release(epoch: number): Promise<void> {
    const sql = `update ${lease} set until_ms = 0 where name = 'writer' and epoch = ?`;
    await this.#store.write({ statements: [this.#sql(sql, [epoch])] });
  }
}

/** Opens the manifest in a state store. */
export async function openManifest(store: Store): Promise<Manifest> {
  await store.migrate(telemetrySchema);
  return new StoredManifest(store);
}
