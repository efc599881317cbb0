import { coreErrors } from "../../core/errors.ts";
import { Attempt } from "./attempt.ts";
import { workflowErrors } from "./errors.ts";
import type { Beside } from "./journal.ts";
import type { Life } from "./life.ts";
import { assertArtefact } from "./limits.ts";
import type { Progress, StepCall, StepCost, StepOptions } from "./program.ts";
import type { Entry, EntryKind } from "./rows.ts";

/** What an attempt made. */
export interface Made {
  /** As the journal keeps values. */
  readonly value: string;
  /** What is committed with it. */
  readonly beside?: Beside;
  /** Hears whether it was: without it, what is committed beside cannot be refused. */
  readonly told?: (refusal?: unknown) => void;
}

/** A step, whatever its run holds. */
export interface Step {
  readonly at: string;
  readonly kind: EntryKind;
  readonly name: string;
  readonly work: (call: StepCall) => Promise<Made>;
  readonly options: Omit<StepOptions, "compensate">;
  /** Hears of each attempt that begins: it may go on after it was aborted. */
  readonly begun?: (made: Promise<Made>) => void;
}

/** What an attempt came to: what it made, or its error. */
export interface Tried {
  readonly made?: Made;
  readonly error?: unknown;
  readonly progress: Progress | undefined;
  /** What it paid. */
  readonly costs: readonly StepCost[];
}

/**
 * One attempt. Its own error is a result like another.
 * @param entry with the attempt's number
 */
export async function attempted(life: Life, step: Step, entry: Entry): Promise<Tried> {
  const { clock, program } = life.around;
  const { at, kind, name, attempt } = entry;
  const shown = { ...entry, attempt: attempt - 1 };
  const { artefacts, paid } = program;
  const keep: StepCall["artefact"] = async (file, content) => {
    assertArtefact(file, content);
    if (artefacts === undefined) throw coreErrors.MOR_UNSUPPORTED("no artefacts are kept here");
    await artefacts.put(life.run.id, at, file, content);
  };
  const call = new Attempt(attempt, `${life.run.id}/${at}`, shown, clock, {
    artefact: keep,
    paid,
  });
  const ends = [life.begun(at, call), ...limits(life, step, call)];
  const { workflow, id: run } = life.run;
  const { trace } = life.run;
  const watched = { workflow, run, at, kind, name, attempt, trace };
  const { around = (_, work) => work() } = program satisfies { around?: unknown };
  try {
    const work = async (): Promise<Made> => step.work(call);
    const making = around(watched, work);
    step.begun?.(making);
    const made = await Promise.race([making, call.aborted]);
    return { made, progress: call.reached, costs: call.costs };
  } catch (error) {
    return { error, progress: call.reached, costs: call.costs };
  } finally {
    for (const end of ends) end();
  }
}

/** Ends an attempt that takes too long, or is silent too long. */
function limits(life: Life, { name, options }: Step, call: Attempt): (() => void)[] {
  const { clock } = life.around;
  const { timeoutMs, heartbeatMs } = options;
  const ends: (() => void)[] = [];
  const subject = `step ${name} of run ${life.run.id}`;
  if (timeoutMs !== undefined) {
    const late = `${subject} took longer than ${timeoutMs} ms`;
    const abort = (): void => call.abort(workflowErrors.MOR_WORKFLOW_STEP_TIMEOUT(late));
    ends.push(clock.after(timeoutMs, abort));
  }
  if (heartbeatMs !== undefined) {
    const silent = `${subject} was silent for ${heartbeatMs} ms`;
    let end = (): void => {};
    const listen = (): void => {
      const leftMs = heartbeatMs - call.silentMs;
      if (leftMs <= 0) call.abort(workflowErrors.MOR_WORKFLOW_HEARTBEAT(silent));
      else end = clock.after(leftMs, listen);
    };
    listen();
    ends.push(() => end());
  }
  return ends;
}
