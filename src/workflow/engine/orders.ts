import type { Clock } from "../../core/clock.ts";
import type { Statement } from "../../core/store.ts";
import { workflowErrors } from "./errors.ts";
import { encodeError } from "./failure.ts";
import { keyOf } from "./position.ts";
import { endChannel, workChannel } from "./script.ts";
import type { Script } from "./script.ts";

/** Characters of a reason. */
const reasonMax = 1000;

/** What a child's end says to its parent. */
export interface Answer {
  readonly status: "done" | "failed";
  readonly output: string | undefined;
  readonly error: string | undefined;
}

/** Says to a run that something came for it, and wakes it where it waits. */
export function nudge(script: Script, run: string, nowMs: number): Statement {
  return script.sql(
    `update workflow_run set nudged = 1, ready_at = ?,
      status = case when status = 'waiting' then 'ready' else status end
    where id = ? and ended_at is null`,
    [nowMs, run],
  );
}

/** Answers the entry of a run that waits for its child. */
export function answerParent(
  script: Script,
  run: string,
  at: string,
  { status, output, error }: Answer,
  nowMs: number,
): Statement[] {
  return [
    script.sql(
      `update workflow_entry set status = ?, value = ?, error = ?, ended_at = ?
        where run = ? and at = ? and status = 'open'`,
      [status, output ?? "", error ?? null, nowMs, run, keyOf(at)],
    ),
    nudge(script, run, nowMs),
  ];
}

const cancelled = `cancel = 1, paused = 0, nudged = 1, ready_at = ?,
  status = case when status in ('waiting', 'paused') then 'ready' else status end`;

/** Cancels the children of a run that go on; each of them does the same. */
export function cancelChildren(script: Script, run: string, nowMs: number): Statement {
  return script.sql(
    `update workflow_run set ${cancelled} where parent = ? and ended_at is null and cancel = 0`,
    [nowMs, run],
  );
}

/** What operators and other runs ask of a run; each says whether there was such a run to ask. */
export class Orders {
  readonly #script: Script;
  readonly #clock: Clock;

  constructor(script: Script, clock: Clock) {
    this.#script = script;
    this.#clock = clock;
  }

  async #order(statements: readonly Statement[], wake: readonly string[]): Promise<boolean> {
    const results = await this.#script.write(statements, wake);
    return (results[0]?.changes ?? 0) > 0;
  }

  /** Asks a run to undo what it did and to end itself. */
  cancel(run: string): Promise<boolean> {
    const now = this.#clock.now();
    return this.#order(
      [
        this.#script.sql(`update workflow_run set ${cancelled} where id = ? and ended_at is null`, [
          now,
          run,
        ]),
      ],
      [workChannel],
    );
  }

  /** Keeps a run from going on: what it does now may end. */
  pause(run: string): Promise<boolean> {
    return this.#order(
      [
        this.#script.sql(
          `update workflow_run set paused = 1, nudged = 1,
            status = case when status in ('ready', 'waiting') then 'paused' else status end
          where id = ? and ended_at is null and cancel = 0`,
          [run],
        ),
      ],
      [workChannel],
    );
  }

  resume(run: string): Promise<boolean> {
    return this.#order(
      [
        this.#script.sql(
          `update workflow_run set paused = 0, nudged = 1, ready_at = ?,
            status = case when status = 'paused' then 'ready' else status end
          where id = ? and ended_at is null`,
          [this.#clock.now(), run],
        ),
      ],
      [workChannel],
    );
  }

  /**
   * Ends a run and all below it, where they stand: nothing is undone. Their processes hear of it.
   * @param reason why: it ends with that
   */
  terminate(run: string, reason: string): Promise<boolean> {
    const now = this.#clock.now();
    const error = encodeError(
      workflowErrors.MOR_WORKFLOW_TERMINATED(
        `run ${run} was terminated: ${reason.slice(0, reasonMax)}`,
      ),
    );
    const tree = `with recursive tree(id) as (
        select id from workflow_run where id = ? and ended_at is null
        union select r.id from workflow_run r join tree t on r.parent = t.id
          where r.ended_at is null)`;
    const ended = "id = ? and status = 'terminated' and error = ?";
    return this.#order(
      [
        this.#script.sql(
          `${tree} update workflow_run set status = 'terminated', error = ?, ended_at = ?,
            epoch = epoch + 1, nudged = case when owner is null then 0 else 1 end, wake_at = null
          where id in (select id from tree)`,
          [run, error, now],
        ),
        this.#script.sql(
          `update workflow_entry set status = 'failed', error = ?, ended_at = ?
            where status = 'open' and (run, at) =
              (select parent, parent_at from workflow_run where ${ended})`,
          [error, now, run, error],
        ),
        this.#script.sql(
          `update workflow_run set nudged = 1, ready_at = ?,
            status = case when status = 'waiting' then 'ready' else status end
          where ended_at is null and id = (select parent from workflow_run where ${ended})`,
          [now, run, error],
        ),
      ],
      [workChannel, endChannel],
    );
  }
}
