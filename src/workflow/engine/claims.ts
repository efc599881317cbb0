import type { Clock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import { optional, runOf } from "./rows.ts";
import type { Lease, RunRow } from "./rows.ts";
import { Script, workChannel } from "./script.ts";

/** Which worker has which runs: rows in the state store, no coordinator. */
export class Claims {
  readonly #script: Script;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#script = new Script(store);
    this.#clock = clock;
  }

  /** Gives a run back: it is tried again, here or elsewhere. */
  async giveBack(lease: Lease): Promise<void> {
    await this.#script.write(
      [
        this.#script.sql(
          `update workflow_run set status = 'ready', owner = null, ready_at = ?
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
        this.#script.sql(
          `update workflow_run set status = 'ready', owner = null, ready_at = ?
            where owner = ? and status = 'running'`,
          [this.#clock.now(), owner],
        ),
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
        `update workflow_run set status = 'ready', owner = null, ready_at = ?
          where status = 'running' and owner not in (select id from workflow_worker)`,
        [now],
      ),
    ]);
    return freed?.changes ?? 0;
  }

  /** Takes runs that are ready, of each workflow alike, the urgent and the oldest first. */
  async claim(owner: string, workflows: readonly string[], limit: number): Promise<RunRow[]> {
    const now = this.#clock.now();
    const skip = this.#script.dialect === "postgres" ? " for update skip locked" : "";
    const each = Math.max(1, Math.floor(limit / workflows.length));
    const results = await this.#script.write([
      this.#script.sql(
        `update workflow_run set status = 'ready', ready_at = wake_at
          where status = 'waiting' and wake_at <= ?`,
        [now],
      ),
      ...workflows.map((workflow) =>
        this.#script.sql(
          `update workflow_run set status = 'running', owner = ?, epoch = epoch + 1, nudged = 0,
            wake_at = null, started_at = coalesce(started_at, ?)
          where id in (select id from workflow_run where status = 'ready' and workflow = ?
            order by priority desc, ready_at limit ?${skip}) returning *`,
          [owner, now, workflow, each],
        ),
      ),
    ]);
    return results.slice(1).flatMap(({ rows }) => rows.map(runOf));
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
        `update workflow_run set nudged = 0
          where owner = ? and nudged = 1 and status = 'running' returning *`,
        [owner],
      ),
    ]);
    return (result?.rows ?? []).map(runOf);
  }

  /** When the first of the waiting runs wakes; undefined when none does by itself. */
  async nextWakeMs(): Promise<number | undefined> {
    const [row] = await this.#script.read(
      "select min(wake_at) as at from workflow_run where status = 'waiting'",
      [],
    );
    return optional(row?.["at"]);
  }
}
