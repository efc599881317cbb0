import { createHash } from "node:crypto";
import type { Cancel } from "../../core/clock.ts";
import type { Row, Schema, Statement, StatementResult, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";

const tables = (integer: string): readonly string[] => [
  `create table queue_slot (
    scope text not null, name text not null, slot ${integer} not null,
    holder text not null, until_ms ${integer} not null, primary key (scope, name, slot))`,
  `create index queue_slot_until on queue_slot (until_ms)`,
  `create table queue_taken (
    scope text not null, name text not null, at_ms ${integer} not null,
    taken ${integer} not null, until_ms ${integer} not null, primary key (scope, name, at_ms))`,
  `create index queue_taken_until on queue_taken (until_ms)`,
  `create table queue_debounced (
    queue text not null, name text not null, id text not null, entry text not null,
    due_ms ${integer} not null, lease_ms ${integer} not null, primary key (queue, name))`,
  `create index queue_debounced_due on queue_debounced (due_ms)`,
];

/**
 * Tables of flow control: slots (concurrency keys, singletons), starts within a period, debounced
 * messages.
 */
export const flowSchema: Schema = {
  component: "queue-flow",
  migrations: [{ version: 1, sqlite: tables("integer"), postgres: tables("bigint") }],
};

/** Longest key that is stored as it is. */
const keyLengthMax = 200;

/** A key as it is stored: one that is long, or that an engine cannot store, by its SHA-256. */
export function flowKey(key: string): string {
  const plain = key.length <= keyLengthMax && !key.includes("\u0000") && key.isWellFormed();
  return plain ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** A wish for one of `max` slots of a key. */
export interface SlotWish {
  readonly scope: string;
  readonly key: string;
  readonly max: number;
  readonly holder: string;
  readonly ttlMs: number;
}

/** A slot that `holder` has until it gives it back or its time runs out. */
export interface Slot extends Pick<SlotWish, "scope" | "key" | "holder"> {
  readonly slot: number;
}

/** A wish for `count` starts of a key, of which `max` may fall in any stretch of `periodMs`. */
export interface TakeWish {
  readonly scope: string;
  readonly key: string;
  readonly max: number;
  readonly periodMs: number;
  readonly count: number;
}

/** How many starts were granted, and when asking again makes sense. */
export interface Taken {
  readonly granted: number;
  readonly retryAtMs: number;
}

/** Starts are counted in this many steps of a period, which bounds the rows of a key. */
const stepsPerPeriod = 100;

/**
 * One statement that takes the lowest free slot of a key, or nothing. Two processes that choose the
 * same one meet at the primary key; the second finds it taken and gets no row.
 */
export function slotStatement(wish: SlotWish, nowMs: number): Statement {
  const { scope, key, max, holder, ttlMs } = wish;
  return {
    sql: `insert into queue_slot (scope, name, slot, holder, until_ms)
      with recursive s(slot) as (select 0 union all select slot + 1 from s
        where slot + 1 < cast(? as bigint))
      select cast(? as text), cast(? as text), s.slot, cast(? as text), cast(? as bigint) from s
      where not exists (select 1 from queue_slot q where q.scope = ? and q.name = ?
        and q.slot = s.slot and q.until_ms > ?)
      order by s.slot limit 1
      on conflict (scope, name, slot) do update
        set holder = excluded.holder, until_ms = excluded.until_ms
        where queue_slot.until_ms <= ?
      returning slot`,
    params: [max, scope, key, holder, nowMs + ttlMs, scope, key, nowMs, nowMs],
  };
}

/** Gives a slot back, unless its time ran out and another has it. */
export function releaseStatement(slot: Slot): Statement {
  return {
    sql: `delete from queue_slot where scope = ? and name = ? and slot = ? and holder = ?`,
    params: [slot.scope, slot.key, slot.slot, slot.holder],
  };
}

/**
 * Statements that count starts within a sliding period. The first locks the key's row 0, so that on
 * Postgres no two transactions count at once. A start counts until the end of its step, so the
 * limit holds in every stretch of `periodMs`, at the price of up to one hundredth of the rate.
 */
export function takeStatements(wish: TakeWish, nowMs: number): readonly Statement[] {
  const { scope, key, max, periodMs, count } = wish;
  const stepMs = Math.max(1, Math.floor(periodMs / stepsPerPeriod));
  const atMs = Math.ceil((nowMs + 1) / stepMs) * stepMs;
  const untilMs = atMs + periodMs;
  const room = `cast(? as bigint) - (select cast(coalesce(sum(taken), 0) as bigint)
    from queue_taken where scope = ? and name = ? and until_ms > ? and at_ms > 0)`;
  const given = `case when cast(? as bigint) < ${room} then cast(? as bigint) else ${room} end`;
  const roomParams = [max, scope, key, nowMs];
  return [
    {
      sql: `insert into queue_taken (scope, name, at_ms, taken, until_ms) values (?, ?, 0, 0, ?)
        on conflict (scope, name, at_ms) do update set until_ms = excluded.until_ms`,
      params: [scope, key, untilMs],
    },
    {
      sql: `delete from queue_taken where scope = ? and name = ? and at_ms > 0 and until_ms <= ?`,
      params: [scope, key, nowMs],
    },
    {
      sql: `select ${given} as granted`,
      params: [count, ...roomParams, count, ...roomParams],
    },
    {
      sql: `insert into queue_taken (scope, name, at_ms, taken, until_ms)
        select cast(? as text), cast(? as text), cast(? as bigint), ${given}, cast(? as bigint)
        where ${room} > 0
        on conflict (scope, name, at_ms) do update set taken = queue_taken.taken + excluded.taken`,
      params: [
        scope,
        key,
        atMs,
        count,
        ...roomParams,
        count,
        ...roomParams,
        untilMs,
        ...roomParams,
      ],
    },
    {
      sql: `select min(until_ms) as free_ms from queue_taken
        where scope = ? and name = ? and at_ms > 0 and taken > 0`,
      params: [scope, key],
    },
  ];
}

/** Statements with the placeholders of the store's dialect. */
export function inDialect(store: Store, statements: readonly Statement[]): readonly Statement[] {
  return statements.map((one) => ({ ...one, sql: placeholders(store.dialect, one.sql) }));
}

/** Commits statements that are written with `?`. */
export function writeFlow(
  store: Store,
  statements: readonly Statement[],
  wake: readonly string[] = [],
): Promise<readonly StatementResult[]> {
  return store.write({ statements: inDialect(store, statements), wake });
}

/** Statements of one {@link takeStatements}. */
const takeLength = 5;

/** Flow control over the state store, correct over all processes. */
export interface FlowStore {
  readonly store: Store;
  /** A slot for each wish, in their order; undefined where all are held. */
  slots(wishes: readonly SlotWish[]): Promise<readonly (Slot | undefined)[]>;
  release(slots: readonly Slot[]): Promise<void>;
  /** Prolongs slots; answers those that another holder has by now. */
  renew(slots: readonly Slot[], ttlMs: number): Promise<readonly Slot[]>;
  take(wishes: readonly TakeWish[]): Promise<readonly Taken[]>;
  /** Calls `listener` when slots of a scope were given back, in whatever process. */
  onRelease(scope: string, listener: () => void): Cancel;
  /** Frees every slot of a scope. */
  clear(scope: string): Promise<void>;
  /** Removes what ran out. */
  prune(): Promise<void>;
}

const channelOf = (scope: string): string => `queue-slot:${scope}`;

async function renewSlots(
  store: Store,
  slots: readonly Slot[],
  untilMs: number,
): Promise<readonly Slot[]> {
  if (slots.length === 0) return [];
  const results = await writeFlow(
    store,
    slots.map(({ scope, key, slot, holder }) => ({
      sql: `update queue_slot set until_ms = ?
        where scope = ? and name = ? and slot = ? and holder = ?`,
      params: [untilMs, scope, key, slot, holder],
    })),
  );
  return slots.filter((_, index) => results[index]?.changes !== 1);
}

async function takeAll(
  store: Store,
  wishes: readonly TakeWish[],
  nowMs: number,
): Promise<readonly Taken[]> {
  if (wishes.length === 0) return [];
  const statements = wishes.flatMap((wish) => takeStatements(wish, nowMs));
  const results = await writeFlow(store, statements);
  return wishes.map((_, index) => {
    const granted = numberIn(results[index * takeLength + 2]?.rows[0], "granted") ?? 0;
    const freeMs = numberIn(results[index * takeLength + 4]?.rows[0], "free_ms");
    return { granted: Math.max(0, granted), retryAtMs: freeMs ?? nowMs };
  });
}

function numberIn(row: Row | undefined, column: string): number | undefined {
  const value = row?.[column];
  return value === null || value === undefined ? undefined : Number(value);
}

/** Flow control over a store whose {@link flowSchema} is up to date. */
export function makeFlowStore(store: Store, now: () => number): FlowStore {
  return {
    store,
    async slots(wishes) {
      if (wishes.length === 0) return [];
      const nowMs = now();
      const statements = wishes.map((wish) => slotStatement(wish, nowMs));
      const results = await writeFlow(store, statements);
      return wishes.map(({ scope, key, holder }, index) => {
        const slot = numberIn(results[index]?.rows[0], "slot");
        return slot === undefined ? undefined : { scope, key, holder, slot };
      });
    },
    async release(slots) {
      if (slots.length === 0) return;
      const wake = [...new Set(slots.map(({ scope }) => channelOf(scope)))];
      await writeFlow(store, slots.map(releaseStatement), wake);
    },
    renew: (slots, ttlMs) => renewSlots(store, slots, now() + ttlMs),
    take: (wishes) => takeAll(store, wishes, now()),
    onRelease: (scope, listener) => store.listen(channelOf(scope), listener),
    async clear(scope) {
      const statement = { sql: `delete from queue_slot where scope = ?`, params: [scope] };
      await writeFlow(store, [statement], [channelOf(scope)]);
    },
    async prune() {
      const params = [now()];
      await writeFlow(store, [
        { sql: `delete from queue_slot where until_ms <= ?`, params },
        { sql: `delete from queue_taken where until_ms <= ?`, params },
      ]);
    },
  };
}
