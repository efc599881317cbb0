import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Clock } from "../../../../core/clock.ts";
import { MorningError } from "../../../../core/errors.ts";
import { everything, levelRanges } from "../../../signals/filter.ts";
import { signals, spanKinds, statusCodes } from "../../../signals/records.ts";
import type { Signal } from "../../../signals/records.ts";
import { temporalities } from "../../../signals/tables.ts";
import type { SqlAnswer, SqlColumn } from "../../../signals/store.ts";
import { named, quoted } from "../duck.ts";
import { duckFailure } from "./duck-pool.ts";
import { readErrors } from "./errors.ts";
import { FieldSql } from "./field-sql.ts";
import type { Session } from "./session.ts";
import { fromSql } from "./source.ts";
import type { Branch } from "./source.ts";

/** How user's statements run. */
export interface SqlOptions {
  /** Folder of the store: nothing outside of it can be read. */
  readonly folder: string;
  readonly temporary: string;
  readonly memoryMb: number;
  readonly clock: Clock;
}

const textMax = 16_384;
const cellMax = 65_536;

/** What reads files, settings or the machine; the rest of DuckDB's functions are harmless. */
const forbidden = new RegExp(
  "\\b(?:read_\\w+|parquet_\\w+|glob|sniff_csv|getenv|duckdb_\\w+|pragma_\\w+|" +
    "sql_auto_complete|which_secret|query|query_table|getvariable|current_setting|" +
    "arrow_scan\\w*|from_substrait|seq_scan|index_scan|python_map_function|" +
    "json_execute_serialized_sql|checkpoint|force_checkpoint|write_log|enable_logging|" +
    "disable_logging|st_read\\w*)\\s*\\(",
  "i",
);

