import type { DuckDBConnection } from "@duckdb/node-api";
import { MorningError } from "../../../../core/errors.ts";
import type { SqlAnswer, SqlColumn } from "../../../signals/store.ts";
import { quoted } from "../duck.ts";
import { duckFailure } from "./duck-pool.ts";
import { readErrors } from "./errors.ts";
import { guarded } from "./sql-guard.ts";
import type { SqlViews } from "./sql-views.ts";

// A process of its own: DuckDB bounds the memory of tables, not that of one value, and cannot be
// interrupted in the middle of one. This process ends itself when it grows, and is ended when it
// does not answer in time.

/** A statement to run. */
export interface SqlTask extends SqlViews {
  readonly id: number;
  readonly text: string;
  readonly temporary: string;
  readonly memoryMb: number;
  readonly rowsMax: number;
  readonly timeoutMs: number;
}

/** How it ended. */
export type SqlOutcome =
  | { readonly id: number; readonly answer: Omit<SqlAnswer, "elapsedMs"> }
  | { readonly id: number; readonly error: ReturnType<MorningError["toJSON"]> };

/** The process ends with this when it grew too large. */
export const tooLargeExit = 70;

const cellMax = 65_536;
/** Characters of an answer, about. */
const answerMax = 16_000_000;
/** What the process may have beside DuckDB's tables, MiB. */
const besideMb = 384;
const watchMs = 25;

const wideIntegers = new Set(["BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"]);

type Cell = null | string | number | boolean;

/** Wide integers come as text; those that are exact as a number are told as one. */
function cellOf(value: unknown, type: string): Cell {
  if (typeof value === "string" && wideIntegers.has(type)) {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > cellMax ? `${text.slice(0, cellMax)}…` : text;
}

async function answerOf(
  connection: DuckDBConnection,
  text: string,
  rowsMax: number,
): Promise<Omit<SqlAnswer, "elapsedMs">> {
  const { JsonDuckDBValueConverter } = await import("@duckdb/node-api");
  const result = await connection.stream(text);
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, at): SqlColumn => {
    return { name, type: String(types[at]) };
  });
  const rows: Cell[][] = [];
  let size = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return { columns, rows, cut: false };
    for (const row of chunk.convertRows(JsonDuckDBValueConverter)) {
      if (rows.length === rowsMax || size > answerMax) return { columns, rows, cut: true };
      const cells = row.map((value, at) => cellOf(value, columns[at]?.type ?? ""));
      for (const cell of cells) size += typeof cell === "string" ? cell.length : 8;
      rows.push(cells);
    }
  }
}

/** The first value that a statement gives. */
async function valueOf(connection: DuckDBConnection, sql: string, text: string): Promise<string> {
  const rows = (await connection.runAndReadAll(sql, [text])).getRows();
  return String(rows[0]?.[0]);
}

/** Runs a statement on a DuckDB of its own, which is locked before the statement is read. */
async function run(task: SqlTask): Promise<Omit<SqlAnswer, "elapsedMs">> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${task.memoryMb}MB`,
    threads: "2",
    temp_directory: task.temporary,
    max_temp_directory_size: "2GB",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    preserve_insertion_order: "false",
  });
  const connection = await instance.connect();
  let timedOut = false;
  const late = setTimeout(() => {
    timedOut = true;
    connection.interrupt();
  }, task.timeoutMs);
  try {
    await connection.run(`set allowed_paths = [${task.paths.map(quoted).join(", ")}]`);
    await connection.run("set enable_external_access = false");
    for (const sql of task.statements) await connection.run(sql);
    await connection.run("set lock_configuration = true");
    const tree = await valueOf(connection, "select json_serialize_sql($1::varchar)", task.text);
    const other = guarded(tree, task.keys);
    const text =
      other === undefined
        ? task.text
        : await valueOf(connection, "select json_deserialize_sql($1::json)", other);
    return await answerOf(connection, text, task.rowsMax);
  } catch (cause) {
    throw failureOf(cause, timedOut);
  } finally {
    clearTimeout(late);
    connection.closeSync();
    instance.closeSync();
  }
}

/** A user's mistake is theirs to read: DuckDB says it well. */
function failureOf(cause: unknown, timedOut: boolean): Error {
  if (MorningError.is(cause)) return cause;
  const failure = duckFailure(cause, timedOut);
  const isKnown = MorningError.is(failure) && /TIMEOUT|TOO_LARGE/.test(failure.code);
  if (isKnown) return failure;
  const message = cause instanceof Error ? cause.message : String(cause);
  return readErrors.MOR_TELEMETRY_SQL(`sql: ${message.split("\n\n")[0]?.slice(0, 2000) ?? ""}`);
}

async function outcomeOf(task: SqlTask): Promise<SqlOutcome> {
  const limit = (task.memoryMb + besideMb) * 2 ** 20;
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() > limit) process.exit(tooLargeExit);
  }, watchMs);
  try {
    return { id: task.id, answer: await run(task) };
  } catch (error) {
    const failure = MorningError.is(error)
      ? error
      : readErrors.MOR_TELEMETRY_SQL(`sql: ${error instanceof Error ? error.message : "failed"}`);
    return { id: task.id, error: failure.toJSON() };
  } finally {
    clearInterval(watch);
  }
}

if (process.send !== undefined) {
  process.on("message", (task: SqlTask) => {
    void outcomeOf(task).then((outcome) => process.send?.(outcome));
  });
  process.on("disconnect", () => process.exit(0));
}
