import { DatabaseSync } from "node:sqlite";
import type { Cancel, Clock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";
import { migrateStore } from "../migrate.ts";
import { openWriter } from "./connection.ts";
import { makeFolder } from "./fold.ts";
import type { Folder } from "./fold.ts";
import { closedError, defaultGroupLimits, makeGroups } from "./groups.ts";
import type { Group, GroupLimits, Groups } from "./groups.ts";
import { makeReads, longReadLimits, shortReadLimits } from "./reads.ts";
import type { Reads } from "./reads.ts";
import type { Tape } from "./tape.ts";

/** What may go wrong in a simulated store; each is asked anew for every group. */
export interface InlineFaults {
  /** Makes the commit of the next group fail: nothing of it is kept. */
  commit?(): "full" | "io" | undefined;
  /**
   * Milliseconds on the clock until what waits is committed; without it, the end of the microtask.
   */
  commitMs?(): number;
  /**
   * Milliseconds between a commit and its acknowledgement: a crash in between keeps what nobody
   * heard of.
   */
  acknowledgeMs?(): number;
}

/** How a store inside this thread is opened. */
export interface InlineOptions {
  /** A file, or `:memory:` (default). A file is not locked against other processes. */
  readonly path?: string;
  readonly clock: Clock;
  readonly faults?: InlineFaults;
  /** With `manual`, groups are committed by `flush()` alone. */
  readonly flush?: "auto" | "manual";
  /** Content to begin with: what `snapshot()` of another store gave. Only in memory. */
  readonly content?: Uint8Array;
  readonly groups?: Partial<GroupLimits>;
}

/** A store inside this thread: deterministic, for simulations and fast tests. */
export interface InlineStore extends Store {
  /** Commits and acknowledges all that waits, now, whatever the faults' delays. */
  flush(): void;
  /**
   * The process dies: what is not committed is gone, no promise or listener of this store is heard
   * of again. Returns the store that the next process opens on what was committed.
   */
  crash(faults?: InlineFaults): InlineStore;
  /** All that is committed, to begin another store with in well under a millisecond. */
  snapshot(): Uint8Array;
}

const faultCodes = { full: 13, io: 778 } as const;
const faultTexts = { full: "database or disk is full", io: "disk I/O error" } as const;

/** Throws as SQLite does when a commit fails. */
function failCommit(fault: "full" | "io"): never {
  throw Object.assign(new Error(faultTexts[fault]), { errcode: faultCodes[fault] });
}

function openMemory(options: InlineOptions): DatabaseSync {
  const { path = ":memory:", content } = options;
  if (path !== ":memory:") return openWriter(path, { cacheKib: 8192 });
  const db = new DatabaseSync(path);
  if (content) db.deserialize(content);
  return db;
}

/** This connection may write: a read that would is refused before it runs. */
function assertReads(sql: string, subject: string): void {
  const writes = /\b(insert|replace)\s+into\b|\bdelete\s+from\b|\bupdate\s[\s\S]*\sset\b/i;
  const reads = /^\s*(select|with|values|explain|pragma\s+[\w.]+(\(|\s*$))/i;
  if (reads.test(sql) && !(/^\s*with\b/i.test(sql) && writes.test(sql))) return;
  throw engineErrors.MOR_STATE_SQL(`${subject}: a read must not write: ${sql.slice(0, 200)}`);
}

/** Commits groups one after another and acknowledges each after its delay. */
interface Committer {
  readonly groups: Groups;
  readonly flush: () => void;
  /** Stops without settling anything. */
  die(): void;
}

function makeCommitter(folder: Folder, options: InlineOptions, subject: string): Committer {
  const { clock, faults = {} } = options;
  let cancel: Cancel | undefined;
  let unacknowledged: { group: Group; reply: Tape } | undefined;
  let dead = false;

  const commitOne = (group: Group): Tape =>
    folder.fold(group.message, (commit) => {
      const fault = faults.commit?.();
      if (fault) failCommit(fault);
      commit();
    });
  const acknowledge = (): void => {
    const one = unacknowledged;
    unacknowledged = undefined;
    if (one) groups.settle(one.group, one.reply);
  };
  const work = (): void => {
    cancel = undefined;
    if (dead) return;
    acknowledge();
    for (let group = groups.take(); group; group = groups.take()) {
      unacknowledged = { group, reply: commitOne(group) };
      const delayMs = faults.acknowledgeMs?.() ?? 0;
      if (delayMs > 0) {
        cancel = clock.after(delayMs, work);
        return;
      }
      acknowledge();
    }
  };
  const schedule = (): void => {
    if (options.flush === "manual" || cancel) return;
    const delayMs = faults.commitMs?.();
    if (delayMs !== undefined) cancel = clock.after(delayMs, work);
    else {
      cancel = () => {};
      queueMicrotask(work);
    }
  };
  const groups = makeGroups(subject, { ...defaultGroupLimits, ...options.groups }, schedule);
  return {
    groups,
    flush() {
      if (dead) return;
      cancel?.();
      cancel = undefined;
      acknowledge();
      for (let group = groups.take(); group; group = groups.take()) {
        groups.settle(group, commitOne(group));
      }
    },
    die() {
      dead = true;
      cancel?.();
    },
  };
}

/** Opens a store inside this thread, with the faults that a simulation wants. */
export function openInline(options: InlineOptions): InlineStore {
  return inlineOn(openMemory(options), options);
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

function inlineOn(db: DatabaseSync, options: InlineOptions): InlineStore {
  const subject = `state ${options.path ?? ":memory:"}`;
  const committer = makeCommitter(makeFolder(db), options, subject);
  const { groups } = committer;
  const reads: Reads = makeReads(db, subject, 500);
  let state: "open" | "closed" | "crashed" = "open";

  const read: Store["read"] = async (sql, params = []) => {
    if (state === "crashed") return never();
    if (state === "closed") throw closedError(subject);
    assertReads(sql, subject);
    return reads.read(sql, params, shortReadLimits);
  };
  const store: InlineStore = {
    dialect: "sqlite",
    write: (write) => (state === "crashed" ? never() : groups.add(write)),
    listen: groups.listen,
    read,
    async readLong(sql, params = [], limits = {}) {
      if (state !== "open") return read(sql, params);
      assertReads(sql, subject);
      return reads.read(sql, params, { ...longReadLimits, ...limits });
    },
    async migrate(schema) {
      await migrateStore(store, schema);
      reads.forget();
    },
    async stats() {
      const { waiting, writes, commits } = groups.figures;
      const [size] = reads.read(
        "select page_count * page_size as bytes from pragma_page_count, pragma_page_size",
        [],
        shortReadLimits,
      );
      return { bytes: Number(size?.["bytes"]), waiting, writes, commits };
    },
    async close() {
      if (state !== "open") return;
      committer.flush();
      groups.refuse(closedError(subject));
      state = "closed";
      db.close();
    },
    flush: committer.flush,
    snapshot: () => db.serialize(),
    crash(faults) {
      committer.die();
      state = "crashed";
      return inlineOn(db, faults ? { ...options, faults } : options);
    },
  };
  return store;
}
