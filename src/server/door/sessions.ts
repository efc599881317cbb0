import type { Clock } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Ids } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { hashOf } from "./keys.ts";
import type { Caller, Role } from "./keys.ts";

/** A console session: a cookie, and a token that cross-site pages cannot know. */
export interface Session {
  /** Says which one it is, to no avail for whoever wants to take it over. */
  readonly id: string;
  readonly caller: Caller;
  readonly csrf: string;
  readonly expiresAtMs: number;
}

/** A session as administrators see it. */
export interface OpenSession {
  readonly id: string;
  /** Name and role of the key that signed in. */
  readonly name: string;
  readonly role: Role;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Console sessions over the state store. */
export interface Sessions {
  open(caller: Caller): Promise<{ readonly session: Session; readonly secret: string }>;
  find(secret: string): Promise<Session | undefined>;
  end(secret: string): Promise<void>;
  /** Those that have not expired, the newest first; at most 500. */
  list(): Promise<readonly OpenSession[]>;
  /** @throws MOR_NOT_FOUND when there is none (any more) */
  endOne(id: string): Promise<void>;
  /**
   * Ends the sessions of every key of the environment but `keyId`: it was changed or taken away.
   */
  endOthers(keyId: string | undefined): Promise<void>;
}

/** The cookie that carries a session's secret. */
export const sessionCookie = "morning_session";
/** How long a session lasts, milliseconds. */
export const sessionMs: number = 12 * 3600_000;
/** Sessions that a list has at most. */
const listedMax = 500;
/** How much of a session's hash is its id, hexadecimal digits. */
const idLength = 12;

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
      const id = hashOf(secret).slice(0, idLength);
      return { session: { id, caller, csrf, expiresAtMs }, secret };
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
      return {
        id: String(row["hash"]).slice(0, idLength),
        caller,
        csrf: String(row["csrf"]),
        expiresAtMs: Number(row["expires_at"]),
      };
    },
    async list() {
      const text = `select hash, name, role, created_at, expires_at from session
        where expires_at > ? order by created_at desc, hash limit ?`;
      const rows = await store.read(sql(text), [clock.now(), listedMax]);
      return rows.map((row) => ({
        id: String(row["hash"]).slice(0, idLength),
        name: String(row["name"]),
        role: row["role"] as Role,
        createdAtMs: Number(row["created_at"]),
        expiresAtMs: Number(row["expires_at"]),
      }));
    },
    async endOne(id) {
      const message = `there is no session ${id}: it has ended`;
      const ending = {
        sql: sql(`delete from session where substr(hash, 1, ${idLength}) = ?`),
        params: [id],
        expect: { rows: "some" as const, error: { code: "MOR_NOT_FOUND", message } },
      };
      await store.write({ statements: [ending] }).catch((error: unknown) => {
        throw MorningError.is(error, "MOR_NOT_FOUND") ? coreErrors.MOR_NOT_FOUND(message) : error;
      });
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
