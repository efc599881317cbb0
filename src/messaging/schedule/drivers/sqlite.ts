import { queueing } from "../../../core/capabilities/queueing.ts";
import type { Queueing } from "../../../core/capabilities/queueing.ts";
import type { Cancel } from "../../../core/clock.ts";
import { coreErrors } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import type { Row, Statement, Store } from "../../../core/store.ts";
import { placeholders } from "../../../engines/sql.ts";
import type { ScheduleDriver, ScheduleSpec, ScheduleState } from "../driver.ts";
import type { ScheduleExpression } from "../expression.ts";
import { countBetween, jitterOffsetMs, missedRuns, nextAfter } from "../occurrences.ts";
import { runMessage } from "../run.ts";
import { scheduleSchema } from "../schema.ts";

/** Runs that one pass makes up for; the next pass goes on where it ended. */
const missedMax = 1_000;
/** A failed firing is tried again after this long, milliseconds. */
const retryMs = 1_000;
/** A timer never waits longer, so that a clock that was set is noticed. */
const timerMsMax = 60_000;

interface Entry {
  readonly spec: ScheduleSpec;
  /** The expression with the time at which a rate without a start began. */
  readonly expression: ScheduleExpression;
  lastAtMs: number;
  fired: boolean;
  paused: boolean;
  missedTotal: number;
  lastMissedAtMs: number | undefined;
  /** Due but not fired: the pass after an interruption settles what becomes of it. */
  cancel: Cancel;
}

/** When `entry` is due next and when it fires, jitter included. */
function upcoming(entry: Entry): { dueMs: number; fireMs: number } | undefined {
  const dueMs = nextAfter(entry.expression, entry.lastAtMs);
  if (dueMs === undefined) return undefined;
  return { dueMs, fireMs: dueMs + jitterOffsetMs(entry.expression, entry.spec.name, dueMs) };
}

/** What a row says of missed firings; a changed expression keeps the count. */
function missedOf(row: Row | undefined): Pick<Entry, "missedTotal" | "lastMissedAtMs"> {
  const last = row?.["last_missed"] ?? undefined;
  return {
    missedTotal: Number(row?.["missed"] ?? 0),
    lastMissedAtMs: last === undefined ? undefined : Number(last),
  };
}

function entryOf(spec: ScheduleSpec, row: Row): Entry {
  return {
    spec,
    expression: JSON.parse(String(row["expression"])) as ScheduleExpression,
    lastAtMs: Number(row["last_at"]),
    fired: Number(row["fired"]) === 1,
    paused: Number(row["paused"]) === 1,
    ...missedOf(row),
    cancel: () => {},
  };
}

/**
 * A rate that names no start counts from when it was first declared, as EventBridge Scheduler does.
 */
function anchored(expression: ScheduleExpression, nowMs: number): ScheduleExpression {
  if (expression.kind !== "rate" || expression.startMs !== undefined) return expression;
  return { ...expression, startMs: nowMs + expression.everyMs };
}

/** The expression as declared, whatever it was anchored to. */
function declaredText(expression: ScheduleExpression, declared: ScheduleExpression): string {
  if (declared.kind !== "rate" || declared.startMs !== undefined) return JSON.stringify(expression);
  const { startMs: _, ...rest } = expression as ScheduleExpression & { startMs?: number };
  return JSON.stringify(rest);
}

interface Engine {
  readonly host: Host;
  readonly store: Store;
  readonly queues: Queueing;
  readonly entries: Map<string, Entry>;
  running: boolean;
}

