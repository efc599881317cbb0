import type { Step } from "./attempted.ts";
import type { Life } from "./life.ts";
import type { StepCall } from "./program.ts";
import { opened } from "./rows.ts";
import type { EntryKind } from "./rows.ts";
import type { UndoingChild, UndoingStep } from "./saga.ts";
import { perform } from "./steps.ts";
import { decodeValue, encodeValue } from "./value.ts";

/** A step as the engine performs it. */
export function stepOf(
  at: string,
  kind: EntryKind,
  name: string,
  work: (call: StepCall) => unknown,
  options: Step["options"],
): Step {
  const made = async (call: StepCall): ReturnType<Step["work"]> => ({
    value: encodeValue(await work(call), `the result of step ${name}`),
  });
  return { at, kind, name, work: made, options };
}

/** Undoes what a run did and what it may have done, the last first. */
export async function undo(life: Life): Promise<void> {
  const { timeoutMs } = life.around.program;
  const untilMs = timeoutMs === undefined ? undefined : life.nowMs + timeoutMs;
  for (const undoing of life.saga.toUndo()) {
    if (undoing.kind === "child") await childEnds(life, undoing, untilMs);
    else await undoStep(life, undoing);
  }
}

async function undoStep(life: Life, undoing: UndoingStep): Promise<void> {
  const [at, name] = [`undo.${undoing.at}`, `${undoing.name}: undo`];
  const result = decodeValue(undoing.result ?? (await outcome(life, undoing, at, name)));
  // What undoes a step has no result.
  const work = async (call: StepCall): Promise<void> => void (await undoing.undo(result, call));
  try {
    await perform(life, stepOf(at, "step", name, work, {}));
  } catch (cause) {
    const { log, reads } = life.around;
    if (reads === true) return;
    log.error("a step could not be undone", { run: life.run.id, step: undoing.name, cause });
  }
}

/**
 * Waits until a child has undone what it did: what the run did before it comes after that.
 * @param untilMs how long at most, milliseconds since the epoch; without end if undefined
 */
async function childEnds(
  life: Life,
  { at, name, begins }: UndoingChild,
  untilMs: number | undefined,
): Promise<void> {
  const [own, title] = [`undo.${at}`, `${name}: undo`];
  const known = await life.ask(own, "child", title);
  if (known !== undefined) return;
  const { journal, clock } = life.around;
  const startedAtMs = clock.now();
  // A child whose beginning is still on its way would not hear that it is cancelled.
  await begins;
  const goesOn = await life.during(() => journal.cancelChildren(life.run.id, at));
  if (goesOn) await life.wait(at, untilMs, true);
  const entry = opened(own, "child", title, startedAtMs);
  await life.settle({ ...entry, status: "done", endedAtMs: clock.now() });
}

/**
 * The result of a step that was under way, empty where it stays unknown. It is recorded with what
 * undoes it, so that this is told the same after a restart.
 */
async function outcome(
  life: Life,
  undoing: UndoingStep,
  at: string,
  name: string,
): Promise<string> {
  const known = life.peek(at, "step", name) ?? (await life.ask(at, "step", name));
  if (known !== undefined) return known.value;
  const { clock } = life.around;
  const value = await life.during(() => settled(life, undoing));
  await life.open({ ...opened(at, "step", name, clock.now()), value });
  return value;
}

/** Waits for the end of an attempt that was aborted, as long as it may take. */
async function settled(life: Life, { attempt, settleMsMax }: UndoingStep): Promise<string> {
  if (attempt === undefined) return "";
  let cancel = (): void => {};
  const late = new Promise<string>((resolve) => {
    cancel = life.around.clock.after(settleMsMax, () => resolve(""));
  });
  // An attempt that was cut off may have failed before or after its effect.
  const ended = attempt.catch(() => "");
  try {
    return await Promise.race([ended, late]);
  } finally {
    cancel();
  }
}
