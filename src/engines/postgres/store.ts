import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { makeIds, systemRandom } from "../../core/ids.ts";
import type { Random } from "../../core/ids.ts";
import type { Store, StoreStats } from "../../core/store.ts";
import { migrateStore } from "../migrate.ts";
import { connectPatiently, isWire, quoted, throughRestarts } from "./connection.ts";
import type { ConnectionOptions } from "./connection.ts";
import { errorOf } from "./failures.ts";
import { lineSweep, lineTable } from "./line.ts";
import type { Wire } from "./pipeline.ts";
import { makeReads } from "./reads.ts";
import type { ReadLimits } from "./reads.ts";
import { functions } from "./values.ts";
import { defaultWaitingLimits, makeQueue } from "./waiting.ts";
import type { Waiting, WaitingLimits } from "./waiting.ts";
import { makeWakes } from "./wakes.ts";
import { makeWriter } from "./writer.ts";

/**
 * How a PostgreSQL store is opened. It needs PostgreSQL 13 or newer and sessions of its own (no
 * transaction pooler).
 */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=...` */
  readonly url: string;
  /** A password that changes, such as an RDS IAM token. */
  readonly password?: () => Promise<string>;
  readonly clock: Clock;
  readonly random?: Random;
  /** PostgreSQL schema that holds the tables, made if it lacks; `morning` if left out. */
  readonly schema?: string;
  /** Read connections at most; 8 if left out. One connection writes and one listens beside them. */
  readonly poolMax?: number;
  /**
   * Connections that commit, 1 if left out. More raise throughput where the disk is slow, and give
   * up the order.
   */
  readonly writers?: number;
  /** Reads that may wait for a connection; 1,000 if left out. */
  readonly readsWaitingMax?: number;
  /** How long a call may wait for PostgreSQL to come back, milliseconds; 30,000 if left out. */
  readonly unavailableMsMax?: number;
  /** Longest run of one statement, milliseconds; 30,000 if left out. */
  readonly statementMsMax?: number;
  /** Bounds of what waits for the writer. */
  readonly waiting?: Partial<WaitingLimits>;
}

/** A PostgreSQL store. */
export type PostgresStore = Store & Required<Pick<Store, "readLong">>;

const shortReads: ReadLimits = { rowsMax: 10_000, bytesMax: 32 * 2 ** 20 };
const longReads: ReadLimits = { rowsMax: 100_000, bytesMax: 128 * 2 ** 20 };

/** Key of the advisory lock under which schemas are made and moved: "mor" and "sch" in ASCII. */
const schemaLock = "7888754836374483816";

/** Runs statements one by one, each of which must work. */
async function must(wire: Wire, subject: string, ...statements: readonly string[]): Promise<void> {
  for (const sql of statements) {
    const { error } = await wire.run([{ sql, params: [] }]);
    if (error !== undefined) throw errorOf(error, subject, sql);
  }
}

/**
 * Runs `work` while no other process makes or moves a schema; again where a restart interrupts it.
 */
function exclusively<T>(
  connection: ConnectionOptions,
  subject: string,
  waitMsMax: number,
  work: (wire: Wire) => Promise<T>,
): Promise<T> {
  return throughRestarts(connection, waitMsMax, async () => {
    const wire = await connectPatiently(connection, false, waitMsMax);
    if (!isWire(wire)) throw errorOf(wire, subject);
    try {
      // Whoever holds it may be at a long migration.
      await must(wire, subject, "set lock_timeout = 0", "set statement_timeout = 0");
      await must(wire, subject, `select pg_advisory_lock(${schemaLock})`);
      return await work(wire);
    } finally {
      await wire.close();
    }
  });
}

/** The store's address without its password. */
function subjectOf(url: string, schema: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `state postgres://${hostname}:${port || "5432"}${pathname} schema ${schema}`;
}

/**
 * Opens a store in PostgreSQL. What waits is committed together in one transaction and one round
 * trip.
 * @throws MOR_ENGINE_UNAVAILABLE when it does not answer within `unavailableMsMax`
 */
export async function openPostgres(options: PostgresOptions): Promise<PostgresStore> {
  const { clock, random = systemRandom, schema = "morning" } = options;
  const { unavailableMsMax = 30_000, statementMsMax = 30_000 } = options;
  const { url, password } = options;
  const connection: ConnectionOptions = {
    url,
    schema,
    clock,
    random,
    statementMsMax,
    ...(password === undefined ? {} : { password }),
  };
  const subject = subjectOf(url, schema);
  const makeSchema = `create schema if not exists ${quoted(schema)}`;
  const setUp = [makeSchema, ...functions, lineTable, lineSweep];
  await exclusively(connection, subject, unavailableMsMax, (wire) => must(wire, subject, ...setUp));
  const notify = `morning:${schema}`;
  const origin = makeIds(clock, random).hex(8);
  const wakes = await throughRestarts(connection, unavailableMsMax, () =>
    makeWakes({ connection, subject, notify, origin }),
  );
  const figures = { writes: 0, commits: 0 };
  const queue = makeQueue(subject, { ...defaultWaitingLimits, ...options.waiting }, () => {
    schedule();
  });
  // Notifications of this process are not for itself: listeners look whatever became of a write.
  const settled = (writes: readonly Waiting[], isKept: boolean): void => {
    if (isKept) figures.writes += writes.length;
    if (isKept) figures.commits++;
    wakes.wake(new Set(writes.flatMap(({ write }) => write.wake ?? [])));
  };
  const writing = { connection, subject, queue, notify, origin, unavailableMsMax, settled };
  const writers = Array.from({ length: options.writers ?? 1 }, (_, index) =>
    makeWriter({ ...writing, name: `${origin}.${index}` }),
  );
  // A tick's end, not a microtask: what several callbacks write in one turn goes together.
  let scheduled = false;
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      for (const writer of writers) writer.work();
    });
  };
  const reads = makeReads({
    connection,
    subject,
    unavailableMsMax,
    poolMax: options.poolMax ?? 8,
    waitingMax: options.readsWaitingMax ?? 1000,
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const error = coreErrors.MOR_STOPPING(`${subject}: the store is closed`);
    queue.refuse(error);
    for (const writer of writers) writer.work();
    await Promise.all(writers.map((writer) => writer.close()));
    await reads.close(error);
    await wakes.close();
  };
  const store: PostgresStore = {
    dialect: "postgres",
    write: (write) => queue.add(write, clock.monotonic()),
    listen: (channel, listener) => wakes.listen(channel, listener),
    read: (sql, params = []) => reads.read(sql, params, shortReads),
    readLong: (sql, params = [], limits = {}) =>
      reads.read(sql, params, { ...longReads, ...limits }),
    async migrate(moved) {
      await exclusively(connection, subject, unavailableMsMax, () => migrateStore(store, moved));
      for (const writer of writers) writer.forget();
      reads.forget();
    },
    async stats(): Promise<StoreStats> {
      const sql = `select coalesce(sum(pg_total_relation_size(c.oid)), 0) as bytes
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind in ('r', 'm', 'p')`;
      const [row] = await reads.read(sql, [schema], shortReads);
      return { bytes: Number(row?.["bytes"] ?? 0), waiting: queue.figures.waiting, ...figures };
    },
    close: () => (closing ??= close()),
  };
  return store;
}
