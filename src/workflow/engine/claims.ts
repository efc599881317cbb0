import type { Clock } from "../../core/clock.ts";
import type { Statement } from "../../core/store.ts";
import { optional, runOf } from "./rows.ts";
import type { Lease, RunRow } from "./rows.ts";
import { workChannel } from "./script.ts";
import type { Script } from "./script.ts";

/** Runs made ready in one write. */
const wakesMax = 1000;

const free = `owner = null, ready_at = ?,
  status = case when paused = 1 then 'paused' else 'ready' end`;

/** Workflows asked about in one read. */
const asksMax = 100;

/** How runs are found that wake by themselves: each by its index, however many sleep. */
export const wakeQueries: { readonly next: string; readonly isDue: string; readonly due: string } =
  {
    next: "select min(wake_at) as at from workflow_run where status = 'waiting'",
    isDue: "select 1 as one from workflow_run where status = 'waiting' and wake_at <= ? limit 1",
    due: `select id from workflow_run where status = 'waiting' and wake_at <= ?
    order by wake_at limit ${wakesMax}`,
  };

/** What a worker asks for: runs of one workflow and version. */
export interface Want {
  readonly workflow: string;
  /** With which they are run. */
  readonly version: string;
  /** With which they were started; empty for those that were started where none was known. */
  readonly asked: string;
  readonly limit: number;
  /** Runs of the workflow at once over all workers. */
  readonly concurrency?: number | undefined;
}

/** Which worker has which runs: rows in the state store, no coordinator. */
export class Claims {
  readonly #script: Script;
  readonly #clock: Clock;

  constructor(script: Script, clock: Clock) {
    this.#script = script;
    this.#clock = clock;
  }

  /** Gives a run back: it is tried again, here or elsewhere. */
  async giveBack(lease: Lease): Promise<void> {
    await this.#script.write(
      [
        this.#script.sql(
          `update workflow_run set ${free}
            where id = ? and owner = ? and epoch = ? and status = 'running'`,
          [this.#clock.now(), lease.run, lease.owner, lease.epoch],
        ),
      ],
      [workChannel],
    );
  }

  /** Gives runs back that a worker will not finish; another one takes them. */
  async release(owner: string): Promise<void> {
    await this.#script.write(
      [
        this.#script.sql(`update workflow_run set ${free} where owner = ? and status = 'running'`, [
          this.#clock.now(),
          owner,
        ]),
        this.#script.sql("delete from workflow_worker where id = ?", [owner]),
      ],
      [workChannel],
    );
  }

  /**
   * Extends a worker's lease, and frees the runs of those whose lease ended.
   * @returns how many were freed
   */
  async renew(owner: string, untilMs: number): Promise<number> {
    const now = this.#clock.now();
    const [, , freed] = await this.#script.write([
      this.#script.sql(
        `insert into workflow_worker (id, lease_until) values (?, ?)
          on conflict (id) do update set lease_until = excluded.lease_until`,
        [owner, untilMs],
      ),
      this.#script.sql("delete from workflow_worker where lease_until < ?", [now]),
      this.#script.sql(
        `update workflow_run set ${free}, died = epoch
          where status = 'running' and owner not in (select id from workflow_worker)`,
        [now],
      ),
    ]);
    return freed?.changes ?? 0;
  }

  /** Makes runs ready whose time has come; whether there are more of them. */
  async wake(): Promise<boolean> {
    const now = this.#clock.now();
    const [found] = await this.#script.read(wakeQueries.isDue, [now]);
    if (found === undefined) return false;
    const [result] = await this.#script.write(
      [
        this.#script.sql(
          `update workflow_run set status = 'ready', ready_at = wake_at where id in
            (${wakeQueries.due}${this.#skip})`,
          [now],
        ),
      ],
      // Another worker may have the program, or the room.
      [workChannel],
    );
    return result?.changes === wakesMax;
  }

  get #skip(): string {
    return this.#script.dialect === "postgres" ? " for update skip locked" : "";
  }

  /** Which of these have runs that are ready. */
  async ready<T extends Pick<Want, "workflow" | "asked">>(of: readonly T[]): Promise<T[]> {
    const found: T[] = [];
    for (let from = 0; from < of.length; from += asksMax) {
      const part = of.slice(from, from + asksMax);
      const rows = await this.#script.read(
        part
          .map(
            (_, index) => `select ${index} as number where exists (select 1 from workflow_run
              where status = 'ready' and workflow = ? and version = ?)`,
          )
          .join(" union all "),
        part.flatMap(({ workflow, asked }) => [workflow, asked]),
      );
      for (const row of rows) found.push(part[Number(row["number"])] as T);
    }
    return found;
  }

  /** Takes runs that are ready, the urgent and the oldest of each workflow first. */
  async claim(owner: string, wants: readonly Want[]): Promise<RunRow[]> {
    const results = await this.#script.write(wants.flatMap((want) => this.#claim(owner, want)));
    return results.flatMap(({ rows }) =>
      rows.filter((row) => row["epoch"] !== undefined).map(runOf),
    );
  }

  #claim(owner: string, want: Want): Statement[] {
    const { workflow, version, asked, limit, concurrency } = want;
    const counted = "(select count(*) from workflow_run where status = 'running' and workflow = ?)";
    const left = this.#script.dialect === "postgres" ? "greatest(0, " : "max(0, ";
    const least = this.#script.dialect === "postgres" ? "least" : "min";
    const most = concurrency === undefined ? "?" : `${least}(?, ${left}? - ${counted}))`;
    const bounds = concurrency === undefined ? [limit] : [limit, concurrency, workflow];
    const taken = this.#script.sql(
      `update workflow_run set status = 'running', owner = ?, epoch = epoch + 1, nudged = 0,
        wake_at = null, version = ?, started_at = coalesce(started_at, ?)
      where id in (select id from workflow_run where status = 'ready' and workflow = ?
        and version = ? order by priority desc, ready_at limit ${most}${this.#skip}) returning *`,
      [owner, version, this.#clock.now(), workflow, asked, ...bounds],
    );
    if (concurrency === undefined || this.#script.dialect === "sqlite") return [taken];
    // Two workers that count at once would each see the place that is left.
    const gate = "select pg_advisory_xact_lock(hashtextextended(current_schema() || ? , 0))::text";
    return [this.#script.sql(gate, [` workflow ${workflow}`]), taken];
  }

  /** Runs of a worker for which something came; from now on it is not new. */
  async nudged(owner: string): Promise<RunRow[]> {
    const [found] = await this.#script.read(
      "select 1 as one from workflow_run where owner = ? and nudged = 1 limit 1",
      [owner],
    );
    if (found === undefined) return [];
    const [result] = await this.#script.write([
      this.#script.sql(
        `update workflow_run set nudged = 0,
            owner = case when status = 'running' then owner else null end
          where owner = ? and nudged = 1 returning *`,
        [owner],
      ),
    ]);
    return (result?.rows ?? []).map(runOf);
  }

  /** Runs that a worker has, as the journal says. */
  async held(owner: string): Promise<RunRow[]> {
    const rows = await this.#script.read(
      "select * from workflow_run where status = 'running' and owner = ?",
      [owner],
    );
    return rows.map(runOf);
  }

  /** When the first of the waiting runs wakes; undefined when none does by itself. */
  async nextWakeMs(): Promise<number | undefined> {
    const [row] = await this.#script.read(wakeQueries.next, []);
    return optional(row?.["at"]);
  }
}
