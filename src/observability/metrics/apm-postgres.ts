import { coreErrors } from "../../core/errors.ts";
import type { SqlValue } from "../../core/store.ts";
import { normaliseStatement } from "./apm-statements.ts";

/** Runs one statement on a Postgres and answers its rows by column. */
export type PostgresQuery = (
  text: string,
  values: readonly SqlValue[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** What Postgres counted of one statement since its statistics were reset. */
export interface StatementCount {
  /** Database, user and query id: what tells statements apart. */
  readonly key: string;
  readonly database: string;
  readonly statement: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly maxMs: number;
  readonly rows: number;
  /** Blocks of 8 KiB: from the shared buffers, from outside, and written to temporary files. */
  readonly blocksHit: number;
  readonly blocksRead: number;
  readonly blocksTemporary: number;
}

/** A comment by which the reader's own question is known, and left out. */
const own = "morning:slow-statements";

const statementsQuery = `
  select /* ${own} */ s.dbid::text || '/' || s.userid::text || '/' || s.queryid::text as key,
         d.datname as database, left(s.query, 4000) as query, s.calls::float8 as calls,
         s.total_exec_time as total, s.max_exec_time as max, s.rows::float8 as rows,
         s.shared_blks_hit::float8 as hit, s.shared_blks_read::float8 as read,
         (s.temp_blks_written + s.temp_blks_read)::float8 as temporary
    from pg_stat_statements s join pg_database d on d.oid = s.dbid
   where d.datname = current_database() and s.queryid is not null and s.query not like '%${own}%'
   order by s.total_exec_time desc limit $1`;

/** SQLSTATE of an absent relation, of a library that was not preloaded, of a missing grant. */
const missing = [
  "the database does not have pg_stat_statements",
  "Run `create extension pg_stat_statements` in the database.",
] as const;
const absent: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  "42P01": missing,
  "42883": missing,
  "55000": [
    "Postgres was started without pg_stat_statements",
    "Put pg_stat_statements into shared_preload_libraries and start Postgres again.",
  ],
  "42501": [
    "pg_stat_statements may not be read",
    "Grant pg_read_all_stats to the user that Morning connects as.",
  ],
};

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const numberOf = (value: unknown): number => {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
};

/** SQLSTATE of what Postgres threw, through pg itself or through the state store. */
function sqlStateOf(error: unknown): string {
  const { code, details } = error as { code?: unknown; details?: { sqlState?: unknown } };
  return textOf(details?.sqlState ?? code);
}

/**
 * Reads `pg_stat_statements` (Postgres 13 and later): the statements of this database that took
 * most time. What other databases of the engine run is not this app's to see.
 * @param limit 500 if left out
 * @param known what was read before: a key's text stays, and long ones take long to be normalised
 * @throws MOR_UNSUPPORTED where the extension or the right to read it is missing, with the fix
 */
export async function readStatements(
  query: PostgresQuery,
  limit = 500,
  known: readonly StatementCount[] = [],
): Promise<readonly StatementCount[]> {
  let rows: readonly Readonly<Record<string, unknown>>[];
  try {
    rows = await query(statementsQuery, [limit]);
  } catch (cause) {
    const reason = absent[sqlStateOf(cause)];
    if (reason === undefined) throw cause;
    const [what, fix] = reason;
    throw coreErrors.MOR_UNSUPPORTED(what, { cause, fix });
  }
  const texts = new Map(known.map(({ key, statement }) => [key, statement]));
  return rows.map((row) => ({
    key: textOf(row["key"]),
    database: textOf(row["database"]),
    statement: texts.get(textOf(row["key"])) ?? normaliseStatement(textOf(row["query"])),
    calls: numberOf(row["calls"]),
    totalMs: numberOf(row["total"]),
    maxMs: numberOf(row["max"]),
    rows: numberOf(row["rows"]),
    blocksHit: numberOf(row["hit"]),
    blocksRead: numberOf(row["read"]),
    blocksTemporary: numberOf(row["temporary"]),
  }));
}

/** What a statement did between two snapshots. */
export interface StatementChange extends StatementCount {
  readonly averageMs: number;
}

/**
 * What statements did between two snapshots. A counter that went down was reset: everything it
 * says now is since then. One that is not in the older snapshot did not take enough time to be
 * there, so that all of it counts.
 */
export function statementChanges(
  before: readonly StatementCount[],
  after: readonly StatementCount[],
): readonly StatementChange[] {
  const older = new Map(before.map((one) => [one.key, one]));
  return after
    .map((now): StatementChange => {
      const known = older.get(now.key);
      const was = known !== undefined && known.calls <= now.calls ? known : undefined;
      const calls = now.calls - (was?.calls ?? 0);
      const totalMs = Math.max(0, now.totalMs - (was?.totalMs ?? 0));
      return {
        ...now,
        calls,
        totalMs,
        averageMs: calls === 0 ? 0 : totalMs / calls,
        rows: now.rows - (was?.rows ?? 0),
        blocksHit: now.blocksHit - (was?.blocksHit ?? 0),
        blocksRead: now.blocksRead - (was?.blocksRead ?? 0),
        blocksTemporary: now.blocksTemporary - (was?.blocksTemporary ?? 0),
      };
    })
    .filter(({ calls }) => calls > 0)
    .sort((a, b) => b.totalMs - a.totalMs);
}
