import { mkdir, rm } from "node:fs/promises";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Clock } from "../../../../core/clock.ts";
import { coreErrors } from "../../../../core/errors.ts";
import { readErrors } from "./errors.ts";

/** A row as DuckDB gives it: 64-bit integers are bigints, lists arrays, blobs bytes. */
export type DuckRow = Readonly<Record<string, unknown>>;

/** How queries run. */
export interface PoolOptions {
  /** Where DuckDB spills to. */
  readonly temporary: string;
  readonly memoryMb: number;
  readonly threads: number;
  /** Queries at once; others wait. */
  readonly connectionsMax: number;
  /** Queries that wait; one more is refused. */
  readonly waitingMax: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Connections to a DuckDB in memory that reads the files of the store. */
export interface DuckPool {
  /**
   * Runs statements on one connection; the answer is the last one's.
   * @throws MOR_TELEMETRY_QUERY_TIMEOUT, MOR_TELEMETRY_QUERY_TOO_LARGE, MOR_OVERLOADED
   */
  rows(...statements: readonly string[]): Promise<readonly DuckRow[]>;
  /** Several statements on one connection, which may make temporary tables. */
  session<T>(work: (run: (sql: string) => Promise<readonly DuckRow[]>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** An error of DuckDB as one of ours. */
export function duckFailure(cause: unknown, timedOut: boolean): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (timedOut) return readErrors.MOR_TELEMETRY_QUERY_TIMEOUT("the query took too long", { cause });
  if (/out of memory/i.test(message)) {
    return readErrors.MOR_TELEMETRY_QUERY_TOO_LARGE("the query needs more memory than it may", {
      cause,
    });
  }
  // What is wrong with a value that was asked for: an expression that RE2 does not know, mostly.
  if (message.startsWith("Invalid Input Error")) {
    return readErrors.MOR_TELEMETRY_QUERY(message, { cause });
  }
  return coreErrors.MOR_INTERNAL(`telemetry query: ${message}`, { cause });
}

class Pool implements DuckPool {
  readonly #options: PoolOptions;
  #instance: Promise<DuckDBInstance> | undefined;
  readonly #idle: DuckDBConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async #open(): Promise<DuckDBInstance> {
    const { temporary, memoryMb, threads } = this.#options;
    await mkdir(temporary, { recursive: true });
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const instance = await DuckDBInstance.create(":memory:", {
      memory_limit: `${memoryMb}MB`,
      threads: String(threads),
      temp_directory: temporary,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      preserve_insertion_order: "false",
    });
    const connection = await instance.connect();
    // Footers of files that never change are read once.
    await connection.run("set global parquet_metadata_cache = true");
    // The system keeps their pages; a second copy costs more time than it saves, and the memory.
    await connection.run("set global enable_external_file_cache = false");
    this.#idle.push(connection);
    return instance;
  }

  async #take(): Promise<DuckDBConnection> {
    const { connectionsMax, waitingMax } = this.#options;
    if (this.#busy >= connectionsMax) {
      if (this.#waiting.length >= waitingMax) {
        throw coreErrors.MOR_OVERLOADED(`telemetry: ${waitingMax} queries wait`, {
          details: { retryAfterMs: 1000 },
        });
      }
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
    if (this.#closed) throw coreErrors.MOR_STOPPING("telemetry: the store is stopping");
    this.#busy++;
    try {
      this.#instance ??= this.#open();
      return this.#idle.pop() ?? (await (await this.#instance).connect());
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  #leave(): void {
    this.#busy--;
    this.#waiting.shift()?.();
  }

  rows(...statements: readonly string[]): Promise<readonly DuckRow[]> {
    return this.session(async (run) => {
      for (const sql of statements.slice(0, -1)) await run(sql);
      return run(statements.at(-1) ?? "");
    });
  }

  async session<T>(
    work: (run: (sql: string) => Promise<readonly DuckRow[]>) => Promise<T>,
  ): Promise<T> {
    const connection = await this.#take();
    let timedOut = false;
    const cancel = this.#options.clock.after(this.#options.timeoutMs, () => {
      timedOut = true;
      connection.interrupt();
    });
    try {
      return await work(async (sql) => {
        try {
          const result = await connection.stream(sql);
          const rows: DuckRow[] = [];
          // Chunk by chunk, so that a large answer does not hold the thread.
          for await (const chunk of result.yieldRowObjectJs())
            for (const row of chunk) rows.push(row);
          return rows;
        } catch (error) {
          throw duckFailure(error, timedOut);
        }
      });
    } finally {
      cancel();
      this.#idle.push(connection);
      this.#leave();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    (await this.#instance)?.closeSync();
    await rm(this.#options.temporary, { recursive: true, force: true });
  }
}

/** Opens the pool; DuckDB is loaded at the first query. */
export function duckPool(options: PoolOptions): DuckPool {
  return new Pool(options);
}