function find(engine: Engine, name: string): Entry {
  const entry = engine.entries.get(name);
  if (entry === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no schedule ${name}`);
  return entry;
}

function statement(engine: Engine, sql: string, params: Statement["params"] & {}): Statement {
  return { sql: placeholders(engine.store.dialect, sql), params };
}

async function declareOne(
  engine: Engine,
  spec: ScheduleSpec,
  row: Row | undefined,
): Promise<Entry> {
  const nowMs = engine.host.clock.now();
  if (row !== undefined) {
    const entry = entryOf(spec, row);
    const same =
      declaredText(entry.expression, spec.expression) === JSON.stringify(spec.expression);
    if (same && row["queue"] === spec.queue) return entry;
  }
  const expression = anchored(spec.expression, nowMs);
  // A time already past when the schedule appears is not missed: nobody had asked for it.
  const sql = `insert into schedule (name, expression, queue, last_at) values (?, ?, ?, ?)
    on conflict (name) do update set expression = excluded.expression,
      queue = excluded.queue, last_at = excluded.last_at, fired = 0`;
  const params = [spec.name, JSON.stringify(expression), spec.queue, nowMs];
  await engine.store.write({ statements: [statement(engine, sql, params)] });
  const paused = row !== undefined && Number(row["paused"]) === 1;
  const missed = missedOf(row);
  return { spec, expression, lastAtMs: nowMs, fired: false, paused, ...missed, cancel: () => {} };
}

function addMissed(entry: Entry, { count, lastMs }: ReturnType<typeof countBetween>): void {
  entry.missedTotal += count;
  entry.lastMissedAtMs = lastMs ?? entry.lastMissedAtMs;
}

/** Puts runs on the queue and moves the schedule forward, in one write: each run exactly once. */
async function fire(
  engine: Engine,
  entry: Entry,
  runs: readonly number[],
  lastAtMs: number,
  missed: ReturnType<typeof countBetween> = { count: 0 },
): Promise<void> {
  const { name, queue } = entry.spec;
  const messages = runs.map((scheduledAtMs) =>
    runMessage({ schedule: name, scheduledAtMs, manual: false }),
  );
  const sql = `update schedule set last_at = ?, fired = case when ? = 1 then 1 else fired end,
    missed = missed + ?, last_missed = coalesce(?, last_missed) where name = ? and last_at = ?`;
  const fired = runs.length > 0 ? 1 : 0;
  const moved = statement(engine, sql, [
    lastAtMs,
    fired,
    missed.count,
    missed.lastMs ?? null,
    name,
    entry.lastAtMs,
  ]);
  const sent = messages.length === 0 ? undefined : await engine.queues.statements(queue, messages);
  await engine.store.write({
    statements: [{ ...moved, expect: { rows: 1 } }, ...(sent?.statements ?? [])],
    wake: sent?.wake ?? [],
  });
  entry.lastAtMs = lastAtMs;
  if (runs.length > 0) entry.fired = true;
  addMissed(entry, missed);
  engine.host.metrics.count("morning_schedule_fired_total", { schedule: name }, runs.length);
}

/** Makes up for what fell due while nothing ran, by the schedule's policy. */
async function catchUp(engine: Engine, entry: Entry): Promise<void> {
  const nowMs = engine.host.clock.now();
  for (;;) {
    const policy = entry.spec.missed;
    const { runs, more } = missedRuns(entry.expression, entry.lastAtMs, nowMs, policy, missedMax);
    const reachedMs = more ? (runs.at(-1) ?? nowMs) : nowMs;
    if (reachedMs > entry.lastAtMs && (runs.length > 0 || policy === "skip")) {
      const missed = countBetween(entry.expression, entry.lastAtMs, reachedMs);
      await fire(engine, entry, runs, reachedMs, missed);
    }
    if (!more) return;
  }
}

function arm(engine: Engine, entry: Entry): void {
  entry.cancel();
  entry.cancel = () => {};
  if (!engine.running || entry.paused) return;
  const next = upcoming(entry);
  if (next === undefined) return;
  const { clock, log } = engine.host;
  const delayMs = Math.max(0, next.fireMs - clock.now());
  entry.cancel = clock.after(Math.min(delayMs, timerMsMax), () => {
    if (delayMs > timerMsMax || clock.now() < next.fireMs) return arm(engine, entry);
    fire(engine, entry, [next.dueMs], next.dueMs).then(
      () => arm(engine, entry),
      (error: unknown) => {
        log.error("a schedule could not fire", { schedule: entry.spec.name, cause: String(error) });
        entry.cancel = clock.after(retryMs, () => arm(engine, entry));
      },
    );
  });
}

function rateStart({ spec, expression }: Entry): Pick<ScheduleState, "rateStartMs"> {
  const { startMs } = expression as { readonly startMs?: number };
  const own = spec.expression.kind === "rate" && spec.expression.startMs === undefined;
  return own && startMs !== undefined ? { rateStartMs: startMs } : {};
}

function stateOf(entry: Entry): ScheduleState {
  const next = entry.paused ? undefined : upcoming(entry);
  return {
    name: entry.spec.name,
    paused: entry.paused,
    ...(next === undefined ? {} : { nextAtMs: next.fireMs }),
    ...(entry.fired ? { lastAtMs: entry.lastAtMs } : {}),
    ...rateStart(entry),
    missedTotal: entry.missedTotal,
    ...(entry.lastMissedAtMs === undefined ? {} : { lastMissedAtMs: entry.lastMissedAtMs }),
  };
}

async function setPaused(engine: Engine, name: string, paused: boolean): Promise<void> {
  const entry = find(engine, name);
  if (entry.paused === paused) return;
  const nowMs = engine.host.clock.now();
  // Runs due during a pause are not made up for.
  const lastAtMs = paused ? entry.lastAtMs : Math.max(entry.lastAtMs, nowMs);
  const missed = countBetween(entry.expression, entry.lastAtMs, lastAtMs);
  const sql = `update schedule set paused = ?, last_at = ?, missed = missed + ?,
    last_missed = coalesce(?, last_missed) where name = ?`;
  const params = [paused ? 1 : 0, lastAtMs, missed.count, missed.lastMs ?? null, name];
  const write = statement(engine, sql, params);
  await engine.store.write({ statements: [write] });
  entry.paused = paused;
  entry.lastAtMs = lastAtMs;
  addMissed(entry, missed);
  arm(engine, entry);
}

async function declare(engine: Engine, specs: readonly ScheduleSpec[]): Promise<void> {
  const rows = await engine.store.read("select * from schedule");
  const byName = new Map(rows.map((row) => [String(row["name"]), row]));
  for (const entry of engine.entries.values()) entry.cancel();
  engine.entries.clear();
  for (const spec of specs) {
    engine.entries.set(spec.name, await declareOne(engine, spec, byName.get(spec.name)));
    byName.delete(spec.name);
  }
  for (const name of byName.keys()) {
    const gone = statement(engine, "delete from schedule where name = ?", [name]);
    await engine.store.write({ statements: [gone] });
  }
  for (const entry of engine.entries.values()) arm(engine, entry);
}

/**
 * Opens the embedded scheduler over the state store; it needs a queue driver that lives there too.
 */
export async function openSchedules(host: Host): Promise<ScheduleDriver> {
  const store = await host.store();
  await store.migrate(scheduleSchema);
  const queues = host.need(queueing);
  if (!queues.transactional) {
    throw coreErrors.MOR_CONFIG("schedule: the driver sqlite needs the queue driver sqlite", {
      fix: "Choose the driver eventbridge-scheduler where queues are on SQS.",
    });
  }
  const engine: Engine = { host, store, queues, entries: new Map(), running: false };
  return {
    features: { precisionMs: 1_000, state: true, missedRuns: true },
    declare: (specs) => declare(engine, specs),
    async start() {
      for (const entry of engine.entries.values()) {
        if (!entry.paused) await catchUp(engine, entry);
      }
      engine.running = true;
      for (const entry of engine.entries.values()) arm(engine, entry);
    },
    state: async (name) => stateOf(find(engine, name)),
    async run(name) {
      const { queue } = find(engine, name).spec;
      const scheduledAtMs = host.clock.now();
      await queues.send(queue, [runMessage({ schedule: name, scheduledAtMs, manual: true })]);
    },
    pause: (name) => setPaused(engine, name, true),
    resume: (name) => setPaused(engine, name, false),
    async close() {
      engine.running = false;
      for (const entry of engine.entries.values()) entry.cancel();
    },
  };
}

/** The embedded scheduler. */
export const driver: DriverModule<ScheduleDriver> = {
  engine: "sqlite",
  embedded: true,
  open: openSchedules,
};
