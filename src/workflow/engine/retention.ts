import type { Clock } from "../../core/clock.ts";
import type { Script } from "./script.ts";

/** Runs and entries that one write removes at most. */
const runsMax = 200;
const entriesMax = 5000;
/** How long an event is kept for runs that will wait for it, milliseconds. */
const eventKeptMs = 7 * 86_400_000;

/** Removes runs that ended long ago. */
export class Retention {
  readonly #script: Script;
  readonly #clock: Clock;
  readonly #keptMs: number;
  readonly #removing: (runs: readonly string[]) => Promise<void>;

  /**
   * @param keptMs how long a run is kept after its end, milliseconds
   * @param removing removes what is kept elsewhere of runs, before they go
   */
  constructor(
    script: Script,
    clock: Clock,
    keptMs: number,
    removing: (runs: readonly string[]) => Promise<void>,
  ) {
    this.#removing = removing;
    this.#script = script;
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  async #sweepEvents(): Promise<boolean> {
    const [removed] = await this.#script.write([
      this.#script.sql(
        `delete from workflow_arrival where id in
          (select id from workflow_arrival where at < ? order by at limit ${entriesMax})`,
        [this.#clock.now() - eventKeptMs],
      ),
    ]);
    return removed?.changes === entriesMax;
  }

  /** Removes a bounded number; whether there may be more. */
  async sweep(): Promise<boolean> {
    const rows = await this.#script.read(
      `select id from workflow_run where ended_at < ? order by ended_at limit ${runsMax}`,
      [this.#clock.now() - this.#keptMs],
    );
    const removesEvents = await this.#sweepEvents();
    if (rows.length === 0) return removesEvents;
    const ids = rows.map((row) => String(row["id"]));
    const named = ids.map(() => "?").join(", ");
    const [removed] = await this.#script.write([
      this.#script.sql(
        `delete from workflow_entry where (run, at) in (select run, at from workflow_entry
          where run in (${named}) limit ${entriesMax})`,
        ids,
      ),
    ]);
    if (removed?.changes === entriesMax) return true;
    await this.#removing(ids);
    await this.#script.write(
      ["workflow_signal", "workflow_delivered", "workflow_attribute"]
        .map((table) => this.#script.sql(`delete from ${table} where run in (${named})`, ids))
        .concat(this.#script.sql(`delete from workflow_run where id in (${named})`, ids)),
    );
    return true;
  }
}
