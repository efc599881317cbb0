import { coreErrors } from "../../core/errors.ts";
import type { Clock } from "../../core/clock.ts";
import type { Statement } from "../../core/store.ts";
import { insertRun } from "./begin.ts";
import { workflowErrors } from "./errors.ts";
import { keyOf } from "./position.ts";
import { isUndo, optional, stopAt } from "./rows.ts";
import type { NewRun, RunRow } from "./rows.ts";
import { workChannel } from "./script.ts";
import type { Script } from "./script.ts";

const undoFrom = keyOf("undo.");
const undoes = { from: undoFrom.slice(0, -1), to: `${undoFrom.slice(0, -2)}/` };

/** The place before which a fork copies; of a run that begins anew nothing is copied. */
export type ForkPlace = number | "start";

/** Makes runs that go on from what another one recorded. */
export class Forks {
  readonly #script: Script;
  readonly #clock: Clock;

  constructor(script: Script, clock: Clock) {
    this.#script = script;
    this.#clock = clock;
  }

  /** The place before which a fork at a position copies. @throws MOR_WORKFLOW_FORK */
  async placeAt(run: string, at: string): Promise<number> {
    const [row] = await this.#script.read(
      "select place from workflow_entry where run = ? and at = ?",
      [run, keyOf(at)],
    );
    if (row === undefined || isUndo(at) || at === stopAt) {
      throw workflowErrors.MOR_WORKFLOW_FORK(`run ${run} recorded nothing of its own at ${at}`);
    }
    return Math.min(optional(row["place"]) ?? Infinity, await this.#placeOfEnd(run));
  }

  /** The place from which on a run was stopped and undone. */
  async #placeOfEnd(run: string): Promise<number> {
    const [row] = await this.#script.read(
      `select min(place) as place from workflow_entry
        where run = ? and (at = ? or (at >= ? and at < ?))`,
      [run, keyOf(stopAt), undoes.from, undoes.to],
    );
    return optional(row?.["place"]) ?? Infinity;
  }

  /**
   * The place before which a run that failed goes on: at the first step that was undone, else at
   * the one that failed last, else where it ended.
   */
  async placeOfFailure({ id, error }: RunRow): Promise<number> {
    const [undone] = await this.#script.read(
      `select min(e.place) as place from workflow_entry u
        join workflow_entry e on e.run = u.run and e.at = substr(u.at, ${undoes.from.length + 1})
        where u.run = ? and u.at >= ? and u.at < ?`,
      [id, undoes.from, undoes.to],
    );
    const place = optional(undone?.["place"]);
    if (place !== undefined) return place;
    const end = await this.#placeOfEnd(id);
    const [failed] = await this.#script.read(
      `select place from workflow_entry where run = ? and status = 'failed' and place is not null
          and at <> ?
        order by case when error = ? then 0 else 1 end, place desc limit 1`,
      [id, keyOf(stopAt), error ?? ""],
    );
    return Math.min(end, optional(failed?.["place"]) ?? Infinity);
  }

  /** Begins a run with what another recorded before a place. @throws MOR_CONFLICT */
  async fork(source: RunRow, run: NewRun, place: ForkPlace): Promise<void> {
    const { id, seed = id, beginAtMs } = source;
    // What is copied was drawn by the source's seed, on its clock; what begins anew has its own.
    const origin = place === "start" ? { forkOf: id } : { forkOf: id, seed, beginAtMs };
    const [first, ...others] = insertRun(this.#script, run, this.#clock.now(), { origin });
    if (first === undefined) return;
    const error = { code: "MOR_CONFLICT", message: `there is a run ${run.id}` };
    const copied = place === "start" ? [] : [this.#copied(id, run.id, place)];
    await this.#script.write(
      [{ ...first, expect: { rows: 1, error } }, ...others, ...copied],
      [workChannel],
    );
  }

  #copied(from: string, to: string, place: number): Statement {
    return this.#script.sql(
      `insert into workflow_entry (run, at, place, kind, name, status, value, error, attempt,
        progress, failures, due_at, started_at, ended_at)
      select cast(? as text), at, place, kind, name, status, value, error, attempt, progress,
        failures, due_at, started_at, ended_at from workflow_entry where run = ? and place < ?`,
      [to, from, Math.min(place, Number.MAX_SAFE_INTEGER)],
    );
  }
}

/** Refuses to go on from a run that has not failed. @throws MOR_CONFLICT */
export function assertFailed({ id, status }: RunRow): void {
  if (["failed", "cancelled", "terminated"].includes(status)) return;
  throw coreErrors.MOR_CONFLICT(`run ${id} is ${status}: only what failed is tried again`);
}
