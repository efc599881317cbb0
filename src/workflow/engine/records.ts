import { coreErrors, MorningError } from "../../core/errors.ts";
import type { Row, SqlValue } from "../../core/store.ts";
import type { Attributes } from "./program.ts";
import { keyOf, positionOf } from "./position.ts";
import { attributesOf, entryOf, optional, runOf, summaryColumns, summaryOf } from "./rows.ts";
import type { Entry, RunRow, RunSummary } from "./rows.ts";
import { runStatuses } from "./status.ts";
import type { RunStatus } from "./status.ts";
import type { Script } from "./script.ts";

/** Which runs are listed. */
export interface RunFilter {
  readonly workflow?: string;
  readonly statuses?: readonly RunStatus[];
  readonly attribute?: { readonly name: string; readonly value: string | number | boolean };
  readonly idPrefix?: string;
  readonly parent?: string;
  /** Forks of this run, and the one that goes on for it. */
  readonly origin?: string;
  /** When they were started, milliseconds since the epoch: from the first, before the last. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** A part of a list. */
export interface PageOptions {
  /** 100 if left out, 1,000 at most. */
  readonly limit?: number;
  /** Where the part before it ended. */
  readonly cursor?: string;
}

/** A part of a list, and where the next one begins; undefined at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor: string | undefined;
}

/** Runs of one workflow and status. */
export interface RunCount {
  readonly workflow: string;
  readonly status: RunStatus;
  readonly count: number;
  /** When the newest run of the workflow was started. */
  readonly lastAtMs: number;
}

/** A callback that waits for its answer. */
export interface OpenCallback {
  readonly run: string;
  readonly workflow: string;
  readonly at: string;
  readonly name: string;
  readonly sinceMs: number;
  readonly dueAtMs: number | undefined;
  readonly attributes: Attributes;
  /** The run's input, and what the callback says of itself: empty where there is nothing. */
  readonly input: CutText;
  readonly about: CutText;
}

/** JSON text of which no more was read than is shown. */
export interface CutText {
  readonly json: string;
  /** Characters of the whole text. */
  readonly length: number;
}

/** Characters of an input that are read for a list. */
const listedMax = 4096;

const limitMax = 1000;
const limitUsual = 100;
const entriesPageMax = 5000;

const limitOf = ({ limit = limitUsual }: PageOptions): number =>
  Math.max(1, Math.min(limitMax, Math.floor(limit)));

const encodeCursor = (values: readonly SqlValue[]): string =>
  Buffer.from(JSON.stringify(values)).toString("base64url");

/** @throws MOR_INVALID */
function decodeCursor(cursor: string, length: number): SqlValue[] {
  try {
    const values = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown;
    const isPlain = (value: unknown): boolean => ["string", "number"].includes(typeof value);
    if (Array.isArray(values) && values.length === length && values.every(isPlain)) return values;
  } catch {
    // The same error as for any other text that is no cursor.
  }
  throw coreErrors.MOR_INVALID("the cursor is none that a list gave");
}

/** The states that a run can be in, for statements that name them: never a text from outside. */
const statuses: ReadonlySet<RunStatus> = new Set(runStatuses);

/** Those of runs that have not ended. */
const goingStatuses = ["ready", "running", "waiting", "paused"] as const satisfies RunStatus[];

/** The others, in the words of their index. */
const endedStatuses = ["completed", "failed", "cancelled", "terminated", "continued"] as const;

const listed = (of: readonly RunStatus[]): string => of.map((one) => `'${one}'`).join(", ");

/** What is known of runs, for those who look. */
export class Records {
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  /** Runs, the newest first. @throws MOR_INVALID */
  async list(filter: RunFilter, page: PageOptions): Promise<Page<RunSummary>> {
    const limit = limitOf(page);
    const { from, where, params } = clauses(filter);
    if (page.cursor !== undefined) {
      where.push("(r.created_at, r.id) < (?, ?)");
      params.push(...decodeCursor(page.cursor, 2));
    }
    const rows = await this.#script.read(
      `select ${summaryColumns} from ${from} ${where.length === 0 ? "" : "where"}
        ${where.join(" and ")} order by r.created_at desc, r.id desc limit ?`,
      [...params, limit],
    );
    return pageOf(rows.map(summaryOf), limit, ({ createdAtMs, id }) => [createdAtMs, id]);
  }

