import type { Clock } from "../../core/clock.ts";
import type { Row, SqlValue, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import type { Role } from "./keys.ts";

/** One state-changing call. */
export interface AuditEntry {
  readonly seq: number;
  readonly atMs: number;
  /** The key's name, or `local`. */
  readonly actor: string;
  readonly role: Role;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly traceId: string | null;
}

/** The append-only record of state-changing calls. */
export interface Audit {
  record(entry: Omit<AuditEntry, "seq" | "atMs">): Promise<void>;
  /** Newest first. */
  list(query: AuditQuery): Promise<readonly AuditEntry[]>;
  /** The newest of a trace; at most 20. */
  ofTrace(traceId: string): Promise<readonly AuditEntry[]>;
  /** Calls `listener` with every entry that is recorded from now on; answers how to stop. */
  listen(listener: (entry: AuditEntry) => void): () => void;
}

/** Which entries; what is left out does not matter. */
export interface AuditQuery {
  readonly limit: number;
  /** The last `seq` of the page before. */
  readonly before?: number | undefined;
  readonly actor?: string | undefined;
  readonly method?: string | undefined;
  /** A part of the path. */
  readonly path?: string | undefined;
  /** From this instant on, and before that one; milliseconds since the epoch. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Whether the status is 400 or more. */
  readonly failed?: boolean | undefined;
}

const pathLengthMax = 500;
const ofTraceMax = 20;

function entryOf(row: Row): AuditEntry {
  return {
    seq: Number(row["seq"]),
    atMs: Number(row["at"]),
    actor: String(row["actor"]),
    role: row["role"] as Role,
    method: String(row["method"]),
    path: String(row["path"]),
    status: Number(row["status"]),
    traceId: row["trace"] === null ? null : String(row["trace"]),
  };
}

/** The conditions of a query, and their parameters. */
function conditionsOf(query: AuditQuery, dialect: Store["dialect"]): [string[], SqlValue[]] {
  const conditions: string[] = [];
  const params: SqlValue[] = [];
  const add = (condition: string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    params.push(value);
  };
  add("seq < ?", query.before);
  add("actor = ?", query.actor);
  add("method = ?", query.method);
  add(dialect === "sqlite" ? "instr(path, ?) > 0" : "strpos(path, ?) > 0", query.path);
  add("at >= ?", query.fromMs);
  add("at < ?", query.toMs);
  // Literals, so that the index of failed calls serves.
  if (query.failed !== undefined) conditions.push(query.failed ? "status >= 400" : "status < 400");
  return [conditions, params];
}

/** The audit log over the state store. */
export function makeAudit(store: Store, clock: Clock): Audit {
  const listeners = new Set<(entry: AuditEntry) => void>();
  const sql = (text: string): string => placeholders(store.dialect, text);
  return {
    async record({ actor, role, method, path, status, traceId }) {
      const insert = `insert into audit (at, actor, role, method, path, status, trace)
        values (?, ?, ?, ?, ?, ?, ?) returning *`;
      const shown = path.slice(0, pathLengthMax);
      const params = [clock.now(), actor, role, method, shown, status, traceId];
      const [result] = await store.write({ statements: [{ sql: sql(insert), params }] });
      for (const row of result?.rows ?? []) {
        const entry = entryOf(row);
        for (const listener of listeners) listener(entry);
      }
    },
    async list(query) {
      const [conditions, params] = conditionsOf(query, store.dialect);
      const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
      const text = `select * from audit ${where} order by seq desc limit ?`;
      const values = [...params, query.limit];
      // Filters may have to look through all of it: away from the event loop.
      const rows = await (store.readLong?.(sql(text), values) ?? store.read(sql(text), values));
      return rows.map(entryOf);
    },
    async ofTrace(traceId) {
      const text = "select * from audit where trace = ? order by seq desc limit ?";
      return (await store.read(sql(text), [traceId, ofTraceMax])).map(entryOf);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
