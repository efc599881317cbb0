import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve as absolute } from "node:path";
import type { Cancel, Clock } from "../../core/clock.ts";
import type { MorningError } from "../../core/errors.ts";
import type { Store, StoreStats } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";
import { migrateStore } from "../migrate.ts";
import { openReader } from "./connection.ts";
import { errorOf, failureOf } from "./failures.ts";
import { closedError, defaultGroupLimits, makeGroups } from "./groups.ts";
import type { Group, GroupLimits, Groups } from "./groups.ts";
import { own } from "./owner.ts";
import type { Ownership } from "./owner.ts";
import { makeReadingThread } from "./reading.ts";
import { makeReads, shortReadLimits } from "./reads.ts";
import type { ReadLimits } from "./reads.ts";
import type { Tape } from "./tape.ts";
import { startWriter } from "./writer.ts";
import type { Writer } from "./writer.ts";

/** How a state file is opened. */
export interface SqliteOptions {
  /**
   * The file; its folder is made if it lacks. `.lock`, `.pid`, `-wal` and `-shm` stand beside it.
   */
  readonly path: string;
  readonly clock: Clock;
  /** Bounds of what waits for the writer. */
  readonly groups?: Partial<GroupLimits>;
  /** Bounds of a short read. */
  readonly reads?: Partial<ReadLimits>;
  /** Page cache of the writer in KiB, default 32,768; a reader has a quarter. */
  readonly cacheKib?: number;
}

/** A state file that this process owns. */
export type SqliteStore = Store & Required<Pick<Store, "readLong" | "backup">>;

/**
 * Messages that may be with the writer: while it commits one group, the next already is at hand.
 */
const inFlightMax = 2;

/** After this long without a write, the log is copied into the file, milliseconds. */
const idleMs = 1000;

/** Sends groups to the writer as they come and settles them by its answers. */
function makePump(options: SqliteOptions): {
  groups: Groups;
  attach(writer: Writer): void;
  /** Resolves when nothing waits. */
  drained(): Promise<void>;
  readonly lose: (error: MorningError) => void;
} {
  const subject = `state ${options.path}`;
  const inFlight: Group[] = [];
  const watchers: (() => void)[] = [];
  let writer: Writer | undefined;
  let scheduled = false;
  let cancelIdle: Cancel = () => {};

  const rest = (): void => {
    for (const watcher of watchers.splice(0)) watcher();
    cancelIdle();
    cancelIdle = options.clock.after(idleMs, () => {
      if (inFlight.length === 0) writer?.ask({ kind: "checkpoint" }, () => {});
    });
  };
  const settle = (reply: Tape): void => {
    const group = inFlight.shift();
    if (group) groups.settle(group, reply);
    pump();
    if (inFlight.length === 0) rest();
  };
  const pump = (): void => {
    scheduled = false;
    while (writer && inFlight.length < inFlightMax) {
      const group = groups.take();
      if (!group) return;
      inFlight.push(group);
      writer.ask(group.message, (reply) => settle(reply as Tape));
    }
  };
  // A tick's end, not a microtask: what several callbacks write in one turn crosses together.
  const groups = makeGroups(subject, { ...defaultGroupLimits, ...options.groups }, () => {
    if (scheduled || inFlight.length >= inFlightMax) return;
    scheduled = true;
    setImmediate(pump);
  });
  return {
    groups,
    attach(started) {
      writer = started;
    },
    drained: () =>
      new Promise((resolve) => {
        if (groups.figures.waiting === 0) resolve();
        else watchers.push(resolve);
      }),
    lose(error) {
      cancelIdle();
      groups.refuse(error);
      // The thread may have died just after their commit.
      const unknown = engineErrors.MOR_STATE_UNKNOWN_OUTCOME(error.message, { cause: error });
      for (const group of inFlight.splice(0)) groups.fail(group, unknown);
      for (let group = groups.take(); group; group = groups.take()) groups.fail(group, error);
      for (const watcher of watchers.splice(0)) watcher();
    },
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw engineErrors.MOR_STATE_IO(`state: the folder ${path} cannot be made: ${String(error)}`, {
      fix: "Choose a data folder that this user may write to.",
      cause: error,
    });
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Opens the file on the writer's thread and for short reads on this one. */
async function openAll(
  options: SqliteOptions,
  cacheKib: number,
  lose: Parameters<typeof startWriter>[1],
): Promise<{ writer: Writer; reader: ReturnType<typeof openReader> }> {
  const { path } = options;
  const writer = await startWriter({ path, cacheKib }, lose);
  try {
    return { writer, reader: openReader(path, { cacheKib: cacheKib / 4 }) };
  } catch (error) {
    await writer.stop();
    throw errorOf(failureOf(error), `state ${path}`);
  }
}

/**
 * Opens a state file: one writer in a thread of its own folds all that waits into one durable
 * commit (WAL, `synchronous=FULL`), short reads run here on a read-only connection, long ones in a
 * second thread.
 * @throws MOR_STATE_OWNED when another process has it open
 * @throws MOR_STATE_CORRUPT when the file is damaged or no SQLite file
 */
export async function openSqlite(given: SqliteOptions): Promise<SqliteStore> {
  const options = { ...given, path: absolute(given.path) };
  makeFolder(dirname(options.path));
  const ownership = own(options.path);
  try {
    return await openOwned(options, ownership);
  } catch (error) {
    ownership.release();
    throw error;
  }
}

async function openOwned(options: SqliteOptions, ownership: Ownership): Promise<SqliteStore> {
  const { path, cacheKib = 32_768 } = options;
  const subject = `state ${path}`;
  const pump = makePump(options);
  const { groups } = pump;
  const { writer, reader } = await openAll(options, cacheKib, pump.lose);
  pump.attach(writer);
  const reads = makeReads(reader, subject, 500);
  const long = makeReadingThread({ path, cacheKib: cacheKib / 4 });
  const limits = { ...shortReadLimits, ...options.reads };
  let closing: Promise<void> | undefined;

  const close = async (): Promise<void> => {
    const error = closedError(subject);
    groups.refuse(error);
    await pump.drained();
    pump.lose(error);
    await long.stop();
    reader.close();
    await new Promise<void>((resolve) => writer.ask({ kind: "close" }, () => resolve()));
    await writer.stop();
    ownership.release();
  };
  const store: SqliteStore = {
    dialect: "sqlite",
    write: groups.add,
    listen: groups.listen,
    async read(sql, params = []) {
      if (closing) throw closedError(subject);
      return reads.read(sql, params, limits);
    },
    async readLong(sql, params = [], wider = {}) {
      if (closing) throw closedError(subject);
      return long.read(sql, params, wider);
    },
    async backup(to) {
      if (closing) throw closedError(subject);
      await long.backup(absolute(to));
    },
    async migrate(schema) {
      await migrateStore(store, schema);
      reads.forget();
    },
    async stats(): Promise<StoreStats> {
      const { waiting, writes, commits } = groups.figures;
      return { bytes: sizeOf(path) + sizeOf(`${path}-wal`), waiting, writes, commits };
    },
    close: () => (closing ??= close()),
  };
  return store;
}
