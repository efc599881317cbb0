import { constants, DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";

/** A prepared statement with what we know of it. */
export interface Prepared {
  readonly sql: string;
  readonly statement: StatementSync;
  /** Names of the result's columns; empty when it returns no rows. */
  readonly columns: readonly string[];
  /**
   * Whether it changes rows: SQLite's count of changes is that of an earlier statement otherwise.
   */
  readonly changes: boolean;
  /** Whether integers come as bigint, because one did not fit a number. */
  bigints: boolean;
}

const quoted = /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * SQLite prepares the first statement of a text and ignores the rest: that loss must be an error.
 */
function assertSingle(sql: string): void {
  const bare = sql.replace(quoted, "").trim().replace(/;$/, "");
  if (!bare.includes(";") || /^create\s+(temp\w*\s+)?trigger/i.test(bare)) return;
  throw new Error("a statement holds more than one");
}

/** Prepares one statement whose rows come as arrays. */
export function prepare(db: DatabaseSync, sql: string): Prepared {
  assertSingle(sql);
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  const columns = statement.columns().map((column) => column.name ?? "");
  const changes = /^\s*(insert|update|delete|replace|with)\b/i.test(sql);
  const writes = changes && !(/^\s*with\b/i.test(sql) && !/\b(insert|update|delete)\b/i.test(sql));
  return { sql, statement, columns, changes: writes, bigints: false };
}

/** Whether `error` says that an integer does not fit a number. */
export function isTooWide(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ERR_OUT_OF_RANGE";
}

/** Makes integers of `prepared` come as bigint from now on. */
export function widen(prepared: Prepared): void {
  prepared.bigints = true;
  prepared.statement.setReadBigInts(true);
}

/** A number where it is exact, a bigint elsewhere. */
export function narrowed(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Bounds of a connection. */
export interface ConnectionLimits {
  /** Page cache in KiB. */
  readonly cacheKib: number;
}

/** Pages in the write-ahead log after which a commit copies them into the file: 16 MiB. */
export const checkpointPages = 4000;

/** Opens the one writing connection of a file and sets it to durable commits. */
export function openWriter(path: string, limits: ConnectionLimits): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5000 });
  db.exec("pragma page_size = 4096");
  db.exec("pragma journal_mode = wal");
  db.exec("pragma synchronous = full");
  db.exec(`pragma cache_size = -${limits.cacheKib}`);
  db.exec("pragma temp_store = memory");
  db.exec(`pragma wal_autocheckpoint = ${checkpointPages}`);
  // A log that outgrew this (a long reader held it) is cut back at the next checkpoint.
  db.exec(`pragma journal_size_limit = ${64 * 2 ** 20}`);
  return db;
}

/**
 * What a reader may ask SQLite about itself: every other pragma could change limits or leave files.
 */
const readablePragmas: ReadonlySet<string> = new Set([
  "compile_options",
  "database_list",
  "foreign_key_list",
  "freelist_count",
  "index_info",
  "index_list",
  "index_xinfo",
  "integrity_check",
  "page_count",
  "page_size",
  "quick_check",
  "table_info",
  "table_list",
  "table_xinfo",
]);

function authorise(action: number, subject: string | null): number {
  const denied =
    action === constants.SQLITE_ATTACH ||
    (action === constants.SQLITE_PRAGMA && !readablePragmas.has(subject ?? ""));
  return denied ? constants.SQLITE_DENY : constants.SQLITE_OK;
}

/** Opens a connection that cannot write, nor attach other files, nor change its own bounds. */
export function openReader(path: string, limits: ConnectionLimits): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  db.exec(`pragma cache_size = -${limits.cacheKib}`);
  db.exec("pragma temp_store = memory");
  db.setAuthorizer(authorise);
  return db;
}
