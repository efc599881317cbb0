import { sleep } from "../../../../core/clock.ts";
import { coreErrors, MorningError } from "../../../../core/errors.ts";
import type { Row, Statement } from "../../../../core/store.ts";
import { placeholders } from "../../../../engines/sql.ts";
import { compileRules, parsePattern } from "../../driver.ts";
import type { EventEnvelope, ReplayOptions, ReplayTask } from "../../driver.ts";
import { eventErrors } from "../../errors.ts";
import { addDelivery, deliveryWriting } from "./deliveries.ts";
import type { Deliveries } from "./deliveries.ts";
import { readRows } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { readLog, windowOf } from "./log.ts";
import type { LogRow } from "./log-rows.ts";
import type { Rule } from "./rules.ts";

/** Replays of one engine; their progress is in the store, so that they go on after a restart. */
export interface Replays {
  start(options: ReplayOptions): Promise<ReplayTask>;
  list(): Promise<readonly ReplayTask[]>;
  cancel(name: string): Promise<void>;
  /** Goes on with what an earlier process left running. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** Events between two writes of the progress. */
const pageEvents = 100;
/** EventBridge runs as many at once, an account and region. */
const runningMax = 10;
/** Replays that are remembered after their end. */
const keptMax = 200;
const nameForm = /^[.\-_A-Za-z0-9]{1,64}$/;

/** A replay as its row has it. */
interface Replay {
  readonly options: ReplayOptions;
  readonly progress: number;
  readonly until: number;
  readonly task: ReplayTask;
}

function replayOf(row: Row): Replay {
  const error = row["error"];
  return {
    options: JSON.parse(String(row["options"])) as ReplayOptions,
    progress: Number(row["progress"]),
    until: Number(row["until"]),
    task: {
      name: String(row["name"]),
      state: row["state"] as ReplayTask["state"],
      read: Number(row["read"]),
      total: Number(row["total"]),
      delivered: JSON.parse(String(row["delivered"])) as Record<string, number>,
      startedAtMs: Number(row["started"]),
      ...(typeof error === "string" ? { error } : {}),
    },
  };
}

function checkOptions({ rules }: Engine, options: ReplayOptions): void {
  const { name, fromMs, toMs, pattern, subscriptions = [], ratePerSecond } = options;
  if (!nameForm.test(name)) {
    throw coreErrors.MOR_INVALID(`replay ${name}: a name has 1 to 64 letters, digits, . - _`);
  }
  if (!(fromMs < toMs)) {
    throw eventErrors.MOR_EVENT_REPLAY(`replay ${name}: the window ends before it begins`);
  }
  if (ratePerSecond !== undefined && !(ratePerSecond > 0 && ratePerSecond <= 10_000)) {
    throw coreErrors.MOR_INVALID(
      `replay ${name}: ratePerSecond is ${ratePerSecond}, not 1 to 10,000`,
    );
  }
  if (pattern !== undefined) parsePattern(pattern);
  for (const one of subscriptions) {
    if (rules.has(one)) continue;
    throw coreErrors.MOR_NOT_FOUND(`replay ${name}: there is no subscription ${one}`);
  }
}

/** Says which subscriptions get an event of a replay. */
function choosing(
  { rules }: Engine,
  { pattern, subscriptions }: ReplayOptions,
): (envelope: EventEnvelope) => readonly Rule[] {
  const index = compileRules();
  if (pattern !== undefined) index.add("replay", parsePattern(pattern));
  const chosen = subscriptions === undefined ? undefined : new Set(subscriptions);
  return (envelope) => {
    if (pattern !== undefined && index.match(envelope).length === 0) return [];
    const matched = rules.match(envelope);
    return chosen === undefined ? matched : matched.filter(({ spec }) => chosen.has(spec.name));
  };
}

function pageOf(
  engine: Engine,
  { fromMs, toMs }: ReplayOptions,
  after: number,
  until: number,
  limit: number,
): Promise<{ readonly rows: readonly LogRow[]; readonly more: boolean }> {
  const sql = "seq > ? and seq <= ? and at >= ? and at < ?";
  return readLog(engine, { sql, params: [after, until, fromMs, toMs] }, "asc", limit);
}

/** The deliveries of a page, and how many each subscription gets beside those it has. */
function planPage(
  engine: Engine,
  options: ReplayOptions,
  rows: readonly LogRow[],
  counts: Record<string, number>,
): Deliveries {
  const deliveries: Deliveries = new Map();
  const choose = choosing(engine, options);
  const publishedAtMs = engine.host.clock.now();
  for (const { logged } of rows) {
    const envelope = { ...logged.envelope, "replay-name": options.name };
    const text = JSON.stringify(envelope);
    for (const rule of choose(envelope)) {
      if (options.dryRun !== true) addDelivery(deliveries, rule, { envelope, text, publishedAtMs });
      counts[rule.spec.name] = (counts[rule.spec.name] ?? 0) + 1;
    }
  }
  return deliveries;
}

async function dryRun(engine: Engine, options: ReplayOptions): Promise<ReplayTask> {
  const window = await windowOf(engine, options.fromMs, options.toMs);
  const delivered: Record<string, number> = {};
  let read = 0;
  let after = (window?.first ?? 0) - 1;
  for (let more = window !== undefined; more;) {
    const page = await pageOf(engine, options, after, window?.last ?? 0, pageEvents);
    planPage(engine, options, page.rows, delivered);
    read += page.rows.length;
    after = page.rows.at(-1)?.seq ?? after;
    more = page.more;
  }
  const startedAtMs = engine.host.clock.now();
  return { name: options.name, state: "done", read, total: read, delivered, startedAtMs };
}

const insertSql = `insert into event_replay
  (name, state, options, progress, until, read, total, delivered, started)
  values (?, 'running', ?, ?, ?, 0, ?, '{}', ?) on conflict (name) do nothing`;
const forgetSql = `delete from event_replay where state <> 'running' and name in
  (select name from event_replay where state <> 'running'
    order by started desc limit 1000 offset ${keptMax})`;
const advanceSql = `update event_replay set progress = ?, read = ?, delivered = ?
  where name = ? and state = 'running' and progress = ?`;
const endSql = "update event_replay set state = ?, error = ? where name = ? and state = 'running'";
const selectSql = "select * from event_replay";

async function replayNamed(engine: Engine, name: string): Promise<Replay> {
  const [row] = await readRows(engine, `${selectSql} where name = ?`, [name]);
  if (row !== undefined) return replayOf(row);
  throw coreErrors.MOR_NOT_FOUND(`there is no replay ${name}`);
}

/** Delivers the next page of a replay; its deliveries and its progress commit together. */
async function advance(engine: Engine, replay: Replay): Promise<number> {
  const { options, progress, until, task } = replay;
  const { ratePerSecond = Infinity } = options;
  const limit = Math.min(pageEvents, Math.max(1, Math.floor(ratePerSecond)));
  const { rows } = await pageOf(engine, options, progress, until, limit);
  const last = rows.at(-1);
  if (last === undefined) return 0;
  const delivered: Record<string, number> = { ...task.delivered };
  const deliveries = planPage(engine, options, rows, delivered);
  const { statements, wake } = await deliveryWriting(engine, deliveries);
  const step: Statement = {
    sql: placeholders(engine.store.dialect, advanceSql),
    params: [last.seq, task.read + rows.length, JSON.stringify(delivered), task.name, progress],
    expect: { rows: 1 },
  };
  await engine.store.write({ statements: [step, ...statements], wake });
  return rows.length;
}

/** Makes the replays of one engine. */
export function makeReplays(engine: Engine): Replays {
  const { store, host } = engine;
  const running = new Map<string, Promise<void>>();
  const ended = new AbortController();
  const sql = (text: string): string => placeholders(store.dialect, text);
  const end = async (
    name: string,
    state: ReplayTask["state"],
    error?: string,
  ): Promise<boolean> => {
    const params = [state, error ?? null, name];
    const [result] = await store.write({ statements: [{ sql: sql(endSql), params }] });
    return result?.changes === 1;
  };
  const run = async (name: string): Promise<void> => {
    for (;;) {
      const replay = await replayNamed(engine, name);
      if (replay.task.state !== "running" || ended.signal.aborted) return;
      const count = await advance(engine, replay);
      if (count === 0) return void (await end(name, "done"));
      const { ratePerSecond } = replay.options;
      if (ratePerSecond === undefined) continue;
      await sleep(host.clock, (count / ratePerSecond) * 1000, ended.signal);
    }
  };
  const begin = (name: string): void => {
    if (running.has(name) || ended.signal.aborted) return;
    const done = run(name)
      .catch(async (error: unknown) => {
        // A conflict is a cancellation that came between the page and its write.
        if (ended.signal.aborted || MorningError.is(error, "MOR_CONFLICT")) return;
        host.log.error("event: a replay failed", { name, error: String(error) });
        await end(name, "failed", String((error as Error).message ?? error)).catch(() => {});
      })
      .finally(() => running.delete(name));
    running.set(name, done);
  };
  return {
    async start(options) {
      checkOptions(engine, options);
      if (options.dryRun === true) return dryRun(engine, options);
      if (running.size >= runningMax) {
        throw coreErrors.MOR_OVERLOADED(
          `replay ${options.name}: ${runningMax} replays run already`,
        );
      }
      const { fromMs, toMs, name } = options;
      const window = await windowOf(engine, fromMs, toMs);
      const progress = (window?.first ?? 1) - 1;
      const until = window?.last ?? 0;
      const started = host.clock.now();
      const values = [name, JSON.stringify(options), progress, until, window?.count ?? 0, started];
      const error = { code: "MOR_EVENT_REPLAY", message: `there is a replay ${name} already` };
      const [inserted] = await store.write({
        statements: [{ sql: sql(insertSql), params: values }, { sql: forgetSql }],
      });
      if (inserted?.changes !== 1) throw eventErrors.MOR_EVENT_REPLAY(error.message);
      begin(name);
      return (await replayNamed(engine, name)).task;
    },
    async list() {
      const rows = await readRows(engine, `${selectSql} order by started desc limit 1000`, []);
      return rows.map((row) => replayOf(row).task);
    },
    async cancel(name) {
      if (await end(name, "cancelled")) return;
      const { task } = await replayNamed(engine, name);
      throw eventErrors.MOR_EVENT_REPLAY(`replay ${name} is ${task.state} already`);
    },
    async resume() {
      const rows = await readRows(engine, `${selectSql} where state = 'running' limit 1000`, []);
      for (const row of rows) begin(String(row["name"]));
    },
    async close() {
      ended.abort();
      await Promise.all(running.values());
    },
  };
}
