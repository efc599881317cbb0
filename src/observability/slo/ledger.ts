import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { Row, SqlValue, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import type { SignalReader } from "../signals/store.ts";
import { countEvents } from "./count.ts";
import type { CountedBucket } from "./count.ts";
import { budgetOf, burnRate, policiesFor } from "./burn.ts";
import type { Budget, BurnPolicy, Tally } from "./burn.ts";
import { sloSchema } from "./schema.ts";
import type { SloSpec } from "./slo.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long minutes are kept; the longest window of a burn alert is shorter. */
const minutesKeptMs = 4 * dayMs;
const hoursKeptMs = 100 * dayMs;
/** Minutes that are counted again: spans arrive when they end, and belong to when they began. */
const recountMs = 10 * minuteMs;

/** One pair of windows of an objective, now. */
export interface BurnState extends BurnPolicy {
  /** Burn rates; nothing where nothing happened. */
  readonly long: number | undefined;
  readonly short: number | undefined;
  /** Events of the long window. */
  readonly events: number;
  /** Both windows burn too fast, and there were events enough to say so. */
  readonly burning: boolean;
}

/** How an objective stands. */
export interface SloState extends Budget {
  readonly atMs: number;
  readonly total: number;
  readonly good: number;
  readonly burn: readonly BurnState[];
}

/** Counts the events of objectives, and keeps the counts. */
export interface SloLedger {
  /** Counts what came since the last time. */
  count(name: string, spec: SloSpec): Promise<void>;
  /**
   * Events of whole minutes; of whole hours where the range begins before minutes are kept.
   * `toMs` is excluded.
   */
  tally(name: string, spec: SloSpec, fromMs: number, toMs: number): Promise<Tally>;
  /** Whether pairs of windows burn, at the last whole minute. */
  burn(name: string, spec: SloSpec, policies: readonly BurnPolicy[]): Promise<readonly BurnState[]>;
  state(name: string, spec: SloSpec): Promise<SloState>;
  /** Events by hours, ascending. */
  series(name: string, spec: SloSpec, fromMs: number): Promise<readonly CountedBucket[]>;
}

/** Names what is counted: another indicator is counted anew. */
export function indicatorKey({ indicator }: Pick<SloSpec, "indicator">): string {
  return createHash("sha256").update(JSON.stringify(indicator)).digest("hex").slice(0, 16);
}

/** Whether a pair of windows burns too fast. */
export function burnStateOf(
  policy: BurnPolicy,
  long: Tally,
  short: Tally,
  { objective, eventsMin }: Pick<SloSpec, "objective" | "eventsMin">,
): BurnState {
  const [longRate, shortRate] = [burnRate(long, objective), burnRate(short, objective)];
  // A share that burns at exactly the bound burns too, whatever rounding makes of it.
  const bound = policy.rate * (1 - 1e-9);
  const fast = (rate: number | undefined): boolean => rate !== undefined && rate >= bound;
  const burning = long.total >= eventsMin && fast(longRate) && fast(shortRate);
  return { ...policy, long: longRate, short: shortRate, events: long.total, burning };
}

const floor = (ms: number, stepMs: number): number => Math.floor(ms / stepMs) * stepMs;

const upsert = `insert into slo_bucket (slo, indicator, step_ms, at_ms, good, total)
  values (?, ?, ?, ?, ?, ?) on conflict (slo, indicator, step_ms, at_ms)
  do update set good = excluded.good, total = excluded.total`;

const roll = `insert into slo_bucket (slo, indicator, step_ms, at_ms, good, total)
  select slo, indicator, ${hourMs}, at_ms - at_ms % ${hourMs}, sum(good), sum(total)
  from slo_bucket where slo = ? and indicator = ? and step_ms = ${minuteMs} and at_ms >= ?
  group by slo, indicator, at_ms - at_ms % ${hourMs}
  on conflict (slo, indicator, step_ms, at_ms)
  do update set good = excluded.good, total = excluded.total`;

const prune = `delete from slo_bucket
  where slo = ? and (indicator <> ? or (step_ms = ${minuteMs} and at_ms < ?) or at_ms < ?)`;

function bucketOf(row: Row): CountedBucket {
  return { atMs: Number(row["at_ms"]), good: Number(row["good"]), total: Number(row["total"]) };
}

interface Books {
  readonly store: Store;
  readonly reader: SignalReader;
  readonly clock: Clock;
  readonly sql: (text: string) => string;
}

async function countOne(books: Books, name: string, spec: SloSpec): Promise<void> {
  const { store, reader, clock, sql } = books;
  const key = indicatorKey(spec);
  const toMs = floor(clock.now(), minuteMs);
  const latest = `select max(at_ms) as last from slo_bucket
    where slo = ? and indicator = ? and step_ms = ${minuteMs}`;
  const [row] = await store.read(sql(latest), [name, key]);
  const last = row?.["last"] ?? null;
  const keptMs = floor(toMs - minutesKeptMs, hourMs);
  const fromMs = last === null ? keptMs : Math.max(keptMs, Number(last) + minuteMs - recountMs);
  if (fromMs >= toMs) return;
  const rows: SqlValue[][] = [];
  const take = (stepMs: number, found: readonly CountedBucket[]): void => {
    for (const { atMs, good, total } of found) rows.push([name, key, stepMs, atMs, good, total]);
  };
  const olderMs = last === null ? toMs - spec.windowMs : Number(last);
  if (olderMs < keptMs) {
    const range = { fromMs: floor(olderMs, hourMs), toMs: keptMs, stepMs: hourMs };
    take(hourMs, await countEvents(reader, clock, spec.indicator, range));
  }
  // The last minute is written even where nothing happened: it says how far was counted.
  take(minuteMs, [{ atMs: toMs - minuteMs, good: 0, total: 0 }]);
  const range = { fromMs, toMs, stepMs: minuteMs };
  take(minuteMs, await countEvents(reader, clock, spec.indicator, range));
  await store.write({
    statements: [
      { sql: sql(upsert), each: rows },
      { sql: sql(roll), params: [name, key, floor(fromMs, hourMs)] },
      { sql: sql(prune), params: [name, key, keptMs, toMs - hoursKeptMs] },
    ],
  });
}

async function tallyOf(
  { store, clock, sql }: Books,
  name: string,
  spec: SloSpec,
  fromMs: number,
  toMs: number,
): Promise<Tally> {
  const byMinutes = fromMs >= floor(clock.now() - minutesKeptMs, hourMs);
  const stepMs = byMinutes ? minuteMs : hourMs;
  const text = `select sum(good) as good, sum(total) as total from slo_bucket
    where slo = ? and indicator = ? and step_ms = ? and at_ms >= ? and at_ms < ?`;
  const params = [name, indicatorKey(spec), stepMs, floor(fromMs, stepMs), toMs];
  const [row] = await store.read(sql(text), params);
  return { good: Number(row?.["good"] ?? 0), total: Number(row?.["total"] ?? 0) };
}

/** Opens the ledger of objectives in `store`. */
export async function openSloLedger(
  store: Store,
  reader: SignalReader,
  clock: Clock,
): Promise<SloLedger> {
  await store.migrate(sloSchema);
  const sql = (text: string): string => placeholders(store.dialect, text);
  const books: Books = { store, reader, clock, sql };
  const burn: SloLedger["burn"] = (name, spec, policies) => {
    const toMs = floor(clock.now(), minuteMs);
    return Promise.all(
      policies.map(async (policy) => {
        const long = await tallyOf(books, name, spec, toMs - policy.longMs, toMs);
        const short = await tallyOf(books, name, spec, toMs - policy.shortMs, toMs);
        return burnStateOf(policy, long, short, spec);
      }),
    );
  };
  return {
    count: (name, spec) => countOne(books, name, spec),
    tally: (name, spec, fromMs, toMs) => tallyOf(books, name, spec, fromMs, toMs),
    burn,
    async state(name, spec) {
      const atMs = floor(clock.now(), minuteMs);
      const tally = await tallyOf(books, name, spec, atMs - spec.windowMs, atMs);
      const states = await burn(name, spec, policiesFor(spec.windowMs));
      return { atMs, ...tally, ...budgetOf(tally, spec.objective), burn: states };
    },
    async series(name, spec, fromMs) {
      const text = `select at_ms, good, total from slo_bucket where slo = ? and indicator = ?
        and step_ms = ${hourMs} and at_ms >= ? order by at_ms limit 2400`;
      const params = [name, indicatorKey(spec), floor(fromMs, hourMs)];
      return (await store.read(sql(text), params)).map(bucketOf);
    },
  };
}
