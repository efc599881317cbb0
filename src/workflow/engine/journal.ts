import type { Clock } from "../../core/clock.ts";
import { MorningError } from "../../core/errors.ts";
import type { Row, SqlValue, Statement, Store } from "../../core/store.ts";
import { insertRun } from "./begin.ts";
import type { Origin } from "./begin.ts";
import { encodeError } from "./failure.ts";
import { answerParent, cancelChildren } from "./orders.ts";
import { keyOf } from "./position.ts";
import { entryOf, runOf } from "./rows.ts";
import type { Ending, Entry, Lease, NewRun, RunRow } from "./rows.ts";
import { endChannel, Script, workChannel } from "./script.ts";

const fenced = {
  code: "MOR_WORKFLOW_FENCED",
  message: "another process took over the run",
} as const;

/** Parameters of a select have no type of their own on Postgres. */
const entryCasts =
  "text bigint text text text text text bigint bigint text text text bigint text bigint bigint"
    .split(" ")
    .map((type) => `cast(? as ${type})`)
    .join(", ");

/** Entries read at once. */
const pageRows = 5000;

/** Answers read at once: as many as one read may give if all are of the largest size. */
const answersMax = 24;

/** What is committed together with an entry. */
export interface Beside {
  readonly statements: readonly Statement[];
  readonly wake?: readonly string[];
}

/** The next run of a chain. */
export interface Next {
  readonly run: NewRun;
  readonly origin: Origin;
}

/** What the journal has to know of a run that ends. */
export interface Ended {
  /** Whether it may have children that go on. */
  readonly isParent: boolean;
  /** Whether others wait for its place among those that run. */
  readonly isCounted: boolean;
  /** Whether it still waits for something. */
  readonly isOpen: boolean;
}

