import type { DatabaseSync } from "node:sqlite";
import type { Row, SqlValue } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";
import { isTooWide, narrowed, prepare, widen } from "./connection.ts";
import type { Prepared } from "./connection.ts";
import { errorOf, failureOf } from "./failures.ts";
import { rowOf } from "./tape.ts";

/** Bounds of one answer. */
export interface ReadLimits {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** Bounds of a short read, on the caller's own thread. */
export const shortReadLimits: ReadLimits = { rowsMax: 10_000, bytesMax: 32 * 2 ** 20 };

/** Bounds of a long read, on a thread of its own. */
export const longReadLimits: ReadLimits = { rowsMax: 100_000, bytesMax: 128 * 2 ** 20 };

/** Reads through one connection. */
export interface Reads {
  read(sql: string, params: readonly SqlValue[], limits: ReadLimits): Row[];
  /** Forgets prepared statements: the schema changed. */
  forget(): void;
}

function bytesOf(values: readonly SqlValue[]): number {
  let bytes = values.length * 8;
  for (const value of values) {
    if (typeof value === "string") bytes += value.length;
    else if (value instanceof Uint8Array) bytes += value.byteLength;
  }
  return bytes;
}

function tooLarge(subject: string, sql: string, limits: ReadLimits, what: string): Error {
  return engineErrors.MOR_READ_TOO_LARGE(`${subject}: more than ${what} in: ${sql.slice(0, 200)}`, {
    details: { ...limits },
  });
}

function collect(
  prepared: Prepared,
  params: readonly SqlValue[],
  limits: ReadLimits,
  subject: string,
): Row[] {
  const rows: Row[] = [];
  let bytes = 0;
  const { sql, statement, columns } = prepared;
  for (const found of statement.iterate(...params) as unknown as Iterable<SqlValue[]>) {
    const values = prepared.bigints ? (found.map(narrowed) as SqlValue[]) : found;
    bytes += bytesOf(values);
    if (rows.length >= limits.rowsMax) {
      throw tooLarge(subject, sql, limits, `${limits.rowsMax} rows`);
    }
    if (bytes > limits.bytesMax) throw tooLarge(subject, sql, limits, `${limits.bytesMax} bytes`);
    rows.push(rowOf(columns, values, 0));
  }
  return rows;
}

/**
 * Makes the reads of a connection, with at most `textsMax` statements prepared (least recently
 * used).
 */
export function makeReads(db: DatabaseSync, subject: string, textsMax: number): Reads {
  const cache = new Map<string, Prepared>();
  const prepared = (sql: string): Prepared => {
    const known = cache.get(sql);
    if (known) cache.delete(sql);
    const one = known ?? prepare(db, sql);
    cache.set(sql, one);
    if (cache.size > textsMax) cache.delete(cache.keys().next().value ?? "");
    return one;
  };
  const run = (sql: string, params: readonly SqlValue[], limits: ReadLimits): Row[] => {
    const statement = prepared(sql);
    try {
      return collect(statement, params, limits, subject);
    } catch (error) {
      if (!isTooWide(error) || statement.bigints) throw error;
      widen(statement);
      return collect(statement, params, limits, subject);
    }
  };
  return {
    forget() {
      cache.clear();
      // A connection learns of a new schema when it reads, not when it prepares.
      db.prepare("select 1 from sqlite_schema limit 1").get();
    },
    read(sql, params, limits) {
      try {
        return run(sql, params, limits);
      } catch (error) {
        if ("brand" in (error as object)) throw error;
        throw errorOf(failureOf(error), subject, sql);
      }
    },
  };
}
