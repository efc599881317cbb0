import type { DuckDBConnection } from "@duckdb/node-api";

/** How a DuckDB is opened for sealing. */
export interface DuckOptions {
  /** Where it spills to. */
  readonly temporary: string;
  readonly memoryMb: number;
  readonly threads: number;
}

/** A DuckDB in memory that reads and writes files. Statements run one after the other. */
export interface Duck {
  run(sql: string): Promise<void>;
  /** Rows as plain objects; 64-bit integers are bigints. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): void;
}

/** A text as a literal of SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as SQL writes it. */
export const named = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Loads DuckDB, which is large, and opens it. */
export async function openDuck(options: DuckOptions): Promise<Duck> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${options.memoryMb}MB`,
    threads: String(options.threads),
    temp_directory: options.temporary,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection: DuckDBConnection = await instance.connect();
  await connection.run("set preserve_insertion_order = true");
  // Files are read once or twice and then gone: what is kept of them would only fill the memory.
  await connection.run("set enable_external_file_cache = false");
  return {
    async run(sql) {
      await connection.run(sql);
    },
    async rows(sql) {
      return (await connection.runAndReadAll(sql)).getRowObjectsJS();
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