/** What a run in memory writes to its journal: all of it by its lease. */
export class Journal {
  readonly #script: Script;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#script = new Script(store);
    this.#clock = clock;
  }

  get script(): Script {
    return this.#script;
  }

  /**
   * Begins a run; at once in the hands of `owner` if one is named, and only by the lease of its
   * parent if it has one. Whether it is new: a run of this id that exists already stays as it is.
   */
  async begin(run: NewRun, owner: string | undefined, parent?: Lease): Promise<boolean> {
    const inserted = insertRun(this.#script, run, this.#clock.now(), { owner });
    const held = parent === undefined ? [] : [this.#holds(parent)];
    const results = await this.#script.write(
      [...held, ...inserted],
      owner === undefined ? [workChannel] : [],
    );
    return results[held.length]?.changes === 1;
  }

  /** Takes the run's row: what others write to it comes before or after, never between. */
  #holds(lease: Lease): Statement {
    return this.#script.sql(
      "update workflow_run set epoch = epoch where id = ? and owner = ? and epoch = ?",
      [lease.run, lease.owner, lease.epoch],
      { rows: 1, error: fenced },
    );
  }

  async run(id: string): Promise<RunRow | undefined> {
    const [row] = await this.#script.read("select * from workflow_run where id = ?", [id]);
    return row === undefined ? undefined : runOf(row);
  }

  /** Everything that a run recorded, by position. */
  async entries(run: string): Promise<Entry[]> {
    const all: Entry[] = [];
    for (let [after, limit] = ["", pageRows]; ;) {
      const rows = await this.#page(run, after, limit);
      if (rows === undefined) {
        limit = Math.ceil(limit / 10);
        continue;
      }
      for (const row of rows) all.push(entryOf(row));
      if (rows.length < limit) return all;
      after = String(rows.at(-1)?.["at"]);
    }
  }

  /** A page of entries; undefined when their values are too many for one read. */
  async #page(run: string, after: string, limit: number): Promise<readonly Row[] | undefined> {
    try {
      return await this.#script.read(
        `select * from workflow_entry where run = ? and at > ? order by at limit ${limit}`,
        [run, after],
      );
    } catch (error) {
      if (MorningError.is(error, "MOR_READ_TOO_LARGE") && limit > 1) return undefined;
      throw error;
    }
  }

  /** Entries that others answered and their run has not seen. */
  async answered(run: string): Promise<Entry[]> {
    const all: Entry[] = [];
    for (let after = ""; ;) {
      const rows = await this.#script.read(
        `select * from workflow_entry where run = ? and at > ?
            and status <> 'open' and place is null order by at limit ${answersMax}`,
        [run, after],
      );
      for (const row of rows) all.push(entryOf(row));
      if (rows.length < answersMax) return all;
      after = String(rows.at(-1)?.["at"]);
    }
  }

  /** Writes an entry, or what became of it. @throws MOR_WORKFLOW_FENCED */
  async put(lease: Lease, entry: Entry, beside?: Beside): Promise<void> {
    const put = this.#put(lease, entry);
    if (beside === undefined) await this.#script.write([put]);
    else await this.#script.write([put, ...beside.statements], beside.wake);
  }

  #put(lease: Lease, entry: Entry): Statement {
    return this.#script.sql(
      `insert into workflow_entry (run, at, place, kind, name, status, value, error, attempt,
        deaths, progress, failures, costs, due_at, token, started_at, ended_at)
      select id, ${entryCasts} from workflow_run
        where id = ? and owner = ? and epoch = ?
      on conflict (run, at) do update set place = excluded.place, status = excluded.status,
        value = excluded.value, error = excluded.error, attempt = excluded.attempt,
        deaths = excluded.deaths, progress = excluded.progress, failures = excluded.failures,
        costs = excluded.costs, due_at = excluded.due_at, ended_at = excluded.ended_at`,
      paramsOf(lease, entry),
      { rows: 1, error: fenced },
    );
  }

  /** Shows that an attempt goes on, and how far it is. What ended stays as it is. */
  async show(lease: Lease, entry: Entry): Promise<void> {
    await this.#script.write([
      this.#script.sql(
        `insert into workflow_entry (run, at, place, kind, name, status, value, error, attempt,
          deaths, progress, failures, costs, due_at, token, started_at, ended_at)
        select id, ${entryCasts} from workflow_run
          where id = ? and owner = ? and epoch = ?
        on conflict (run, at) do update set progress = excluded.progress
          where workflow_entry.status = 'open'`,
        paramsOf(lease, entry),
      ),
    ]);
  }

  /**
   * Opens a wait for a signal. The oldest one of its name that came before answers it at once.
   * @returns the answer's value, if there was one
   * @throws MOR_WORKFLOW_FENCED
   */
  async openSignal(lease: Lease, entry: Entry): Promise<string | undefined> {
    const { run } = lease;
    const oldest = "(select min(number) from workflow_signal where run = ? and name = ?)";
    const value = `(select value from workflow_signal where run = ? and number = ${oldest})`;
    const results = await this.#script.write([
      // The run's row first: a signal under way has either come before, or sees the wait.
      this.#holds(lease),
      this.#put(lease, entry),
      this.#script.sql(
        `update workflow_entry set status = 'done', value = ${value}, ended_at = ?
          where run = ? and at = ? and ${oldest} is not null`,
        [run, run, entry.name, this.#clock.now(), run, keyOf(entry.at), run, entry.name],
      ),
      this.#script.sql(
        `delete from workflow_signal where run = ? and number = ${oldest} returning value`,
        [run, run, entry.name],
      ),
    ]);
    const [row] = results[3]?.rows ?? [];
    return row === undefined ? undefined : String(row["value"]);
  }

  /**
   * Ends a wait whose time is over, unless somebody answered it first.
   * @returns whether it was still open
   */
  async expire(lease: Lease, at: string, place: number, error: string): Promise<boolean> {
    const { run, owner, epoch } = lease;
    const [result] = await this.#script.write([
      this.#script.sql(
        `update workflow_entry set status = 'failed', error = ?, place = ?, ended_at = ?
          where run = ? and at = ? and status = 'open' and exists
            (select 1 from workflow_run where id = ? and owner = ? and epoch = ?)`,
        [error, place, this.#clock.now(), run, keyOf(at), run, owner, epoch],
      ),
    ]);
    return result?.changes === 1;
  }

  /** Remembers when an entry was seen that others answered. @throws MOR_WORKFLOW_FENCED */
  async see(lease: Lease, at: string, place: number): Promise<void> {
    const { run, owner, epoch } = lease;
    await this.#script.write([
      this.#script.sql(
        `update workflow_entry set place = ? where run = ? and at = ? and exists
          (select 1 from workflow_run where id = ? and owner = ? and epoch = ?)`,
        [place, run, keyOf(at), run, owner, epoch],
        { rows: 1, error: fenced },
      ),
    ]);
  }

  /** Ends a run, and answers the parent that waits for it. @throws MOR_WORKFLOW_FENCED */
  async end(lease: Lease, run: RunRow, ending: Ending, ended: Ended): Promise<void> {
    const { status, output, error } = ending;
    const now = this.#clock.now();
    const statements = [this.#ended(lease, status, now, output, error)];
    if (ended.isParent) statements.push(cancelChildren(this.#script, lease.run, now));
    if (ended.isOpen) statements.push(this.#closed(lease, now));
    const { parent, parentAt } = run;
    const isChild = parent !== undefined && parentAt !== undefined;
    if (isChild) {
      const answer = { status: status === "completed" ? "done" : "failed", output, error } as const;
      statements.push(...answerParent(this.#script, parent, parentAt, answer, now));
    }
    const isWork = isChild || ended.isParent || ended.isCounted;
    await this.#script.write(statements, isWork ? [endChannel, workChannel] : [endChannel]);
  }

  /** What an ended run waited for is open no longer. */
  #closed({ run }: Lease, nowMs: number): Statement {
    return this.#script.sql(
      `update workflow_entry set status = 'failed', ended_at = ?, error = ?
        where run = ? and status = 'open' and kind in ('signal', 'event', 'callback')`,
      [nowMs, encodeError(new Error("the run ended")), run],
    );
  }

  #ended(
    lease: Lease,
    status: RunRow["status"],
    nowMs: number,
    output?: string,
    error?: string,
  ): Statement {
    return this.#script.sql(
      `update workflow_run set status = ?, output = ?, error = ?, ended_at = ?, owner = null,
        wake_at = null where id = ? and owner = ? and epoch = ?`,
      [status, output ?? null, error ?? null, nowMs, lease.run, lease.owner, lease.epoch],
      { rows: 1, error: fenced },
    );
  }

  /** Ends a run by beginning the next one of its chain. @throws MOR_WORKFLOW_FENCED */
  async goOn(lease: Lease, { run, origin }: Next): Promise<void> {
    const now = this.#clock.now();
    const [first, ...others] = insertRun(this.#script, run, now, { origin });
    const statements = [
      this.#ended(lease, "continued", now),
      { ...(first as Statement), expect: { rows: 1 } },
      ...others,
      // What came for the run that nobody took is for the next one.
      this.#script.sql("update workflow_signal set run = ? where run = ?", [run.id, lease.run]),
      cancelChildren(this.#script, lease.run, now),
      // Whoever cancelled the run meanwhile meant its chain.
      this.#script.sql(
        `update workflow_run set cancel = 1 where id = ? and exists
          (select 1 from workflow_run where id = ? and cancel = 1)`,
        [run.id, lease.run],
      ),
    ];
    await this.#script.write(statements, [endChannel, workChannel]);
  }

  /** Cancels the children of a run that go on, and says whether one does that it began at `at`. */
  async cancelChildren(run: string, at: string): Promise<boolean> {
    const cancel = cancelChildren(this.#script, run, this.#clock.now());
    await this.#script.write([cancel], [workChannel]);
    const [row] = await this.#script.read(
      `select 1 as one from workflow_run where parent = ? and parent_at = ?
        and ended_at is null limit 1`,
      [run, keyOf(at)],
    );
    return row !== undefined;
  }

  /**
   * Lets a run out of memory until `wakeAtMs` or until something comes for it.
   * @param isCancelled whether the run knows already that it was cancelled
   * @returns false when something came that it has not seen
   */
  async suspend(
    lease: Lease,
    wakeAtMs: number | undefined,
    { isCancelled, isCounted }: { readonly isCancelled: boolean; readonly isCounted: boolean },
  ): Promise<boolean> {
    const { run, owner, epoch } = lease;
    const wakeAt = wakeAtMs === undefined ? null : Math.ceil(wakeAtMs);
    const [result] = await this.#script.write(
      [
        this.#script.sql(
          `update workflow_run set wake_at = ?, owner = null,
              status = case when paused = 1 then 'paused' else 'waiting' end
            where id = ? and owner = ? and epoch = ? and nudged = 0 and cancel = ? and not exists
              (select 1 from workflow_entry where run = ? and status <> 'open' and place is null)`,
          [wakeAt, run, owner, epoch, isCancelled ? 1 : 0, run],
        ),
      ],
      isCounted ? [workChannel] : [],
    );
    return result?.changes === 1;
  }

  /** Whether a run is still in the hands that a lease says. */
  async isHeld({ run, owner, epoch }: Lease): Promise<boolean> {
    const [row] = await this.#script.read(
      "select 1 as one from workflow_run where id = ? and owner = ? and epoch = ?",
      [run, owner, epoch],
    );
    return row !== undefined;
  }

  /** Lets a paused run out of memory; to be taken again at once where it no longer is paused. */
  async rest(lease: Lease): Promise<void> {
    await this.#script.write(
      [
        this.#script.sql(
          `update workflow_run set owner = null, wake_at = null, ready_at = ?,
            status = case when paused = 1 then 'paused' else 'ready' end
          where id = ? and owner = ? and epoch = ?`,
          [this.#clock.now(), lease.run, lease.owner, lease.epoch],
          { rows: 1, error: fenced },
        ),
      ],
      [workChannel],
    );
  }
}

const listed = (all: readonly unknown[]): string | null =>
  all.length === 0 ? null : JSON.stringify(all);

function paramsOf(lease: Lease, entry: Entry): SqlValue[] {
  return [
    keyOf(entry.at),
    entry.place === 0 ? null : entry.place,
    entry.kind,
    entry.name,
    entry.status,
    entry.value,
    entry.error ?? null,
    entry.attempt,
    entry.deaths,
    entry.progress === undefined ? null : JSON.stringify(entry.progress),
    listed(entry.failures),
    listed(entry.costs),
    entry.dueAtMs === undefined ? null : Math.ceil(entry.dueAtMs),
    entry.token ?? null,
    entry.startedAtMs,
    entry.endedAtMs ?? null,
    lease.run,
    lease.owner,
    lease.epoch,
  ];
}
