import { sleep } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { StatementResult } from "../../core/store.ts";
import { backoffMs } from "../../core/retry.ts";
import { engineErrors } from "../errors.ts";
import { commit, wakeSteps } from "./commit.ts";
import type { Committed, Verdict } from "./commit.ts";
import type { ConnectionOptions } from "./connection.ts";
import { errorOf, isStalePlan } from "./failures.ts";
import { isLine, openLine } from "./line.ts";
import type { Line } from "./line.ts";
import type { PipelineError } from "./pipeline.ts";
import { unmetState } from "./values.ts";
import type { Queue, Waiting } from "./waiting.ts";

/** What a writer needs. */
export interface WriterOptions {
  readonly connection: ConnectionOptions;
  readonly subject: string;
  readonly queue: Queue;
  /**
   * The notification channel of this schema and the mark of this process on what it sends there.
   */
  readonly notify: string;
  readonly origin: string;
  /** Names this writer among all that ever were. */
  readonly name: string;
  /** How long a write may wait for PostgreSQL to come back, milliseconds. */
  readonly unavailableMsMax: number;
  /**
   * Called after a commit with the writes that were kept, and with those of which nobody can tell
   * whether they were.
   */
  settled(writes: readonly Waiting[], isKept: boolean): void;
}

/** One connection that commits groups, one after the other. */
export interface Writer {
  /** Works until nothing waits; does nothing when it works already. */
  work(): void;
  forget(): void;
  close(): Promise<void>;
}

/** Runs of a group that deadlocks or loses its connection before it commits. */
const attemptsMax = 8;
const backoff = { baseMs: 10, delayMsMax: 1000 };

/** Makes a writer. Its connection is opened with the first group. */
export function makeWriter(options: WriterOptions): Writer {
  const { queue, subject } = options;
  const { clock, random } = options.connection;
  const gone = new AbortController();
  let line: Line | undefined;
  let number = 0;
  let working: Promise<void> | undefined;

  const connected = async (waitMsMax: number): Promise<Line | PipelineError> => {
    if (line?.wire.alive === true) return line;
    await line?.wire.close();
    line = undefined;
    const given = await openLine(options.connection, options.name, waitMsMax, gone.signal);
    if (isLine(given)) line = given;
    return given;
  };

  const settle = (group: readonly Waiting[], verdicts: readonly Verdict[]): void => {
    const kept: Waiting[] = [];
    group.forEach((one, index) => {
      const verdict = verdicts[index];
      if (verdict !== undefined && "kept" in verdict) {
        kept.push(one);
        one.resolve(verdict.kept as readonly StatementResult[]);
      } else one.reject(verdict?.error ?? coreErrors.MOR_INTERNAL(`${subject}: no verdict`));
    });
    if (kept.length > 0) options.settled(kept, true);
  };

  const unknown = (committed: boolean | undefined, error: PipelineError): Error => {
    const known =
      committed === true ? "it was kept, but its results are lost" : "its outcome is unknown";
    return engineErrors.MOR_STATE_UNKNOWN_OUTCOME(
      `${subject}: the connection was lost while the write committed (${error.message}): ${known}`,
      { details: { committed: committed ?? null } },
    );
  };

  /** Settles the group if its outcome is final; otherwise gives the reason to run it again. */
  const conclude = async (
    group: readonly Waiting[],
    result: Committed,
  ): Promise<PipelineError | undefined> => {
    if (result.kind === "again") {
      if (isStalePlan(result.error)) line?.wire.forget();
      // Its row was swept or taken over: the next attempt opens another line.
      if (result.error.code === unmetState) await line?.wire.close();
      return result.error;
    }
    if (result.kind === "done") {
      settle(group, result.verdicts);
      return undefined;
    }
    const next = await connected(options.unavailableMsMax);
    const committed = isLine(next) ? next.committed === number : undefined;
    if (committed === false) return result.error;
    if (committed === true && result.verdicts !== undefined) settle(group, result.verdicts);
    else {
      for (const one of group) one.reject(unknown(committed, result.error));
      options.settled(group, false);
    }
    return undefined;
  };

  const commitGroup = async (group: readonly Waiting[]): Promise<void> => {
    const oldest = group[0]?.sinceMs ?? clock.monotonic();
    const wakesOf = (kept: readonly Waiting[]): ReturnType<typeof wakeSteps> =>
      wakeSteps(options.notify, options.origin, kept);
    let failure: PipelineError | undefined;
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const waited = clock.monotonic() - oldest;
      const given = await connected(Math.max(0, options.unavailableMsMax - waited));
      if (!isLine(given)) {
        failure = given;
        break;
      }
      const place = { wire: given.wire, note: given.note(++number) };
      failure = await conclude(group, await commit(place, group, subject, wakesOf));
      if (failure === undefined) return;
      await sleep(clock, backoffMs(attempt, backoff, random));
    }
    const error = errorOf(failure ?? { message: "no attempt", lost: true }, subject);
    for (const one of group) one.reject(error);
  };

  const run = async (): Promise<void> => {
    for (let group = queue.take(); group.length > 0; group = queue.take()) {
      await commitGroup(group);
      queue.leave(group);
    }
  };

  return {
    work() {
      working ??= run().finally(() => {
        working = undefined;
      });
    },
    forget: () => line?.wire.forget(),
    async close() {
      await working;
      gone.abort();
      await line?.wire.close();
    },
  };
}
