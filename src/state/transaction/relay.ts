import type { OutboxDelivery } from "../../core/capabilities/outbox.ts";
import type { Cancel, Clock } from "../../core/clock.ts";
import type { Ids, Random } from "../../core/ids.ts";
import type { Log } from "../../core/log.ts";
import type { Metrics } from "../../core/metrics.ts";
import { backoffMs } from "../../core/retry.ts";
import type { SqlValue, Statement, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";

/** What the outbox needs from the process that it runs in. */
export interface OutboxHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What a relay needs. */
export interface RelayOptions extends OutboxHost {
  readonly store: Store;
  readonly kind: string;
  readonly deliver: OutboxDelivery;
}

/** Delivers what is in the outbox for one kind. Each of its targets goes its own way. */
export interface Relay {
  /** Something may be there. */
  readonly wake: () => void;
  close(): Promise<void>;
}

/** How long a target belongs to one process without a word from it. */
export const leaseMs = 30_000;

/** Payloads that are delivered between two writes. */
const batchMax = 100;
/** Targets that are delivered to at once; the rest follows as these end. */
const targetsMax = 32;
const backoff = { baseMs: 200, delayMsMax: 20_000 };

/** The statements of a relay, in the store's dialect. */
function makeStatements(
  store: Store,
  kind: string,
  owner: string,
): {
  readonly targets: string;
  readonly batch: string;
  take(name: string, nowMs: number): Statement;
  renew(name: string, nowMs: number): Statement;
  remove(ids: readonly SqlValue[]): Statement;
  release(name: string): Statement;
} {
  const sql = (text: string): string => placeholders(store.dialect, text);
  const take = sql(`insert into morning_outbox_lease (kind, name, owner, until) values (?, ?, ?, ?)
    on conflict (kind, name) do update set owner = excluded.owner, until = excluded.until
    where morning_outbox_lease.until <= ? or morning_outbox_lease.owner = excluded.owner`);
  const renew = sql(
    "update morning_outbox_lease set until = ? where kind = ? and name = ? and owner = ?",
  );
  const remove = sql("delete from morning_outbox where id = ?");
  const release = sql("delete from morning_outbox_lease where kind = ? and name = ? and owner = ?");
  return {
    targets: sql(
      "select name from morning_outbox where kind = ? group by name order by min(id) limit 1000",
    ),
    batch: sql(`select id, payload, idempotency_key from morning_outbox
      where kind = ? and name = ? order by id limit ${batchMax}`),
    take: (name, nowMs) => ({
      sql: take,
      params: [kind, name, owner, nowMs + leaseMs, nowMs],
    }),
    renew: (name, nowMs) => ({ sql: renew, params: [nowMs + leaseMs, kind, name, owner] }),
    remove: (ids) => ({ sql: remove, each: ids.map((id) => [id]) }),
    release: (name) => ({ sql: release, params: [kind, name, owner] }),
  };
}

/**
 * Makes the relay of one kind. Nothing polls: it is woken, or waits for a back-off or another's
 * lease to end.
 */
export function makeRelay(options: RelayOptions): Relay {
  const { store, kind, clock, random, log, metrics } = options;
  const statements = makeStatements(store, kind, options.ids.uuid());
  /** Targets under way; `again` when something may have come since they last looked. */
  const active = new Map<string, { again: boolean; ended: Promise<void> }>();
  /** Targets that wait for a time. */
  const resting = new Map<string, Cancel>();
  const failures = new Map<string, number>();
  let scanning: Promise<void> | undefined;
  let scanAgain = false;
  let closed = false;

  const rest = (name: string, delayMs: number): void => {
    resting.get(name)?.();
    const wakeUp = (): void => {
      resting.delete(name);
      begin(name);
    };
    resting.set(name, clock.after(delayMs, wakeUp));
  };

  const failed = (name: string, error: unknown): void => {
    const count = (failures.get(name) ?? 0) + 1;
    failures.set(name, count);
    metrics.count("morning_outbox_failures_total", { kind });
    log.warn("outbox: a delivery failed and will be repeated", {
      kind,
      name,
      failures: count,
      error: String((error as Error).message ?? error),
    });
    // Half of it at least: a broken target must not be tried in a tight loop by luck.
    rest(name, backoff.baseMs / 2 + backoffMs(count, backoff, random));
  };

  /** Delivers one batch in order; gives whether more may be there. */
  const deliverBatch = async (name: string): Promise<boolean> => {
    const rows = await store.read(statements.batch, [kind, name]);
    const done: SqlValue[] = [];
    try {
      for (const row of rows) {
        if (closed) break;
        const key = String(row["idempotency_key"]);
        await options.deliver(name, String(row["payload"]), key);
        done.push(row["id"] ?? null);
      }
    } finally {
      if (done.length > 0) {
        metrics.count("morning_outbox_delivered_total", { kind }, done.length);
        const renewal = { ...statements.renew(name, clock.now()), expect: { rows: 1 } as const };
        // The lease goes first: who lost it leaves the rows to the new owner, which delivers them
        // again.
        await store.write({ statements: [renewal, statements.remove(done)] });
        failures.delete(name);
      }
    }
    return rows.length === batchMax;
  };

  const deliverAll = async (name: string, state: { again: boolean }): Promise<void> => {
    const [taken] = await store.write({ statements: [statements.take(name, clock.now())] });
    if (taken?.changes !== 1) {
      // Another process delivers; should it die, its lease ends.
      rest(name, leaseMs);
      return;
    }
    do {
      state.again = false;
      state.again = (await deliverBatch(name)) || (state.again as boolean);
    } while (state.again && !closed);
    await store.write({ statements: [statements.release(name)] });
  };

  const begin = (name: string): void => {
    const known = active.get(name);
    if (known !== undefined) known.again = true;
    if (known !== undefined || closed || resting.has(name)) return;
    if (active.size >= targetsMax) return;
    const state = { again: false, ended: Promise.resolve() };
    active.set(name, state);
    state.ended = deliverAll(name, state)
      .catch((error: unknown) => {
        if (!closed) failed(name, error);
      })
      .finally(() => {
        active.delete(name);
        // Something came while the lease was given back, or a target found no room.
        if (!closed) wake();
      });
  };

  const scan = async (): Promise<void> => {
    do {
      scanAgain = false;
      const rows = await store.read(statements.targets, [kind]);
      for (const row of rows) begin(String(row["name"]));
    } while (scanAgain && !closed);
  };

  const wake = (): void => {
    if (closed) return;
    scanAgain = true;
    scanning ??= scan()
      .catch((error: unknown) => {
        if (closed) return;
        log.warn("outbox: the store did not answer", { kind, error: String(error) });
        clock.after(backoff.baseMs * 5, wake);
      })
      .finally(() => {
        scanning = undefined;
        if (scanAgain && !closed) wake();
      });
  };

  return {
    wake,
    async close() {
      closed = true;
      for (const cancel of resting.values()) cancel();
      resting.clear();
      await scanning;
      await Promise.all([...active.values()].map((state) => state.ended));
    },
  };
}