  /** How many runs each workflow has in each state: all of it from indexes. */
  async counts(): Promise<readonly RunCount[]> {
    // One by one, as literals: each is the condition of an index.
    const going = goingStatuses.map(
      (status) => `select workflow, '${status}', count(*) from workflow_run
        where status = '${status}' group by workflow`,
    );
    const rows = await this.#script.readLong(
      `with counted(workflow, status, many) as (
        select workflow, status, count(*) from workflow_run
          where status in (${listed(endedStatuses)}) group by workflow, status
        union all ${going.join(" union all ")})
      select workflow, status, many, (select max(created_at) from workflow_run
          where workflow_run.workflow = counted.workflow) as last
        from counted order by workflow, status`,
      [],
    );
    return rows.map((row) => ({
      workflow: String(row["workflow"]),
      status: String(row["status"]) as RunStatus,
      count: Number(row["many"]),
      lastAtMs: Number(row["last"]),
    }));
  }

  /** A run by its id, or the run with which its chain goes on. */
  async current(id: string): Promise<RunRow | undefined> {
    const [row] = await this.#script.read("select * from workflow_run where id = ?", [id]);
    if (row !== undefined && row["status"] !== "continued") return runOf(row);
    const chain = row?.["chain"] ?? id;
    const [last] = await this.#script.read(
      "select * from workflow_run where chain = ? order by link desc limit 1",
      [chain],
    );
    return last === undefined ? undefined : runOf(last);
  }

  /** Which of these runs have ended or are gone. */
  async ended(ids: readonly string[]): Promise<string[]> {
    const ended: string[] = [];
    for (let from = 0; from < ids.length; from += idsMax) {
      const part = ids.slice(from, from + idsMax);
      const rows = await this.#script.read(
        `select id from workflow_run where ended_at is null
          and id in (${part.map(() => "?").join(", ")})`,
        part,
      );
      const going = new Set(rows.map((row) => String(row["id"])));
      ended.push(...part.filter((id) => !going.has(id)));
    }
    return ended;
  }

  /** What a run recorded, in the order of its program. */
  async entries(
    run: string,
    { after, limit = limitMax }: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly Entry[]> {
    const from = after === undefined ? "" : keyOf(after);
    for (
      let count = Math.max(1, Math.min(entriesPageMax, limit));
      ;
      count = Math.ceil(count / 10)
    ) {
      try {
        const rows = await this.#script.read(
          "select * from workflow_entry where run = ? and at > ? order by at limit ?",
          [run, from, count],
        );
        return rows.map(entryOf);
      } catch (error) {
        // Fewer of them, then: their values are large.
        if (!MorningError.is(error, "MOR_READ_TOO_LARGE") || count === 1) throw error;
      }
    }
  }

  /** Callbacks that wait for their answers, the oldest first. */
  async openCallbacks(page: PageOptions): Promise<Page<OpenCallback>> {
    const limit = limitOf(page);
    const past = page.cursor === undefined ? "" : "and (e.started_at, e.run, e.at) > (?, ?, ?)";
    const from = page.cursor === undefined ? [] : decodeCursor(page.cursor, 3);
    const rows = await this.#script.read(
      `select e.run, r.workflow, e.at, e.name, e.started_at, e.due_at, r.attributes,
          substr(r.input, 1, ${listedMax}) as input, length(r.input) as input_length,
          substr(e.value, 1, ${listedMax}) as about, length(e.value) as about_length
        from workflow_entry e
        join workflow_run r on r.id = e.run and r.ended_at is null
        where e.kind = 'callback' and e.status = 'open' ${past}
        order by e.started_at, e.run, e.at limit ?`,
      [...from, limit],
    );
    const items = rows.map(callbackOf);
    return pageOf(items, limit, ({ sinceMs, run, at }) => [sinceMs, run, keyOf(at)]);
  }
}

/** Ids asked about in one read. */
const idsMax = 500;

function pageOf<T>(items: T[], limit: number, key: (last: T) => SqlValue[]): Page<T> {
  const last = items.at(-1);
  const isLast = last === undefined || items.length < limit;
  return { items, cursor: isLast ? undefined : encodeCursor(key(last)) };
}

function callbackOf(row: Row): OpenCallback {
  return {
    run: String(row["run"]),
    workflow: String(row["workflow"]),
    at: positionOf(String(row["at"])),
    name: String(row["name"]),
    sinceMs: Number(row["started_at"]),
    dueAtMs: optional(row["due_at"]),
    attributes: attributesOf(row["attributes"]),
    input: cutText(row["input"], row["input_length"]),
    about: cutText(row["about"], row["about_length"]),
  };
}

/** Databases count code points, and JavaScript more: what was not cut is as long as it is. */
function cutText(text: SqlValue | undefined, length: SqlValue | undefined): CutText {
  const json = String(text ?? "");
  const isCut = Number(length) > listedMax;
  return { json, length: isCut ? Math.max(Number(length), json.length + 1) : json.length };
}

interface Clauses {
  readonly from: string;
  readonly where: string[];
  readonly params: SqlValue[];
}

function clauses(filter: RunFilter): Clauses {
  const { workflow, attribute, idPrefix, parent, origin, fromMs, untilMs } = filter;
  const where: string[] = [];
  const params: SqlValue[] = [];
  const put = (clause: string, ...values: SqlValue[]): void => {
    where.push(clause);
    params.push(...values);
  };
  if (attribute !== undefined)
    put("a.name = ? and a.value = ?", attribute.name, JSON.stringify(attribute.value));
  if (workflow !== undefined) put("r.workflow = ?", workflow);
  if (filter.statuses !== undefined) put(statusClause(filter.statuses));
  if (idPrefix !== undefined) put("r.id >= ? and r.id < ?", idPrefix, `${idPrefix}\u{10ffff}`);
  if (parent !== undefined) put("r.parent = ?", parent);
  if (origin !== undefined) put("(r.fork_of = ? or r.continues = ?)", origin, origin);
  if (fromMs !== undefined) put("r.created_at >= ?", fromMs);
  if (untilMs !== undefined) put("r.created_at < ?", untilMs);
  const joined = "workflow_attribute a join workflow_run r on r.id = a.run";
  return { from: attribute === undefined ? "workflow_run r" : joined, where, params };
}

/** Literals, so that the index of failed runs can be used. @throws MOR_INVALID */
function statusClause(of: readonly RunStatus[]): string {
  const known = of.filter((status) => statuses.has(status));
  if (known.length < of.length || of.length === 0) {
    throw coreErrors.MOR_INVALID(`statuses are of ${[...statuses].join(", ")}`);
  }
  const [only] = known;
  if (known.length === 1) return `r.status = '${only}'`;
  return `r.status in (${listed(known)})`;
}
