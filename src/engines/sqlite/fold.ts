import type { DatabaseSync } from "node:sqlite";
import type { SqlValue } from "../../core/store.ts";
import { isTooWide, narrowed, prepare, widen } from "./connection.ts";
import type { Prepared } from "./connection.ts";
import { failureKinds, failureOf } from "./failures.ts";
import type { Failure } from "./failures.ts";
import { expectsRows, kept, runsEach, someRows, wantsValues } from "./tape.ts";
import type { Cursor, GroupMessage, Tape } from "./tape.ts";

/** Folds groups of writes into one transaction each. */
export interface Folder {
  /** Commits what can be kept of the group and replies write by write; never throws. */
  fold(message: GroupMessage, commit?: Commit): Tape;
}

/** Commits the open transaction, or throws as SQLite does: a simulation puts its faults here. */
export type Commit = (commit: () => void) => void;

/** Thrown inside a group: an expectation is not met. */
interface Unmet {
  readonly unmet: true;
  readonly message: string;
  /** Whether the statement left changes that have to be undone. */
  readonly changed: boolean;
}

/** Thrown inside a group: it must be run again, each write in a savepoint of its own. */
const again: unique symbol = Symbol("again");

function isUnmet(error: unknown): error is Unmet {
  return (error as Partial<Unmet>).unmet === true;
}

function describe(error: unknown): Failure {
  if (!isUnmet(error)) return failureOf(error);
  return { kind: failureKinds.unmet, engineCode: 0, message: error.message };
}

/** Runs one statement with one row of parameters; returns its changes and appends its rows. */
function runOnce(prepared: Prepared, params: SqlValue[], rows: SqlValue[][]): number {
  const { statement, columns, changes } = prepared;
  try {
    if (columns.length === 0) {
      const done = statement.run(...params);
      return changes ? Number(done.changes) : 0;
    }
    const found = statement.all(...params) as unknown as SqlValue[][];
    for (const row of found) rows.push(row);
    return changes ? found.length : 0;
  } catch (error) {
    if (!isTooWide(error)) throw error;
    widen(prepared);
    throw again;
  }
}

function assertMet(expected: number, done: number, changed: boolean): void {
  if (expected === someRows ? done > 0 : done === expected) return;
  const wanted = expected === someRows ? "at least one row" : `${expected} rows`;
  const unmet: Unmet = {
    unmet: true,
    message: `expected ${wanted}, found ${done}`,
    changed,
  };
  throw unmet;
}

function putRows(out: Tape, prepared: Prepared, rows: SqlValue[][], values: boolean): void {
  out.push(rows.length);
  if (rows.length === 0) return;
  out.push(prepared.columns.length);
  if (!values) for (const name of prepared.columns) out.push(name);
  for (const row of rows) {
    for (const value of row) {
      out.push(prepared.bigints ? (narrowed(value) as SqlValue) : value);
    }
  }
}

/** Runs the statement at the cursor and puts what it did on `out`. */
function runStatement(prepared: Prepared, tape: Tape, cursor: Cursor, out: Tape): void {
  const flags = tape[cursor.at++] as number;
  const expected = flags & expectsRows ? (tape[cursor.at++] as number) : undefined;
  const runs = flags & runsEach ? (tape[cursor.at++] as number) : 1;
  const rows: SqlValue[][] = [];
  let changes = 0;
  for (let run = 0; run < runs; run++) {
    const count = tape[cursor.at++] as number;
    changes += runOnce(prepared, tape.slice(cursor.at, cursor.at + count), rows);
    cursor.at += count;
  }
  const done = prepared.columns.length === 0 ? changes : rows.length;
  if (expected !== undefined) assertMet(expected, done, changes > 0);
  out.push(changes);
  putRows(out, prepared, rows, (flags & wantsValues) > 0);
}

/** The statements that a folder runs around writes. */
function controls(db: DatabaseSync): Record<"begin" | "commit" | "save" | "release", () => void> {
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const save = db.prepare("savepoint morning");
  const release = db.prepare("release morning");
  return {
    begin: () => void begin.run(),
    commit: () => void commit.run(),
    save: () => void save.run(),
    release: () => void release.run(),
  };
}

