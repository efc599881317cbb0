import type { Clock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
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
  /** Newest first; `before` is the last `seq` of the page before. */
  list(limit: number, before?: number): Promise<readonly AuditEntry[]>;
}

const pathLengthMax = 500;

/** The audit log over the state store. */
export function makeAudit(store: Store, clock: Clock): Audit {
  return {
    async record({ actor, role, method, path, status, traceId }) {
      const sql = `insert into audit (at, actor, role, method, path, status, trace)
        values (?, ?, ?, ?, ?, ?, ?)`;
      const shown = path.slice(0, pathLengthMax);
      const params = [clock.now(), actor, role, method, shown, status, traceId];
      await store.write({ statements: [{ sql: placeholders(store.dialect, sql), params }] });
    },
    async list(limit, before = Number.MAX_SAFE_INTEGER) {
      const sql = "select * from audit where seq < ? order by seq desc limit ?";
      const rows = await store.read(placeholders(store.dialect, sql), [before, limit]);
      return rows.map((row) => ({
        seq: Number(row["seq"]),
        atMs: Number(row["at"]),
        actor: String(row["actor"]),
        role: row["role"] as Role,
        method: String(row["method"]),
        path: String(row["path"]),
        status: Number(row["status"]),
        traceId: row["trace"] === null ? null : String(row["trace"]),
      }));
    },
  };
}
