import type { Statement } from "../../core/store.ts";
import { keyOf } from "./position.ts";
import type { NewRun } from "./rows.ts";
import type { Script } from "./script.ts";

/** What a run that goes on from another one has of it. */
export interface Origin {
  readonly chain?: string;
  readonly link?: number;
  readonly continues?: string;
  readonly forkOf?: string;
  readonly seed?: string;
  readonly beginAtMs?: number;
}

const columns = `id workflow version status priority input attributes owner epoch parent parent_at
  chain link continues fork_of seed trace begin_at due_at ready_at created_at started_at`
  .split(/\s+/)
  .join(", ");
const marks = columns.replaceAll(/\w+/g, "?");

/**
 * Inserts a run, at once in the hands of `owner` if one is named. A run of this id that exists
 * stays as it is.
 */
export function insertRun(
  script: Script,
  run: NewRun,
  nowMs: number,
  { owner, origin = {} }: { readonly owner?: string | undefined; readonly origin?: Origin },
): Statement[] {
  const { attributes = {}, parent, dueAtMs } = run;
  const set = Object.entries(attributes).filter(([, value]) => value !== null);
  const inserted = script.sql(
    `insert into workflow_run (${columns}) values (${marks}) on conflict (id) do nothing`,
    [
      run.id,
      run.workflow,
      run.version,
      owner === undefined ? "ready" : "running",
      run.priority,
      run.input,
      set.length === 0 ? null : JSON.stringify(Object.fromEntries(set)),
      owner ?? null,
      owner === undefined ? 0 : 1,
      parent?.run ?? null,
      parent === undefined ? null : keyOf(parent.at),
      origin.chain ?? null,
      origin.link ?? 1,
      origin.continues ?? null,
      origin.forkOf ?? null,
      origin.seed ?? null,
      run.trace ?? null,
      origin.beginAtMs ?? null,
      dueAtMs ?? null,
      nowMs,
      run.createdAtMs ?? nowMs,
      owner === undefined ? null : (run.createdAtMs ?? nowMs),
    ],
  );
  if (set.length === 0) return [inserted];
  return [inserted, attribute(script, run.id, set)];
}

/** What a run is found by, as of its row. */
function attribute(
  script: Script,
  run: string,
  set: readonly (readonly [string, unknown])[],
): Statement {
  return script.each(
    `insert into workflow_attribute (run, name, value, created_at)
      select id, cast(? as text), cast(? as text), created_at from workflow_run where id = ?
      on conflict (run, name) do update set value = excluded.value`,
    set.map(([name, value]) => [name, JSON.stringify(value), run]),
  );
}

/** Sets what a run is found by. */
export function setAttributes(
  script: Script,
  run: string,
  all: Readonly<Record<string, unknown>>,
): Statement[] {
  const set = Object.entries(all).filter(([, value]) => value !== null);
  return [
    script.sql("update workflow_run set attributes = ? where id = ?", [
      JSON.stringify(Object.fromEntries(set)),
      run,
    ]),
    script.sql("delete from workflow_attribute where run = ?", [run]),
    ...(set.length === 0 ? [] : [attribute(script, run, set)]),
  ];
}