/** Texts that the writer knows by id, prepared when first run. */
function makeKnown(db: DatabaseSync): {
  learn(texts: readonly SqlValue[]): void;
  forget(ids: readonly number[]): void;
  get(id: number): Prepared;
} {
  const texts = new Map<number, string>();
  const prepared = new Map<number, Prepared>();
  const wide = new Set<number>();
  const forgetPrepared = (): void => {
    for (const [id, one] of prepared) if (one.bigints) wide.add(id);
    prepared.clear();
  };
  return {
    learn(pairs) {
      for (let index = 0; index < pairs.length; index += 2) {
        texts.set(pairs[index] as number, pairs[index + 1] as string);
      }
    },
    forget(ids) {
      for (const id of ids) {
        texts.delete(id);
        prepared.delete(id);
        wide.delete(id);
      }
    },
    get(id) {
      const known = prepared.get(id);
      if (known) return known;
      const fresh = prepare(db, texts.get(id) ?? "");
      // A schema change may alter what a prepared `select *` returns: prepare all of them anew.
      if (wide.has(id)) widen(fresh);
      if (/^\s*(create|alter|drop)\b/i.test(fresh.sql)) forgetPrepared();
      else prepared.set(id, fresh);
      return fresh;
    },
  };
}

/** Makes the folder of a writing connection. */
export function makeFolder(db: DatabaseSync): Folder {
  const control = controls(db);
  const known = makeKnown(db);

  const undo = (): void => {
    db.exec("rollback to morning");
    control.release();
  };

  /** Runs one write; false when the transaction itself is gone. */
  const runWrite = (tape: Tape, start: number, out: Tape, careful: boolean): boolean => {
    const count = tape[start + 1] as number;
    const cursor = { at: start + 2 };
    const flags = tape[cursor.at + 1] as number;
    const guarded = careful || count > 1 || (count > 0 && (flags & runsEach) > 0);
    const mark = out.length;
    let index = 0;
    if (guarded) control.save();
    try {
      out.push(kept);
      for (; index < count; index++) {
        runStatement(known.get(tape[cursor.at++] as number), tape, cursor, out);
      }
      if (guarded) control.release();
    } catch (error) {
      if (error === again || (!guarded && isUnmet(error) && error.changed)) throw again;
      out.length = mark;
      const { kind, engineCode, message } = describe(error);
      out.push(kind, index, engineCode, message);
      if (!db.isTransaction) return false;
      if (guarded) undo();
    }
    return true;
  };

  const runAll = (tape: Tape, commit: Commit, careful: boolean): Tape => {
    const out: Tape = [];
    control.begin();
    for (let at = 0; at < tape.length; at = tape[at] as number) {
      if (!runWrite(tape, at, out, careful)) throw lost(out);
    }
    commit(control.commit);
    return out;
  };

  const attempt = (tape: Tape, commit: Commit, careful: boolean): Tape => {
    try {
      return runAll(tape, commit, careful);
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      if (error === again) return attempt(tape, commit, true);
      return refusal(tape, failureOf(error));
    }
  };

  return {
    fold([tape, texts, drops], commit = (run) => run()) {
      known.learn(texts);
      const out = attempt(tape, commit, false);
      known.forget(drops);
      return out;
    },
  };
}

/** What SQLite threw when a failure inside a statement rolled the whole transaction back. */
function lost(out: Tape): Error {
  const [engineCode, message] = out.slice(-2);
  return Object.assign(new Error(String(message)), { errcode: engineCode });
}

/** The reply when the whole group is lost: the same failure for each of its writes. */
function refusal(tape: Tape, failure: Failure): Tape {
  const out: Tape = [];
  for (let at = 0; at < tape.length; at = tape[at] as number) {
    out.push(failure.kind, 0, failure.engineCode, failure.message);
  }
  return out;
}
