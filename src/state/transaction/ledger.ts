import type { Clock } from "../../core/clock.ts";
import type { Schema, Statement, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";

/**
 * Longer than any queue keeps a message (SQS: 14 days), so that no redelivery outlives its entry.
 */
export const ledgerRetentionMs: number = 15 * 24 * 3_600_000;

/** Entries that one sweep removes at most. */
const sweepRowsMax = 1000;
/** Least time between two sweeps of a store. */
const sweepEveryMs = 60_000;

const schema: Schema = {
  component: "ledger",
  migrations: [
    {
      version: 1,
      sqlite: [
        `create table morning_ledger (scope text not null, key text not null, token text not null,
          at integer not null, primary key (scope, key)) without rowid`,
        "create index morning_ledger_at on morning_ledger (at)",
      ],
      postgres: [
        `create table morning_ledger (scope text not null, key text not null, token text not null,
          at bigint not null, primary key (scope, key))`,
        "create index morning_ledger_at on morning_ledger (at)",
      ],
    },
  ],
};

/** The code by which a write says that its key is in the ledger; never leaves this folder. */
export const duplicateCode = "MOR_ONCE_DUPLICATE";

/** The idempotency ledger of one store: which keys were done. */
export interface Ledger {
  /** Enters a key; the write fails with {@link duplicateCode} if it is there. */
  enter(scope: string, key: string, token: string): Statement;
  /** Who entered the key; undefined if nobody did. */
  tokenOf(scope: string, key: string): Promise<string | undefined>;
  /**
   * Removes entries past retention, a bounded number at a time; does nothing when it did so lately.
   */
  sweep(): Promise<void>;
}

const ledgers: WeakMap<Store, Promise<Ledger>> = new WeakMap();

/** The ledger of a store; its table is made the first time. */
export function ledgerOf(store: Store, clock: Clock): Promise<Ledger> {
  let ledger = ledgers.get(store);
  if (ledger === undefined) {
    ledger = openLedger(store, clock);
    ledgers.set(store, ledger);
    // A store that did not answer may answer later.
    ledger.catch(() => ledgers.delete(store));
  }
  return ledger;
}

async function openLedger(store: Store, clock: Clock): Promise<Ledger> {
  await store.migrate(schema);
  const sql = (text: string): string => placeholders(store.dialect, text);
  const enter = sql(
    "insert into morning_ledger (scope, key, token, at) values (?, ?, ?, ?) on conflict do nothing",
  );
  const find = sql("select token from morning_ledger where scope = ? and key = ?");
  const remove = sql(`delete from morning_ledger where (scope, key) in
    (select scope, key from morning_ledger where at < ? order by at limit ${sweepRowsMax})`);
  let sweptAtMs = Number.NEGATIVE_INFINITY;
  return {
    enter: (scope, key, token) => ({
      sql: enter,
      params: [scope, key, token, clock.now()],
      expect: { rows: 1, error: { code: duplicateCode, message: `${scope}: ${key} was done` } },
    }),
    async tokenOf(scope, key) {
      const [row] = await store.read(find, [scope, key]);
      return row === undefined ? undefined : String(row["token"]);
    },
    async sweep() {
      if (clock.now() - sweptAtMs < sweepEveryMs) return;
      sweptAtMs = clock.now();
      const params = [clock.now() - ledgerRetentionMs];
      // The caller's own write is committed: what fails here must not look as if it were not. The
      // next call tries again.
      const swept = await store.write({ statements: [{ sql: remove, params }] }).catch(() => []);
      const [result] = swept;
      // More may be there: the next call goes on at once.
      if (result === undefined || result.changes === sweepRowsMax)
        sweptAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
