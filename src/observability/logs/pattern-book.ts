import type { Clock } from "../../core/clock.ts";
import type { Schema, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";

/** A log pattern as the book keeps it: what its lines have in common. */
export interface KnownPattern {
  readonly id: string;
  readonly template: string;
  /** Grows as the template becomes more general. */
  readonly version: number;
  readonly firstSeenMs: number;
  /** Whether it appeared after its service had been known for a while. */
  readonly isNew: boolean;
  /** The pattern that it turned out to be; itself where it is one of its own. */
  readonly into: string;
}

/** A pattern as the miner tells it. */
export type FoundPattern = Omit<KnownPattern, "firstSeenMs" | "into">;

/** Templates of log patterns by their id, over the state store. */
export interface PatternBook {
  /** Takes in what the miner found or made more general. */
  learn(patterns: readonly FoundPattern[]): Promise<void>;
  /** Patterns that turned out to be others. */
  merge(merged: readonly { readonly id: string; readonly into: string }[]): Promise<void>;
  get(ids: readonly string[]): Promise<ReadonlyMap<string, KnownPattern>>;
  /** The miner's state, to go on where it ended. */
  load(): Promise<string | undefined>;
  save(state: string): Promise<void>;
}

const schema: Schema = {
  component: "log-patterns",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table log_pattern (id text primary key, template text not null,
          version integer not null, first_seen integer not null, is_new integer not null,
          became text not null) strict`,
        "create table log_miner (id integer primary key, state text not null) strict",
      ],
      postgres: [
        `create table log_pattern (id text primary key, template text not null,
          version integer not null, first_seen bigint not null, is_new integer not null,
          became text not null)`,
        "create table log_miner (id integer primary key, state text not null)",
      ],
    },
  ],
};

/** Ids that one read asks for. */
const idsMax = 500;

/** Opens the book of patterns in `store`. */
export async function openPatternBook(store: Store, clock: Clock): Promise<PatternBook> {
  await store.migrate(schema);
  const sql = (text: string): string => placeholders(store.dialect, text);
  return {
    async learn(patterns) {
      if (patterns.length === 0) return;
      const text = `insert into log_pattern (id, template, version, first_seen, is_new, became)
        values (?, ?, ?, ?, ?, '') on conflict (id) do update set
        template = excluded.template, version = excluded.version
        where excluded.version >= log_pattern.version`;
      const rows = patterns.map(({ id, template, version, isNew }) => [
        id,
        template,
        version,
        clock.now(),
        isNew ? 1 : 0,
      ]);
      await store.write({ statements: [{ sql: sql(text), each: rows }] });
    },
    async merge(merged) {
      if (merged.length === 0) return;
      const text = "update log_pattern set became = ? where id = ?";
      const rows = merged.map(({ id, into }) => [into, id]);
      await store.write({ statements: [{ sql: sql(text), each: rows }] });
    },
    async get(ids) {
      const found = new Map<string, KnownPattern>();
      for (let at = 0; at < ids.length; at += idsMax) {
        const some = ids.slice(at, at + idsMax);
        const marks = some.map(() => "?").join(", ");
        const text = `select * from log_pattern where id in (${marks})`;
        for (const row of await store.read(sql(text), some)) {
          found.set(String(row["id"]), {
            id: String(row["id"]),
            template: String(row["template"]),
            version: Number(row["version"]),
            firstSeenMs: Number(row["first_seen"]),
            isNew: Number(row["is_new"]) === 1,
            into: String(row["became"]) || String(row["id"]),
          });
        }
      }
      return found;
    },
    async load() {
      const [row] = await store.read("select state from log_miner where id = 1");
      return row === undefined ? undefined : String(row["state"]);
    },
    async save(state) {
      const text = `insert into log_miner (id, state) values (1, ?)
        on conflict (id) do update set state = excluded.state`;
      await store.write({ statements: [{ sql: sql(text), params: [state] }] });
    },
  };
}
