import { z } from "zod";
import { coreErrors } from "../core/errors.ts";
import type { Row, SqlValue, Statement, Store } from "../core/store.ts";
import { placeholders } from "../engines/sql.ts";

/** A run as it was recorded, to be replayed against other code. */
export interface Recording {
  readonly format: 1;
  readonly run: Readonly<Record<string, string | number | null>>;
  readonly entries: readonly Readonly<Record<string, string | number | null>>[];
}

const Values = z.record(z.string().max(60), z.union([z.string(), z.number(), z.null()]));

/** What a recording is, for those who read one from a file. */
export const RecordingForm: z.ZodType<Recording> = z.object({
  format: z.literal(1),
  run: Values,
  entries: z.array(Values).max(200_000),
});

const runColumns = `id workflow version priority input attributes seed begin_at created_at`.split(
  " ",
);
const entryColumns = `at place kind name status value error attempt progress failures costs due_at
  started_at ended_at`.split(/\s+/);
const pageRows = 5000;

/** A row as JSON has it; numbers of Postgres come as text. */
function plain(row: Row, columns: readonly string[]): Record<string, string | number | null> {
  const numbers = new Set(["priority", "begin_at", "created_at", "place", "attempt", "due_at"]);
  return Object.fromEntries(
    columns.map((name) => {
      const value = row[name] ?? null;
      const isNumber = numbers.has(name) || name.endsWith("_at");
      return [name, value === null ? null : isNumber ? Number(value) : String(value)];
    }),
  );
}

/** Reads what a run recorded. Tokens of callbacks are no part of it. @throws MOR_NOT_FOUND */
export async function readRecording(store: Store, id: string): Promise<Recording> {
  const read = (sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> =>
    store.read(placeholders(store.dialect, sql), params);
  const [run] = await read("select * from workflow_run where id = ?", [id]);
  if (run === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no run ${id}`);
  const entries: Row[] = [];
  for (let after = ""; ;) {
    const rows = await read(
      `select * from workflow_entry where run = ? and at > ? order by at limit ${pageRows}`,
      [id, after],
    );
    entries.push(...rows);
    if (rows.length < pageRows) break;
    after = String(rows.at(-1)?.["at"]);
  }
  return {
    format: 1,
    run: plain(run, runColumns),
    entries: entries.map((entry) => plain(entry, entryColumns)),
  };
}

/** Writes a recording into a store, as a run of `version` that is ready to go on. */
export async function writeRecording(
  store: Store,
  recording: Recording,
  version: string,
): Promise<string> {
  const { run, entries } = recording;
  const id = String(run["id"]);
  const insert = (table: string, row: Readonly<Record<string, SqlValue>>): Statement => {
    const names = Object.keys(row);
    const marks = names.map(() => "?").join(", ");
    const sql = `insert into ${table} (${names.join(", ")}) values (${marks})`;
    return { sql: placeholders(store.dialect, sql), params: Object.values(row) };
  };
  const known = (row: Recording["run"], columns: readonly string[]): Record<string, SqlValue> =>
    Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
  await store.write({
    statements: [
      insert("workflow_run", {
        ...known(run, runColumns),
        version,
        status: "ready",
        // An epoch before this one: there is something to read.
        epoch: 1,
        ready_at: run["created_at"] ?? 0,
      }),
      ...entries.map((entry) =>
        insert("workflow_entry", { run: id, ...known(entry, entryColumns) }),
      ),
    ],
  });
  return id;
}
