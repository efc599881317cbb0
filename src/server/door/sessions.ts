import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { hashOf } from "./keys.ts";
import type { Caller, Role } from "./keys.ts";

/** A console session: a cookie, and a token that cross-site pages cannot know. */
export interface Session {
  readonly caller: Caller;
  readonly csrf: string;
  readonly expiresAtMs: number;
}

/** Console sessions over the state store. */
export interface Sessions {
  open(caller: Caller): Promise<{ readonly session: Session; readonly secret: string }>;
  find(secret: string): Promise<Session | undefined>;
  end(secret: string): Promise<void>;
  /**
   * Ends the sessions of every key of the environment but `keyId`: it was changed or taken away.
   */
  endOthers(keyId: string | undefined): Promise<void>;
}

/** The cookie that carries a session's secret. */
export const sessionCookie = "morning_session";
const sessionMs = 12 * 3600_000;

/** Sessions last 12 hours and end with their key. */
export function makeSessions(store: Store, clock: Clock, ids: Ids): Sessions {
  const sql = (text: string): string => placeholders(store.dialect, text);
  return {
    async open(caller) {
      const secret = ids.hex(32);
      const csrf = ids.hex(16);
      const nowMs = clock.now();
      const expiresAtMs = nowMs + sessionMs;
      const { keyId, role, name } = caller;
      await store.write({
        statements: [
          { sql: sql("delete from session where expires_at < ?"), params: [nowMs] },
          {
            sql: sql(`insert into session (hash, key_id, role, name, csrf, created_at, expires_at)
              values (?, ?, ?, ?, ?, ?, ?)`),
            params: [hashOf(secret), keyId, role, name, csrf, nowMs, expiresAtMs],
          },
        ],
      });
      return { session: { caller, csrf, expiresAtMs }, secret };
    },
    async find(secret) {
      const [row] = await store.read(
        sql("select * from session where hash = ? and expires_at > ?"),
        [hashOf(secret), clock.now()],
      );
      if (row === undefined) return undefined;
      const caller: Caller = {
        name: String(row["name"]),
        keyId: String(row["key_id"]),
        role: row["role"] as Role,
      };
      return { caller, csrf: String(row["csrf"]), expiresAtMs: Number(row["expires_at"]) };
    },
    async endOthers(keyId = "") {
      const text = "delete from session where key_id like 'environment-%' and key_id <> ?";
      await store.write({ statements: [{ sql: sql(text), params: [keyId] }] });
    },
    async end(secret) {
      const params = [hashOf(secret)];
      await store.write({
        statements: [{ sql: sql("delete from session where hash = ?"), params }],
      });
    },
  };
}
