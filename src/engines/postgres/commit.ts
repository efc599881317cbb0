import type { MorningError } from "../../core/errors.ts";
import type { StatementResult } from "../../core/store.ts";
import { isTransient, statementError } from "./failures.ts";
import type { PipelineError, Step, StepResult, Wire } from "./pipeline.ts";
import { resultOf } from "./values.ts";
import type { Waiting } from "./waiting.ts";

/** What becomes of one write once its group is committed. */
export type Verdict =
  | { readonly kept: readonly StatementResult[] }
  | { readonly error: MorningError };

/** What became of a group. */
export type Committed =
  | { readonly kind: "done"; readonly verdicts: readonly Verdict[] }
  /** Nothing of the group remains; running it again can help. */
  | { readonly kind: "again"; readonly error: PipelineError }
  /** The connection was lost while it committed: only the writer's row can tell. */
  | {
      readonly kind: "unknown";
      readonly error: PipelineError;
      /** What to answer if it was committed; undefined when the results were lost too. */
      readonly verdicts: readonly Verdict[] | undefined;
    };

/** Where a group is committed: a connection, and the step that notes the transaction's number. */
export interface Place {
  readonly wire: Wire;
  readonly note: Step;
}

const step = (sql: string): Step => ({ sql, params: [] });
const begin = step("begin");
const commitStep = step("commit");
const save = step("savepoint morning_w");
const release = step("release savepoint morning_w");
const undo = step("rollback to savepoint morning_w");
const rollback = step("rollback");

/** Bytes of a notification's payload; PostgreSQL allows 7,999. */
const payloadBytesMax = 7000;

/** The steps that wake channels in other processes. */
export function wakeSteps(
  notify: string,
  origin: string,
  group: readonly Waiting[],
): readonly Step[] {
  const channels = new Set(group.flatMap(({ write }) => write.wake ?? []));
  const steps: Step[] = [];
  let part: string[] = [];
  let bytes = 0;
  const put = (): void => {
    const params = [notify, JSON.stringify([origin, ...part])];
    if (part.length > 0) steps.push({ sql: "select pg_notify($1, $2)", params });
    part = [];
    bytes = 0;
  };
  for (const channel of channels) {
    const size = Buffer.byteLength(JSON.stringify(channel)) + 1;
    if (bytes + size > payloadBytesMax) put();
    part.push(channel);
    bytes += size;
  }
  put();
  return steps;
}

/** The results of a write from those of its steps, which begin at `from`. */
function keptOf(one: Waiting, results: readonly StepResult[], from: number): Verdict {
  let at = from;
  const kept = one.write.statements.map((statement, index) => {
    const planned = one.planned[index] ?? { steps: [], shape: "plain", runs: { from: 0, to: 0 } };
    const own = results.slice(at, at + planned.steps.length);
    at += planned.steps.length;
    return resultOf(statement, planned, own);
  });
  return { kept };
}

function keptAll(
  group: readonly Waiting[],
  results: readonly StepResult[],
  from: number,
): Verdict[] {
  let at = from;
  return group.map((one) => {
    const verdict = keptOf(one, results, at);
    at += one.steps.length;
    return verdict;
  });
}

/** Which write of the group the step at `index` belongs to, and which of its statements. */
function locate(
  group: readonly Waiting[],
  index: number,
): { write: number; statement: number } | undefined {
  let at = index;
  for (const [write, one] of group.entries()) {
    for (const [statement, { steps }] of one.planned.entries()) {
      if (at < steps.length) return { write, statement };
      at -= steps.length;
    }
  }
  return undefined;
}

/**
 * The whole group as one transaction in one round trip. Undefined when one of its writes failed.
 */
async function commitAtOnce(
  { wire, note }: Place,
  group: readonly Waiting[],
  subject: string,
  wakes: readonly Step[],
): Promise<Committed | undefined> {
  const writes = group.flatMap(({ steps }) => steps);
  const before = [...writes, ...wakes];
  const last = before.at(-1);
  // The results are sent off before the commit: if the connection is lost in it, they are here.
  const flushed = last === undefined ? [] : [...before.slice(0, -1), { ...last, flush: true }];
  const { results, error } = await wire.run([begin, note, ...flushed, commitStep]);
  const whole = results.length >= before.length + 2;
  const verdicts = whole ? keptAll(group, results, 2) : undefined;
  if (error === undefined) return { kind: "done", verdicts: verdicts ?? [] };
  if (error.lost) return lostOf(error, verdicts, whole);
  await wire.run([rollback]);
  if (isTransient(error) || results.length < 2) return { kind: "again", error };
  const [only] = group;
  if (group.length > 1 || only === undefined) return undefined;
  return { kind: "done", verdicts: [failedOf(only, error, results.length - 2, subject)] };
}

/**
 * What a lost connection means. The server answers in order: if it said why it ends (it then has a
 * SQLSTATE) before all answers up to the commit were here, it did not come to the commit.
 */
function lostOf(
  error: PipelineError,
  verdicts: readonly Verdict[] | undefined,
  whole: boolean,
): Committed {
  if (error.code !== undefined && !whole) return { kind: "again", error };
  return { kind: "unknown", error, verdicts };
}

function failedOf(one: Waiting, error: PipelineError, index: number, subject: string): Verdict {
  const at = locate([one], index)?.statement ?? 0;
  return { error: statementError(error, subject, one.write.statements[at], at) };
}

/**
 * The group as one transaction in which every failed write is undone alone. It takes a round trip
 * for each run of good writes and two for each bad one, and it decides nothing before the commit:
 * what a write saw of an earlier one is true only then.
 */
async function commitApart(
  { wire, note }: Place,
  group: readonly Waiting[],
  subject: string,
  wakesOf: (kept: readonly Waiting[]) => readonly Step[],
): Promise<Committed> {
  const verdicts: Verdict[] = [];
  const opened = await wire.run([begin, note]);
  if (opened.error !== undefined) return { kind: "again", error: opened.error };
  let size = group.length;
  while (verdicts.length < group.length) {
    const at = verdicts.length;
    const segment = group.slice(at, at + size);
    const { results, error } = await wire.run([
      save,
      ...segment.flatMap(({ steps }) => steps),
      release,
    ]);
    size = group.length - at;
    if (error === undefined) {
      verdicts.push(...keptAll(segment, results, 1));
      continue;
    }
    if (error.lost || isTransient(error)) {
      if (!error.lost) await wire.run([rollback]);
      return { kind: "again", error };
    }
    await wire.run([undo, release]);
    const write = locate(segment, results.length - 1)?.write ?? 0;
    const failed = segment[write];
    if (write > 0 || failed === undefined) size = Math.max(1, write);
    else verdicts.push(failedOf(failed, error, results.length - 1, subject));
  }
  const kept = group.filter((_, index) => "kept" in (verdicts[index] ?? {}));
  const wakes = wakesOf(kept);
  const { results, error } = await wire.run([...wakes, commitStep]);
  if (error === undefined) return { kind: "done", verdicts };
  const whole = results.length >= wakes.length;
  if (error.lost) return lostOf(error, verdicts, whole);
  await wire.run([rollback]);
  return { kind: "again", error };
}

/**
 * Commits a group of writes, each isolated from the failure of the others: at once if all are good,
 * which costs one round trip for all of them, and apart otherwise.
 */
export async function commit(
  place: Place,
  group: readonly Waiting[],
  subject: string,
  wakesOf: (kept: readonly Waiting[]) => readonly Step[],
): Promise<Committed> {
  const atOnce = await commitAtOnce(place, group, subject, wakesOf(group));
  return atOnce ?? (await commitApart(place, group, subject, wakesOf));
}
