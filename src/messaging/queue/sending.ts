import { coreErrors, MorningError } from "../../core/errors.ts";
import type { QueueDriver, SendEntry, SendResult } from "./driver.ts";
import { queueErrors } from "./errors.ts";

/** Sends entries of one queue: those that come together go together. */
export interface Sending {
  one(entry: SendEntry): Promise<SendResult>;
  /** Resolves when nothing is on its way. */
  flushed(): Promise<void>;
}

interface Waiting {
  readonly entry: SendEntry;
  resolve(result: SendResult): void;
  reject(error: unknown): void;
}

/** Calls under way at once: the next gathers while they commit. */
const callsMax = 4;
const entriesMax = 1000;
/** Messages that may wait for the engine before more are refused. */
export const waitingMax = 50_000;

/** Makes the sending of one queue. */
export function makeSending(driver: QueueDriver, queue: string): Sending {
  let waiting: Waiting[] = [];
  let scheduled = false;
  let calls = 0;
  const quiet: (() => void)[] = [];
  const finish = (): void => {
    calls--;
    flush();
    if (calls === 0 && waiting.length === 0) for (const resolve of quiet.splice(0)) resolve();
  };
  const send = (batch: readonly Waiting[]): void => {
    calls++;
    driver
      .send(
        queue,
        batch.map(({ entry }) => entry),
      )
      .then(
        (results) => batch.forEach((one, index) => one.resolve(results[index] as SendResult)),
        (error: unknown) => batch.forEach((one) => one.reject(error)),
      )
      .finally(finish);
  };
  const flush = (): void => {
    scheduled = false;
    while (waiting.length > 0 && calls < callsMax) {
      const batch = waiting;
      waiting = batch.length > entriesMax ? batch.splice(entriesMax) : [];
      send(batch);
    }
  };
  return {
    one: (entry) =>
      new Promise((resolve, reject) => {
        if (waiting.length >= waitingMax) return reject(overloaded(queue));
        waiting.push({ entry, resolve, reject });
        if (scheduled || calls >= callsMax) return;
        scheduled = true;
        queueMicrotask(flush);
      }),
    flushed: () =>
      calls === 0 && waiting.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => void quiet.push(resolve)),
  };
}

function overloaded(queue: string): MorningError {
  return coreErrors.MOR_OVERLOADED(`queue ${queue}: ${waitingMax} messages wait to be sent`);
}

/** The error that an engine's refusal of one entry stands for. */
export function refusal(queue: string, error: { code: string; message: string }): MorningError {
  const specs = { ...coreErrors.specs, ...queueErrors.specs };
  const spec = specs[error.code as keyof typeof specs];
  if (spec !== undefined) return new MorningError(error.code, spec, error.message);
  return coreErrors.MOR_INTERNAL(`queue ${queue}: ${error.code}: ${error.message}`);
}
