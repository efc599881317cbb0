import type { Clock } from "../../core/clock.ts";
import type { Statement, Store } from "../../core/store.ts";
import { entryOf, runOf } from "./rows.ts";
import type { Ending, Entry, Lease, NewRun, RunRow } from "./rows.ts";
import { Script, workChannel } from "./script.ts";

/** The channel whose listeners wait for runs to end. */
export const endChannel = "workflow-end";

const fenced = {
  code: "MOR_WORKFLOW_FENCED",
  message: "another process took over the run",
} as const;

/** What a child's end says to its parent. */
interface Answer {
  readonly status: "done" | "failed";
  readonly output: string | undefined;
  readonly error: string | undefined;
}

/** Parameters of a select have no type of their own on Postgres. */
const entryCasts = "text bigint text text text text text bigint bigint text bigint bigint"
  .split(" ")
  .map((type) => `cast(? as ${type})`)
  .join(", ");

/** Entries read at once. */
const pageRows = 5000;

/** The journal of runs in the state store. */
export class Journal {
  readonly #script: Script;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#script = new Script(store);
    this.#clock = clock;
  }

  /**
   * Begins a run; at once in the hands of `owner` if one is named. Whether it is new: a run of this
   * id that exists already stays as it is.
   */
  async begin(run: NewRun, owner: string | undefined): Promise<boolean> {
    const now = this.#clock.now();
    const [result] = await this.#script.write(
      [
        this.#script.sql(
          `insert into workflow_run (id, workflow, version, status, priority, input, owner, epoch,
            parent, parent_at, ready_at, created_at, started_at)
          values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`,
          [
            run.id,
            run.workflow,
            run.version,
            owner === undefined ? "ready" : "running",
            run.priority,
            run.input,
            owner ?? null,
            owner === undefined ? 0 : 1,
            run.parent?.run ?? null,
            run.parent?.at ?? null,
            now,
            now,
            owner === undefined ? null : now,
          ],
        ),
      ],
      owner === undefined ? [workChannel] : [],
    );
    return result?.changes === 1;
  }

  async run(id: string): Promise<RunRow | undefined> {
    const [row] = await this.#script.read("select * from workflow_run where id = ?", [id]);
    return row === undefined ? undefined : runOf(row);
  }

  /** Everything that a run recorded, by position. */
  async entries(run: string): Promise<Entry[]> {
    const all: Entry[] = [];
    for (let after = ""; ;) {
      const rows = await this.#script.read(
        `select * from workflow_entry where run = ? and at > ? order by at limit ${pageRows}`,
        [run, after],
      );
      for (const row of rows) all.push(entryOf(row));
      if (rows.length < pageRows) return all;
      after = all.at(-1)?.at ?? "";
    }
  }

  /** Entries that others answered and their run has not seen. */
  async answered(run: string): Promise<Entry[]> {
    const rows = await this.#script.read(
      "select * from workflow_entry where run = ? and status <> 'open' and place is null",
      [run],
    );
    return rows.map(entryOf);
  }

  /** Writes an entry, or what became of it. @throws MOR_WORKFLOW_FENCED */
  async put(lease: Lease, entry: Entry): Promise<void> {
    await this.#script.write([this.#put(lease, entry)]);
  }

  #put(lease: Lease, entry: Entry): Statement {
    return this.#script.sql(
      `insert into workflow_entry (run, at, place, kind, name, status, value, error, attempt,
        due_at, token, started_at, ended_at)
      select id, ${entryCasts} from workflow_run
        where id = ? and owner = ? and epoch = ?
      on conflict (run, at) do update set place = excluded.place, status = excluded.status,
        value = excluded.value, error = excluded.error, attempt = excluded.attempt,
        due_at = excluded.due_at, ended_at = excluded.ended_at`,
      [
        entry.at,
        entry.place === 0 ? null : entry.place,
        entry.kind,
        entry.name,
        entry.status,
        entry.value,
        entry.error ?? null,
        entry.attempt,
        entry.dueAtMs === undefined ? null : Math.ceil(entry.dueAtMs),
        entry.token ?? null,
        entry.startedAtMs,
        entry.endedAtMs ?? null,
        lease.run,
        lease.owner,
        lease.epoch,
      ],
      { rows: 1, error: fenced },
    );
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
      this.#script.sql(
        "update workflow_run set epoch = epoch where id = ? and owner = ? and epoch = ?",
        [run, lease.owner, lease.epoch],
        { rows: 1, error: fenced },
      ),
      this.#put(lease, entry),
      this.#script.sql(
        `update workflow_entry set status = 'done', value = ${value}, ended_at = ?
          where run = ? and at = ? and ${oldest} is not null`,
        [run, run, entry.name, this.#clock.now(), run, entry.at, run, entry.name],
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
    const [result] = await this.#script.write([
      this.#script.sql(
        `update workflow_entry set status = 'failed', error = ?, place = ?, ended_at = ?
          where run = ? and at = ? and status = 'open' and exists
            (select 1 from workflow_run where id = ? and owner = ? and epoch = ?)`,
        [error, place, this.#clock.now(), lease.run, at, lease.run, lease.owner, lease.epoch],
      ),
    ]);
    return result?.changes === 1;
  }

  /** Remembers when an entry was seen that others answered. @throws MOR_WORKFLOW_FENCED */
  async see(lease: Lease, at: string, place: number): Promise<void> {
    await this.#script.write([
      this.#script.sql(
        `update workflow_entry set place = ? where run = ? and at = ? and exists
          (select 1 from workflow_run where id = ? and owner = ? and epoch = ?)`,
        [place, lease.run, at, lease.run, lease.owner, lease.epoch],
        { rows: 1, error: fenced },
      ),
    ]);
  }

  /** Ends a run, and answers the parent that waits for it. @throws MOR_WORKFLOW_FENCED */
  async end(lease: Lease, run: RunRow, { status, output, error }: Ending): Promise<void> {
    const now = this.#clock.now();
    const ended = this.#script.sql(
      `update workflow_run set status = ?, output = ?, error = ?, ended_at = ?, owner = null,
        wake_at = null where id = ? and owner = ? and epoch = ?`,
      [status, output ?? null, error ?? null, now, lease.run, lease.owner, lease.epoch],
      { rows: 1, error: fenced },
    );
    const { parent, parentAt } = run;
    if (parent === undefined || parentAt === undefined) {
      await this.#script.write([ended], [endChannel]);
      return;
    }
    const answer = { status: status === "completed" ? "done" : "failed", output, error } as const;
    await this.#script.write(
      [ended, ...this.#answer(parent, parentAt, answer, now)],
      [endChannel, workChannel],
    );
  }

  #answer(run: string, at: string, { status, output, error }: Answer, now: number): Statement[] {
    return [
      this.#script.sql(
        `update workflow_entry set status = ?, value = ?, error = ?, ended_at = ?
          where run = ? and at = ? and status = 'open'`,
        [status, output ?? "", error ?? null, now, run, at],
      ),
      this.#nudge(run, now),
    ];
  }

  /** Says to a run that something came for it, and wakes it where it waits. */
  #nudge(run: string, now: number): Statement {
    return this.#script.sql(
      `update workflow_run set nudged = 1, ready_at = ?,
        status = case when status = 'waiting' then 'ready' else status end
      where id = ? and ended_at is null`,
      [now, run],
    );
  }

  /** Answers a callback. Whether somebody waited for it. */
  async answerToken(token: string, value: string): Promise<boolean> {
    const now = this.#clock.now();
    const results = await this.#script.write(
      [
        this.#script.sql(
          `update workflow_run set nudged = 1, ready_at = ?,
            status = case when status = 'waiting' then 'ready' else status end
          where id = (select run from workflow_entry where token = ? and status = 'open')`,
          [now, token],
        ),
        this.#script.sql(
          `update workflow_entry set status = 'done', value = ?, ended_at = ?
            where token = ? and status = 'open'`,
          [value, now, token],
        ),
      ],
      [workChannel],
    );
    return results[1]?.changes === 1;
  }

  /** Sends a signal: to the oldest wait for it, or kept until there is one. Whether it arrived. */
  async signal(run: string, name: string, value: string): Promise<boolean> {
    const now = this.#clock.now();
    const open = `select at from workflow_entry where run = ? and kind = 'signal' and name = ?
      and status = 'open' order by started_at, at limit 1`;
    const results = await this.#script.write(
      [
        this.#nudge(run, now),
        this.#script.sql(
          `insert into workflow_signal (run, number, name, value)
          select id, coalesce((select max(number) from workflow_signal where run = ?), 0) + 1,
              cast(? as text), cast(? as text)
            from workflow_run where id = ? and ended_at is null and not exists (${open})`,
          [run, name, value, run, run, name],
        ),
        this.#script.sql(
          `update workflow_entry set status = 'done', value = ?, ended_at = ?
            where run = ? and at = (${open}) and not exists
              (select 1 from workflow_signal where run = ? and name = ?)`,
          [value, now, run, run, name, run, name],
        ),
      ],
      [workChannel],
    );
    return results[0]?.changes === 1;
  }

  /**
   * Lets a run out of memory until `wakeAtMs` or until something comes for it.
   * @param isCancelled whether the run knows already that it was cancelled
   * @returns false when something came that it has not seen
   */
  async suspend(
    lease: Lease,
    wakeAtMs: number | undefined,
    isCancelled: boolean,
  ): Promise<boolean> {
    const [result] = await this.#script.write([
      this.#script.sql(
        `update workflow_run set status = 'waiting', wake_at = ?, owner = null
          where id = ? and owner = ? and epoch = ? and nudged = 0 and cancel = ? and not exists
            (select 1 from workflow_entry where run = ? and status <> 'open' and place is null)`,
        [
          wakeAtMs === undefined ? null : Math.ceil(wakeAtMs),
          lease.run,
          lease.owner,
          lease.epoch,
          isCancelled ? 1 : 0,
          lease.run,
        ],
      ),
    ]);
    return result?.changes === 1;
  }

  /** Asks a run to end itself. Whether it had not ended. */
  async cancel(run: string): Promise<boolean> {
    const now = this.#clock.now();
    const results = await this.#script.write(
      [
        this.#script.sql("update workflow_run set cancel = 1 where id = ? and ended_at is null", [
          run,
        ]),
        this.#nudge(run, now),
      ],
      [workChannel],
    );
    return results[1]?.changes === 1;
  }
}
