import { MorningError } from "../../core/errors.ts";
import type { AnyStateMachine } from "./declaration.ts";
import type { MachineDriver } from "./driver.ts";
import { doTask } from "./tasks.ts";
import type { HeldThings, TaskMessage } from "./tasks.ts";

/**
 * Does a task that Step Functions gave to the queue of a machine's tasks, and answers its token.
 * An answer that comes too late is none: whoever waited has gone on.
 * @returns whether the answer was taken
 */
export async function answerTask(
  driver: Pick<MachineDriver, "succeed" | "fail" | "heartbeat">,
  machine: AnyStateMachine,
  held: HeldThings,
  message: TaskMessage,
  signal: AbortSignal,
): Promise<boolean> {
  const { token } = message;
  const beat = (): void => void driver.heartbeat(token).catch(() => {});
  const key = `${message.run}/${message.state}/${message.attempt}/${token.slice(-16)}`;
  const outcome = await doTask(machine, held, message, { key, signal, heartbeat: beat });
  try {
    if (outcome.ok) await driver.succeed(token, outcome.output);
    else if ("late" in outcome) await driver.fail(token, "States.Timeout", "");
    else await driver.fail(token, outcome.error, outcome.cause ?? "");
    return true;
  } catch (error) {
    if (MorningError.is(error, "MOR_NOT_FOUND")) return false;
    throw error;
  }
}
