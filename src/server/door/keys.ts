import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Ids } from "../../core/ids.ts";
import type { Row, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";

/**
 * What a caller may do: look, act, or change who may. `ingest` may hand telemetry in and nothing
 * else.
 */
export type Role = "viewer" | "operator" | "admin" | "ingest";

/** Roles, for whoever validates one. */
export const roles: readonly Role[] = ["viewer", "operator", "admin", "ingest"];

const ranks: Readonly<Record<Role, number>> = { ingest: 0, viewer: 1, operator: 2, admin: 3 };

/** Whether `role` includes what `needed` may do. */
export function includes(role: Role, needed: Role): boolean {
  if (needed === "ingest") return role === "ingest" || role === "admin";
  return ranks[role] >= ranks[needed];
}

/** Who calls. */
export interface Caller {
  /** The key's name; `local` on a server without credentials. */
  readonly name: string;
  readonly keyId: string;
  readonly role: Role;
}

/** A key without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAtMs: number;
  readonly usedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** API keys: hashed, scoped by role, revocable. */
export interface Keys {
  /** Whether any credential is configured. */
  configured(): Promise<boolean>;
  /** Makes a key; the text is shown this once. */
  create(name: string, role: Role): Promise<{ readonly key: ApiKey; readonly text: string }>;
  list(): Promise<readonly ApiKey[]>;
  revoke(id: string): Promise<void>;
  /** Who brings this key; undefined when it is wrong or revoked. */
  find(text: string): Promise<Caller | undefined>;
}

/** Keys are 256 random bits: a plain hash cannot be reversed by guessing. */
const secretBytes = 32;
const keyForm = /^mor_([0-9a-f]{12})_[0-9a-f]{64}$/;
/**
 * Until a check is repeated against the store, milliseconds: a revoked key works on for so long
 * elsewhere.
 */
const rememberedMs = 5_000;
const rememberedMax = 1_000;
/** API keys that there may be, revoked ones among them. */
export const keysMax = 1_000;

/** The id that the environment's key has in sessions: another key is another id. */
export function environmentKeyId(adminKey: string): string {
  return `environment-${hashOf(adminKey).slice(0, 12)}`;
}

/** The hash under which a secret is kept. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function equal(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

function keyOf(row: Row): ApiKey {
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    role: row["role"] as Role,
    createdAtMs: Number(row["created_at"]),
    usedAtMs: row["used_at"] === null ? null : Number(row["used_at"]),
    revokedAtMs: row["revoked_at"] === null ? null : Number(row["revoked_at"]),
  };
}

/** What keys work with. `adminKey` is a key given by the environment, never stored. */
export interface KeysOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly adminKey: string | undefined;
}

/** API keys over the state store. */
export function makeKeys({ store, clock, ids, adminKey }: KeysOptions): Keys {
  const remembered = new Map<string, { caller: Caller; untilMs: number }>();
  const run = (sql: string, params: readonly (string | number)[]): Promise<readonly Row[]> =>
    store.read(placeholders(store.dialect, sql), params);
  const write = (sql: string, params: readonly (string | number)[]): Promise<unknown> =>
    store.write({ statements: [{ sql: placeholders(store.dialect, sql), params }] });
  const lookUp = async (text: string): Promise<Caller | undefined> => {
    if (adminKey !== undefined && equal(hashOf(text), hashOf(adminKey))) {
      return { name: "environment", keyId: environmentKeyId(adminKey), role: "admin" };
    }
    const id = keyForm.exec(text)?.[1];
    if (id === undefined) return undefined;
    const [row] = await run("select * from api_key where id = ? and revoked_at is null", [id]);
    if (row === undefined || !equal(String(row["hash"]), hashOf(text))) return undefined;
    await write("update api_key set used_at = ? where id = ?", [clock.now(), id]);
    return { name: String(row["name"]), keyId: id, role: row["role"] as Role };
  };
  return {
    async configured() {
      if (adminKey !== undefined) return true;
      return (await run("select 1 from api_key where revoked_at is null limit 1", [])).length > 0;
    },
    async create(name, role) {
      const [count] = await run("select count(*) as n from api_key", []);
      if (Number(count?.["n"] ?? 0) >= keysMax) {
        throw coreErrors.MOR_OVERLOADED(`there are ${keysMax} API keys already`);
      }
      const id = ids.hex(6);
      const text = `mor_${id}_${ids.hex(secretBytes)}`;
      const createdAtMs = clock.now();
      await write("insert into api_key (id, name, role, hash, created_at) values (?, ?, ?, ?, ?)", [
        id,
        name,
        role,
        hashOf(text),
        createdAtMs,
      ]);
      const key = { id, name, role, createdAtMs, usedAtMs: null, revokedAtMs: null };
      return { key, text };
    },
    list: async () => (await run("select * from api_key order by created_at", [])).map(keyOf),
    async revoke(id) {
      const sql = "update api_key set revoked_at = ? where id = ? and revoked_at is null";
      const message = `there is no API key ${id} in force`;
      const revocation = {
        sql: placeholders(store.dialect, sql),
        params: [clock.now(), id],
        expect: { rows: 1, error: { code: "MOR_NOT_FOUND", message } },
      };
      const ending = {
        sql: placeholders(store.dialect, "delete from session where key_id = ?"),
        params: [id],
      };
      await store.write({ statements: [revocation, ending] }).catch((error: unknown) => {
        throw MorningError.is(error, "MOR_NOT_FOUND") ? coreErrors.MOR_NOT_FOUND(message) : error;
      });
      remembered.clear();
    },
    async find(text) {
      const hash = hashOf(text);
      const known = remembered.get(hash);
      if (known !== undefined && known.untilMs > clock.now()) return known.caller;
      const caller = await lookUp(text);
      if (remembered.size >= rememberedMax) remembered.clear();
      if (caller !== undefined)
        remembered.set(hash, { caller, untilMs: clock.now() + rememberedMs });
      return caller;
    },
  };
}
