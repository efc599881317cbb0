import { coreErrors } from "../../../../core/errors.ts";
import type { Ids } from "../../../../core/ids.ts";
import type { Row, SqlValue, Statement } from "../../../../core/store.ts";
import { sleep } from "../../../../core/clock.ts";
import type { RedriveOptions, RedriveTask } from "../../driver.ts";
import { queueErrors } from "../../errors.ts";
import { queueLimits } from "../../limits.ts";
import type { Engine, Lane } from "./engine.ts";
import { groupSql } from "./fifo-pick.ts";

/** Moves dead letters back: durable tasks that go on after a restart. */
export interface Redrives {
  start(lane: Lane, options: RedriveOptions): Promise<RedriveTask>;
  list(deadLetters: string): Promise<readonly RedriveTask[]>;
  cancel(id: string): Promise<void>;
  /** Goes on with tasks whose queues are declared. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** A task as its row says. */
interface Task extends RedriveTask {
  readonly target: string | null;
  readonly rate: number | null;
  readonly ids: readonly string[] | null;
  readonly body: string | null;
  readonly lastSeq: number;
}

/** Messages moved with one write when no rate is set. */
const chunkMax = 500;
/** Tasks listed, the latest. */
const listedMax = 100;

const addSql = `insert into queue_redrive (id, dead_letters, target, rate, ids, body, state,
  moved, total,
  last_seq, started_at) values (?, ?, ?, ?, ?, ?, 'running', 0, ?, ?, ?)`;
const endSql = `update queue_redrive set state = ?, error = ? where id = ? and state = 'running'`;
const countSql = `select count(*) as n, coalesce(max(seq), 0) as last from queue_message
  where queue = ?`;
const columns = "seq, group_name, origin, priority";
const standardSql = `select ${columns} from queue_message
  where queue = ? and visible_at is null and rank is not null and seq <= ?
  order by priority, rank, seq limit ?`;
const fifoSql = `select ${columns} from queue_message
  where queue = ? and rank is null and seq <= ? and (visible_at is null or visible_at <= ?)
  order by group_name, seq limit ?`;
const oneSql = `select ${columns} from queue_message where queue = ? and seq = ? and sent_at = ?
  and (visible_at is null or visible_at <= ?)`;
/**
 * The new number makes it a new message, behind what its queue holds (SQS: StartMessageMoveTask).
 */
const moveSql = `update queue_message
  set seq = ?, queue = ?, rank = ?, visible_at = null, receives = 0,
  first_at = null, sent_at = ?, expires_at = ?, origin = null, error = null, dedup = null
  where seq = ? and queue = ? and (visible_at is null or visible_at <= ?) returning seq`;
const movedSql = `update queue_redrive set moved = moved + (
  select count(*) from queue_message where seq between ? and ?) where id = ?`;

function taskOf(row: Row): Task {
  const text = (column: string): string | null => row[column] as string | null;
  const ids = text("ids");
  return {
    id: String(row["id"]),
    deadLetters: String(row["dead_letters"]),
    state: row["state"] as Task["state"],
    moved: Number(row["moved"]),
    total: Number(row["total"]),
    startedAtMs: Number(row["started_at"]),
    target: text("target"),
    rate: row["rate"] as number | null,
    ids: ids === null ? null : (JSON.parse(ids) as string[]),
    body: text("body"),
    lastSeq: Number(row["last_seq"]),
    ...(row["error"] === null ? {} : { error: String(row["error"]) }),
  };
}

function publicTask(task: Task): RedriveTask {
  const { target: _target, rate: _rate, ids: _ids, body: _body, lastSeq: _lastSeq, ...rest } = task;
  return rest;
}

function checkOptions(lane: Lane, options: RedriveOptions): void {
  const { ratePerSecond: rate, ids, body } = options;
  const subject = `queue ${lane.name}`;
  if (rate !== undefined && !(Number.isInteger(rate) && rate >= 1 && rate <= 500)) {
    throw coreErrors.MOR_INVALID(`${subject}: ratePerSecond is ${rate}, not 1 to 500`);
  }
  if (body !== undefined && ids?.length !== 1) {
    throw coreErrors.MOR_INVALID(`${subject}: a new body needs exactly one id`);
  }
  if (body !== undefined && Buffer.byteLength(body) > queueLimits.messageBytesMax) {
    throw queueErrors.MOR_QUEUE_MESSAGE_TOO_LARGE(`${subject}: the new body is larger than 1 MiB`);
  }
}

/**
 * Where a dead letter goes: the task's target, its source, or the only queue with these dead
 * letters.
 */
function targetOf(engine: Engine, lane: Lane, task: Task, origin: SqlValue): Lane {
  const target =
    task.target === null
      ? typeof origin === "number"
        ? engine.laneOf(origin)
        : undefined
      : engine.lane(task.target);
  if (target && target.spec.fifo === lane.spec.fifo && target !== lane) return target;
  throw queueErrors.MOR_QUEUE_REDRIVE(
    `queue ${lane.name}: no queue of its kind is known that its messages came from`,
  );
}

/** The next messages of a task, `done` when there are no more after these. */
async function nextRows(
  engine: Engine,
  lane: Lane,
  task: Task,
  max: number,
  at: number,
): Promise<{ rows: readonly Row[]; done: boolean }> {
  const nowMs = engine.now();
  if (task.ids === null) {
    const rows = lane.spec.fifo
      ? await engine.store.read(fifoSql, [lane.id, task.lastSeq, nowMs, max])
      : await engine.store.read(standardSql, [lane.id, task.lastSeq, max]);
    return { rows, done: rows.length < max };
  }
  const ids = task.ids.slice(at, at + max);
  const rows: Row[] = [];
  for (const id of ids) {
    const parsed = engine.ids.parse(id);
    if (!parsed) continue;
    rows.push(...(await engine.store.read(oneSql, [lane.id, parsed.seq, parsed.sentAtMs, nowMs])));
  }
  return { rows, done: at + max >= task.ids.length };
}

/** The statements that move `rows`, and the lanes that they move to. */
function moveStatements(
  engine: Engine,
  lane: Lane,
  task: Task,
  rows: readonly Row[],
): { statements: Statement[]; targets: Map<number, Lane>; targetOfSeq: Map<SqlValue, Lane> } {
  const nowMs = engine.now();
  const targets = new Map<number, Lane>();
  const targetOfSeq = new Map<SqlValue, Lane>();
  const groups: SqlValue[][] = [];
  const seqs: number[] = [];
  const each = rows.map((row): SqlValue[] => {
    const target = targetOf(engine, lane, task, row["origin"] ?? null);
    const group = row["group_name"] as string | null;
    const seq = engine.sequence.next();
    seqs.push(seq);
    targets.set(target.id, target);
    targetOfSeq.set(seq, target);
    if (target.spec.fifo) groups.push([target.id, group, nowMs]);
    const rank = target.rankOf(group ?? undefined);
    const expiresAt = nowMs + target.spec.retentionMs;
    return [seq, target.id, rank, nowMs, expiresAt, row["seq"] ?? null, lane.id, nowMs];
  });
  const statements: Statement[] = [
    { sql: moveSql, each, values: true },
    { sql: movedSql, params: [seqs[0] ?? 0, seqs.at(-1) ?? -1, task.id] },
    { sql: groupSql, each: groups },
    ...bodyStatements(task, seqs[0]),
  ];
  return { statements, targets, targetOfSeq };
}

function bodyStatements(task: Task, seq: number | undefined): Statement[] {
  if (task.body === null || seq === undefined) return [];
  const inline = "update queue_message set body = ? where seq = ? and body is not null";
  const apart = "update queue_payload set body = ? where seq = ?";
  const params = [task.body, seq];
  return [
    { sql: inline, params },
    { sql: apart, params },
  ];
}

/** Moves the next messages of a task; answers whether there are more. */
async function moveSome(
  engine: Engine,
  lane: Lane,
  task: Task,
  max: number,
  at: number,
): Promise<boolean> {
  await engine.sequence.ready();
  // Makes visible what is due.
  await lane.stats();
  const { rows, done } = await nextRows(engine, lane, task, max, at);
  if (rows.length === 0) return !done;
  const { statements, targets, targetOfSeq } = moveStatements(engine, lane, task, rows);
  const arrived = [...targets.values()].map((target) => ({ target, done: target.arriving() }));
  const counts = new Map<Lane, number>();
  try {
    const [moved] = await lane.maintain(statements);
    for (const [seq] of moved?.values ?? []) {
      const target = targetOfSeq.get(seq as number);
      if (target) counts.set(target, (counts.get(target) ?? 0) + 1);
    }
  } finally {
    for (const one of arrived) one.done(counts.get(one.target) ?? 0);
  }
  return !done;
}

/** Opens the tasks of a store. */
export function makeRedrives(engine: Engine, ids: Ids): Redrives {
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  const read = async (where: string, params: SqlValue[]): Promise<Task[]> => {
    const sql = `select * from queue_redrive where ${where} order by started_at desc, id desc
      limit ${listedMax}`;
    return (await engine.store.read(sql, params)).map(taskOf);
  };
  const end = async (id: string, state: string, error: string | null): Promise<void> => {
    await engine.store.write({ statements: [{ sql: endSql, params: [state, error, id] }] });
  };
  const run = async (lane: Lane, task: Task, signal: AbortSignal): Promise<void> => {
    const chunk = task.rate === null ? chunkMax : Math.max(1, Math.ceil(task.rate / 10));
    const pauseMs = task.rate === null ? 0 : (1000 * chunk) / task.rate;
    try {
      for (let at = 0; !signal.aborted; at += chunk) {
        if (!(await moveSome(engine, lane, task, chunk, at)))
          return await end(task.id, "done", null);
        if (pauseMs > 0) await sleep(engine.clock, pauseMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) await end(task.id, "failed", String((error as Error).message));
    }
  };
  const launch = (lane: Lane, task: Task): void => {
    if (running.has(task.id)) return;
    const stop = new AbortController();
    const done = run(lane, task, stop.signal)
      .catch((error: unknown) => engine.log.error("queue: redrive", { error: String(error) }))
      .finally(() => running.delete(task.id));
    running.set(task.id, { stop, done });
  };
  return {
    async start(lane, options) {
      checkOptions(lane, options);
      const [other] = await read("dead_letters = ? and state = 'running'", [lane.name]);
      if (other) {
        throw queueErrors.MOR_QUEUE_REDRIVE(`queue ${lane.name}: redrive ${other.id} is running`);
      }
      if (options.to !== undefined && !engine.lane(options.to)) {
        throw coreErrors.MOR_NOT_FOUND(`queue ${options.to}: not declared`);
      }
      const [count] = await engine.store.read(countSql, [lane.id]);
      const total = options.ids?.length ?? Number(count?.["n"]);
      const { to = null, ratePerSecond = null, body = null } = options;
      const id = ids.uuid();
      const chosen = options.ids ? JSON.stringify(options.ids) : null;
      const last = Number(count?.["last"]);
      const params = [id, lane.name, to, ratePerSecond, chosen, body, total, last, engine.now()];
      await engine.store.write({ statements: [{ sql: addSql, params }] });
      const [task] = await read("id = ?", [id]);
      if (!task) throw coreErrors.MOR_INTERNAL(`queue ${lane.name}: redrive ${id} is gone`);
      launch(lane, task);
      return publicTask(task);
    },
    async list(deadLetters) {
      return (await read("dead_letters = ?", [deadLetters])).map(publicTask);
    },
    async cancel(id) {
      const [task] = await read("id = ?", [id]);
      if (!task) throw coreErrors.MOR_NOT_FOUND(`redrive ${id}: unknown`);
      const one = running.get(id);
      one?.stop.abort();
      await one?.done;
      await end(id, "cancelled", null);
    },
    async resume() {
      for (const task of await read("state = 'running'", [])) {
        const lane = engine.lane(task.deadLetters);
        if (lane) launch(lane, task);
      }
    },
    async close() {
      const all = [...running.values()];
      for (const { stop } of all) stop.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
