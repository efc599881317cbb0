import type { Step } from "./attempted.ts";
import type { Life } from "./life.ts";
import type { StepCall } from "./program.ts";
import { opened } from "./rows.ts";
import type { EntryKind } from "./rows.ts";
import type { Undoing } from "./saga.ts";
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
  for (const undoing of life.saga.toUndo()) {
    const [at, name] = [`undo.${undoing.at}`, `${undoing.name}: undo`];
    const result = decodeValue(undoing.result ?? (await outcome(life, undoing, at, name)));
    // What undoes a step has no result.
    const work = async (call: StepCall): Promise<void> => void (await undoing.undo(result, call));
    try {
      await perform(life, stepOf(at, "step", name, work, {}));
    } catch (cause) {
      const { log, reads } = life.around;
      if (reads === true) continue;
      log.error("a step could not be undone", { run: life.run.id, step: undoing.name, cause });
    }
  }
}

/**
 * The result of a step that was under way, empty where it stays unknown. It is recorded with what
 * undoes it, so that this is told the same after a restart.
 */
async function outcome(life: Life, undoing: Undoing, at: string, name: string): Promise<string> {
  const known = life.peek(at, "step", name) ?? (await life.ask(at, "step", name));
  if (known !== undefined) return known.value;
  const { clock } = life.around;
  const value = await life.during(() => settled(life, undoing));
  await life.open({ ...opened(at, "step", name, clock.now()), value });
  return value;
}

/** Waits for the end of an attempt that was aborted, as long as it may take. */
async function settled(life: Life, { attempt, settleMsMax }: Undoing): Promise<string> {
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