/** A text that stands where a table does is a file. */
const fileScan =
  /\b(?:from|join)\s*\(?\s*['"][^'"]*[./\\][^'"]*['"]|,\s*'[^']*\.(?:parquet|csv|json)'/i;

const listed = (names: readonly string[], column: string): string =>
  `list_value(${names.map(quoted).join(", ")})[${column} + 1]`;

const instant = (column: string): string => `make_timestamp_ns(${column})`;
const trace = "nullif(replace(d.trace_id::varchar, '-', ''), repeat('0', 32))";
const span = (column: string): string => `nullif(lower(hex(d.${column})), repeat('0', 16))`;

function own(signal: Signal): readonly (readonly [name: string, sql: string])[] {
  switch (signal) {
    case "logs":
      return [
        ["time", instant("d.time_ns")],
        ["time_ns", "d.time_ns"],
        ["level", listed(Object.keys(levelRanges), "least(6, (greatest(d.severity, 0) + 3) // 4)")],
        ["severity", "d.severity"],
        ["body", "d.body"],
        ["event", "d.event"],
        ["pattern", "d.pattern"],
        ["trace_id", trace],
        ["span_id", span("span_id")],
      ];
    case "spans":
      return [
        ["time", instant("d.start_ns")],
        ["time_ns", "d.start_ns"],
        ["duration_ms", "d.duration_ns / 1e6"],
        ["name", "d.name"],
        ["kind", listed(spanKinds, "d.kind")],
        ["status", listed(statusCodes, "d.status")],
        ["status_message", "d.status_message"],
        ["trace_id", trace],
        ["span_id", span("span_id")],
        ["parent_span_id", span("parent_span_id")],
        ["weight", "d.weight"],
        ["events", "d.events"],
        ["links", "d.links"],
      ];
    case "points":
      return [
        ["time", instant("d.time_ns")],
        ["time_ns", "d.time_ns"],
        ["name", "d.name"],
        ["unit", "d.unit"],
        ["value", "d.value"],
        ["count", "d.count"],
        ["temporality", listed(temporalities, "d.temporality")],
        ["monotonic", "d.monotonic = 1"],
        ["distribution", "d.distribution"],
      ];
    case "errors":
      return [
        ["time", instant("d.time_ns")],
        ["time_ns", "d.time_ns"],
        ["type", "d.type"],
        ["message", "d.message"],
        ["stack", "d.stack"],
        ["fingerprint", "d.fingerprint"],
        ["source", "d.source"],
        ["handled", "d.handled = 1"],
        ["release", "d.release"],
        ["user", 'd."user"'],
        ["trace_id", trace],
        ["span_id", span("span_id")],
      ];
  }
}

const originNames = ["service", "version", "environment", "instance", "scope"] as const;

/** All attributes of a row as one map, those with a column of their own among them. */
function attributesSql({ shape }: Branch): string {
  if (shape.columns.length === 0) return "d.attributes";
  const keys = shape.columns.map(quoted).join(", ");
  const values = shape.columns.map((key) => `d.${named(`@${key}`)}`).join(", ");
  const columns = `map_from_entries(list_filter(list_zip([${keys}], [${values}]),
    lambda pair: pair[2] is not null))`;
  return `map_concat(d.attributes, ${columns})`;
}

function branchSql(signal: Signal, branch: Branch): string {
  const fields = new FieldSql(signal, branch);
  const columns = [
    ...own(signal).map(([name, sql]) => `${sql} as ${named(name)}`),
    ...originNames.map((name) => `${fields.origin(name)} as ${name}`),
    `${attributesSql(branch)} as attributes`,
    "o.resource as resource",
  ];
  return `select ${columns.join(", ")} from ${fromSql(branch, true)}`;
}

/** An empty table of a signal, where nothing is stored. */
function emptySql(signal: Signal): string {
  const types: Readonly<Record<string, string>> = {
    time: "timestamp_ns",
    time_ns: "bigint",
    severity: "integer",
    duration_ms: "double",
    weight: "double",
    value: "double",
    count: "bigint",
    monotonic: "boolean",
    handled: "boolean",
  };
  const columns = [...own(signal).map(([name]) => name), ...originNames].map(
    (name) => `null::${types[name] ?? "varchar"} as ${named(name)}`,
  );
  const maps = ["attributes", "resource"].map((name) => `null::map(varchar, varchar) as ${name}`);
  return `select ${[...columns, ...maps].join(", ")} where false`;
}

const always = { fromNs: -(2n ** 62n), toNs: 2n ** 62n };

async function viewsSql(session: Session): Promise<string[]> {
  const made: string[] = [];
  for (const signal of signals) {
    const branches = await session.branches(await session.files(signal, always, everything));
    const parts = branches.map((branch) => branchSql(signal, branch));
    const body = parts.length === 0 ? emptySql(signal) : parts.join(" union all ");
    made.push(`create view ${signal} as ${body}`);
  }
  return made;
}

/** @throws MOR_TELEMETRY_SQL */
function refuse(text: string): void {
  if (text.length > textMax) {
    throw readErrors.MOR_TELEMETRY_SQL(`sql: more than ${textMax} characters`);
  }
  const found = forbidden.exec(text)?.[0] ?? fileScan.exec(text)?.[0];
  if (found === undefined) return;
  throw readErrors.MOR_TELEMETRY_SQL(`sql: ${found.trim()} reads what is no telemetry`);
}

async function openLocked(
  session: Session,
  options: SqlOptions,
  temporary: string,
): Promise<{ readonly instance: DuckDBInstance; readonly connection: DuckDBConnection }> {
  const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
  const instance = await Instance.create(":memory:", {
    memory_limit: `${options.memoryMb}MB`,
    threads: "2",
    temp_directory: temporary,
    max_temp_directory_size: "1GB",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  await connection.run(`set allowed_directories = [${quoted(options.folder)}]`);
  for (const sql of await viewsSql(session)) await connection.run(sql);
  await connection.run("set enable_external_access = false");
  await connection.run("set lock_configuration = true");
  return { instance, connection };
}

const wideIntegers = new Set(["BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"]);

/** Wide integers come as text; those that are exact as a number are told as one. */
function cellOf(value: unknown, type: string): null | string | number | boolean {
  if (typeof value === "string" && wideIntegers.has(type)) {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > cellMax ? `${text.slice(0, cellMax)}…` : text;
}

/** A user's mistake is theirs to read: DuckDB says it well. */
function userError(cause: unknown, timedOut: boolean): Error {
  if (MorningError.is(cause)) return cause;
  const failure = duckFailure(cause, timedOut);
  if (!MorningError.is(failure, "MOR_INTERNAL")) return failure;
  const message = cause instanceof Error ? cause.message : String(cause);
  return readErrors.MOR_TELEMETRY_SQL(`sql: ${message.split("\n\n")[0]?.slice(0, 2000) ?? ""}`, {
    cause,
  });
}

async function answer(
  connection: DuckDBConnection,
  text: string,
  rowsMax: number,
): Promise<Omit<SqlAnswer, "elapsedMs">> {
  const statements = await connection.extractStatements(text);
  if (statements.count !== 1) {
    throw readErrors.MOR_TELEMETRY_SQL(`sql: ${statements.count} statements; one is allowed`);
  }
  const prepared = await statements.prepare(0);
  // 1 is SELECT, 4 EXPLAIN: StatementType of DuckDB's C API.
  if (![1, 4].includes(prepared.statementType as number)) {
    throw readErrors.MOR_TELEMETRY_SQL("sql: only SELECT is allowed");
  }
  const { JsonDuckDBValueConverter } = await import("@duckdb/node-api");
  const result = await prepared.stream();
  const columns = result.columnNames().map((name, at): SqlColumn => {
    const type = result.columnTypes()[at];
    return { name, type: String(type) };
  });
  const rows: (null | string | number | boolean)[][] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return { columns, rows, cut: false };
    for (const row of chunk.convertRows(JsonDuckDBValueConverter)) {
      if (rows.length === rowsMax) return { columns, rows, cut: true };
      rows.push(row.map((value, at) => cellOf(value, columns[at]?.type ?? "")));
    }
  }
}

/** Runs one statement of a user, on a DuckDB of its own that can do nothing else. */
export async function runSql(
  session: Session,
  options: SqlOptions,
  text: string,
  limits: { readonly rowsMax: number; readonly timeoutMs: number },
): Promise<SqlAnswer> {
  refuse(text);
  const { clock } = options;
  const startedMs = clock.monotonic();
  const temporary = join(options.temporary, `sql-${startedMs}-${Math.floor(clock.now())}`);
  await mkdir(temporary, { recursive: true });
  const { instance, connection } = await openLocked(session, options, temporary);
  let timedOut = false;
  const cancel = clock.after(limits.timeoutMs, () => {
    timedOut = true;
    connection.interrupt();
  });
  try {
    const found = await answer(connection, text, limits.rowsMax);
    return { ...found, elapsedMs: clock.monotonic() - startedMs };
  } catch (error) {
    throw userError(error, timedOut);
  } finally {
    cancel();
    connection.closeSync();
    instance.closeSync();
    await rm(temporary, { recursive: true, force: true });
  }
}
