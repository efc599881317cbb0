import { coreErrors } from "../../core/errors.ts";
import type { Row, SqlValue, Statement, StatementResult, Write } from "../../core/store.ts";

/**
 * Writes cross to the writer's thread as one flat array, a *tape*: the structured clone of a flat
 * array of primitives costs a fraction of that of nested objects.
 *
 * A write: the index after it, its statements' count, the statements.
 * A statement: text id, flags, `[rows expected]`, `[runs]`, and a run: its parameters' count, the
 * parameters. The reply, a write: `kept`, then a statement: changes, rows' count, `[columns' count,
 * [names], values]`; or the failure's kind, the statement's index, the engine's own code and its
 * message.
 */
export type Tape = SqlValue[];

/** Statement flags. */
export const wantsValues = 1;
/** The statement carries an expectation. */
export const expectsRows = 2;
/** The statement runs once a parameter row. */
export const runsEach = 4;
/** The expectation "at least one row". */
export const someRows: number = -1;
/** First value of a write's reply when the write was kept; every other is a failure's kind. */
export const kept = 0;

/**
 * One crossing to the writer: tape, new texts as id and text in turn, ids of texts that left the
 * cache.
 */
export type GroupMessage = readonly [
  tape: Tape,
  texts: readonly SqlValue[],
  drops: readonly number[],
];

/**
 * Gives texts short ids that the writer's thread knows, at most `textsMax` at a time (least
 * recently used).
 */
export interface Texts {
  idOf(sql: string): number;
  /** What the writer has to learn and to forget with the next message; forgets it here. */
  take(): { texts: SqlValue[]; drops: number[] };
}

/** Makes a bounded table of texts. */
export function makeTexts(textsMax: number): Texts {
  const ids = new Map<string, number>();
  let texts: SqlValue[] = [];
  let drops: number[] = [];
  let nextId = 1;
  let last: { sql: string; id: number } = { sql: "", id: 0 };
  const learn = (sql: string): number => {
    const id = nextId++;
    texts.push(id, sql);
    if (ids.size >= textsMax) {
      const [oldest, oldestId] = ids.entries().next().value ?? ["", 0];
      ids.delete(oldest);
      drops.push(oldestId);
    }
    return id;
  };
  return {
    idOf(sql) {
      if (sql === last.sql && last.id > 0) return last.id;
      const id = ids.get(sql) ?? learn(sql);
      ids.delete(sql);
      ids.set(sql, id);
      last = { sql, id };
      return id;
    },
    take() {
      const taken = { texts, drops };
      texts = [];
      drops = [];
      return taken;
    },
  };
}

function badValue(sql: string, index: number, value: unknown): Error {
  const type = value === undefined ? "undefined" : typeof value;
  return coreErrors.MOR_INVALID(
    `state: parameter ${index + 1} is ${type}, not a storable value, in: ${sql.slice(0, 200)}`,
    { fix: "Store booleans as 0 and 1, instants as milliseconds and objects as JSON text." },
  );
}

/** Puts one parameter row on the tape and returns its size in bytes, roughly. */
function putParams(tape: Tape, sql: string, params: readonly SqlValue[]): number {
  tape.push(params.length);
  let bytes = params.length * 8;
  for (let index = 0; index < params.length; index++) {
    const value = params[index] as SqlValue;
    if (typeof value === "string") bytes += value.length;
    else if (value instanceof Uint8Array) {
      bytes += value.byteLength;
      // A view is cloned with the whole buffer under it, such as Node's pool: copy the part.
      const whole = value.buffer.byteLength === value.byteLength && !Buffer.isBuffer(value);
      tape.push(whole ? value : new Uint8Array(value));
      continue;
    } else if (value !== null && typeof value !== "number" && typeof value !== "bigint") {
      throw badValue(sql, index, value);
    }
    tape.push(value);
  }
  return bytes;
}

function putStatement(tape: Tape, texts: Texts, statement: Statement): number {
  const { sql, params, each, expect } = statement;
  const flags =
    (statement.values ? wantsValues : 0) | (expect ? expectsRows : 0) | (each ? runsEach : 0);
  tape.push(texts.idOf(sql), flags);
  if (expect) tape.push(expect.rows === "some" ? someRows : expect.rows);
  if (!each) return putParams(tape, sql, params ?? []);
  tape.push(each.length);
  let bytes = 0;
  for (const row of each) bytes += putParams(tape, sql, row);
  return bytes;
}

/**
 * Puts a write on the tape and returns its size in bytes, roughly.
 * @throws MOR_INVALID when a parameter is no storable value; the tape is then as before
 */
export function putWrite(tape: Tape, texts: Texts, write: Write): number {
  const start = tape.length;
  let bytes = 64;
  try {
    tape.push(0, write.statements.length);
    for (const statement of write.statements) bytes += putStatement(tape, texts, statement);
  } catch (error) {
    tape.length = start;
    throw error;
  }
  tape[start] = tape.length;
  return bytes;
}

const none: readonly never[] = [];

/** A place on a tape that moves on as it is read. */
export interface Cursor {
  at: number;
}

function takeResult(tape: Tape, cursor: Cursor, values: boolean): StatementResult {
  const changes = tape[cursor.at++] as number;
  const count = tape[cursor.at++] as number;
  if (count === 0) return { changes, rows: none, values: none };
  const width = tape[cursor.at++] as number;
  const names = values ? none : (tape.slice(cursor.at, (cursor.at += width)) as string[]);
  const tuples: SqlValue[][] = [];
  const rows: Row[] = [];
  for (let index = 0; index < count; index++) {
    if (values) tuples.push(tape.slice(cursor.at, cursor.at + width));
    else rows.push(rowOf(names, tape, cursor.at));
    cursor.at += width;
  }
  return { changes, rows, values: tuples };
}

/** A row object out of the values that begin at `start`. */
export function rowOf(names: readonly string[], values: readonly SqlValue[], start: number): Row {
  const row: Record<string, SqlValue> = {};
  for (let index = 0; index < names.length; index++) {
    row[names[index] as string] = values[start + index] as SqlValue;
  }
  return row;
}

/** Reads the results of a write that was kept; the cursor stands behind its `kept`. */
export function takeResults(tape: Tape, cursor: Cursor, write: Write): StatementResult[] {
  return write.statements.map((each) => takeResult(tape, cursor, each.values === true));
}
