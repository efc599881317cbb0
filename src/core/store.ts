import type { Cancel } from "./clock.ts";

/**
 * A value that every state engine stores unchanged. Booleans are 0 and 1, instants milliseconds.
 */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** A result row by column name. */
export type Row = Readonly<Record<string, SqlValue>>;

/** What a statement must have done, or the whole write is undone. */
export interface Expectation {
  /** Rows changed or returned: exactly this many, or at least one. */
  readonly rows: number | "some";
  /** The error that the caller gets when it is not so; `MOR_CONFLICT` if left out. */
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * One statement of a write. With `each` it runs once a parameter row, in order, in one crossing to
 * the writer: its `changes` are summed and its rows joined.
 */
export interface Statement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
  readonly each?: readonly (readonly SqlValue[])[];
  readonly expect?: Expectation;
  /** Rows come back as arrays of values in column order: cheaper where thousands come back. */
  readonly values?: boolean;
}

/** What one statement did. */
export interface StatementResult {
  readonly changes: number;
  /** Rows of a `returning` clause or a `select`. */
  readonly rows: readonly Row[];
  /** The same as arrays, when the statement asked for `values`. */
  readonly values: readonly (readonly SqlValue[])[];
}

/** A closed list of statements that commits as a whole or not at all. No user code runs inside. */
export interface Write {
  readonly statements: readonly Statement[];
  /** Channels whose listeners are woken after the commit, in this process and in every other. */
  readonly wake?: readonly string[];
}

/** One forward step of a schema. Steps of a component are numbered 1, 2, 3 without a gap. */
export interface Migration {
  readonly version: number;
  readonly sqlite: readonly string[];
  readonly postgres: readonly string[];
}

/** The schema of one component (`queue`, `table`, `ledger` ...): its migrations, oldest first. */
export interface Schema {
  readonly component: string;
  readonly migrations: readonly Migration[];
}

/**
 * The state store: where truth lives. One writer folds everything that waits into one durable
 * commit (*group commit*); a write resolves only after it. Reads see what was committed before they
 * began.
 */
export interface Store {
  readonly dialect: "sqlite" | "postgres";
  /**
   * Commits `write` durably.
   * @throws MOR_CONFLICT (or the expectation's own code) when an expectation fails: nothing of this
   * write remains
   * @throws MOR_STATE_FULL when the disk is full, MOR_STATE_IO on an I/O error: nothing of this
   * write remains
   * @throws MOR_STATE_BUSY when more than the limit of bytes waits for the writer
   */
  write(write: Write): Promise<readonly StatementResult[]>;
  /** Runs one read-only statement; rows past the limit are a named error, never a silent cut. */
  read(sql: string, params?: readonly SqlValue[]): Promise<readonly Row[]>;
  /**
   * As `read`, for analytical statements: away from the event loop where the engine runs
   * in-process, and with wider limits. Left out by engines whose `read` already is that.
   */
  readLong?(
    sql: string,
    params?: readonly SqlValue[],
    limits?: { readonly rowsMax?: number; readonly bytesMax?: number },
  ): Promise<readonly Row[]>;
  /**
   * Writes a consistent, durable and checked copy of the running store to a new file.
   * Left out by engines that are backed up by their own means.
   * @throws MOR_CONFLICT when the file exists
   */
  backup?(path: string): Promise<void>;
  /**
   * Calls `listener` after each commit that wakes `channel`. Wakes may merge; they are never lost.
   */
  listen(channel: string, listener: () => void): Cancel;
  /**
   * Brings a component's schema forward.
   * @throws MOR_STATE_SCHEMA_NEWER when the store was written by a newer version of Morning
   */
  migrate(schema: Schema): Promise<void>;
  /** Bytes on disk and other figures for `doctor` and the console. */
  stats(): Promise<StoreStats>;
  close(): Promise<void>;
}

/** Figures of a store. */
export interface StoreStats {
  readonly bytes: number;
  /** Writes that wait for the writer now. */
  readonly waiting: number;
  /** Writes and commits since the store was opened: their ratio is the size of a group. */
  readonly writes: number;
  readonly commits: number;
}
