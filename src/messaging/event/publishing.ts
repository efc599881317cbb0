import { coreErrors, MorningError } from "../../core/errors.ts";
import type { EventDriver, EventEntry, PublishResult } from "./driver.ts";
import { eventErrors } from "./errors.ts";

/** Publishes entries: those that come together go together, in the order of their calls. */
export interface Publishing {
  one(entry: EventEntry): Promise<{ readonly id: string }>;
  /** Resolves when nothing is on its way. */
  flushed(): Promise<void>;
}

interface Waiting {
  readonly entry: EventEntry;
  resolve(answer: { readonly id: string }): void;
  reject(error: unknown): void;
}

/** Entries of one call of the driver, and their text. */
const entriesMax = 1000;
const charactersMax = 8 * 2 ** 20;
/** Entries that may wait for the engine before more are refused. */
export const waitingMax = 50_000;

/** The error that a driver's refusal of one entry stands for. */
export function refusal(entry: EventEntry, error: { code: string; message: string }): MorningError {
  const specs = { ...coreErrors.specs, ...eventErrors.specs };
  const spec = specs[error.code as keyof typeof specs];
  if (spec !== undefined) return new MorningError(error.code, spec, error.message);
  return coreErrors.MOR_INTERNAL(`event ${entry.type}: ${error.code}: ${error.message}`);
}

/** Where the next call ends. */
function cut(waiting: readonly Waiting[]): number {
  let characters = 0;
  let count = 0;
  for (const { entry } of waiting) {
    characters += entry.detail.length;
    if (count > 0 && (characters > charactersMax || count === entriesMax)) break;
    count++;
  }
  return count;
}

/**
 * Makes the publishing of one process. One call is under way at a time, so that the order of
 * publishes is that of the log; the next call gathers meanwhile.
 */
export function makePublishing(driver: EventDriver): Publishing {
  let waiting: Waiting[] = [];
  let busy: Promise<void> | undefined;
  const settle = (batch: readonly Waiting[], results: readonly PublishResult[]): void => {
    batch.forEach((one, index) => {
      const result = results[index];
      if (result !== undefined && "id" in result) one.resolve(result);
      else if (result === undefined) one.reject(coreErrors.MOR_INTERNAL("event: no answer"));
      else one.reject(refusal(one.entry, result.error));
    });
  };
  const flush = async (): Promise<void> => {
    // Whoever publishes in this turn goes along.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.slice(0, cut(waiting));
      waiting = waiting.slice(batch.length);
      try {
        settle(batch, await driver.publish(batch.map(({ entry }) => entry)));
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    busy = undefined;
  };
  return {
    one: (entry) =>
      new Promise((resolve, reject) => {
        if (waiting.length >= waitingMax) {
          return reject(
            coreErrors.MOR_OVERLOADED(`event: ${waitingMax} events wait to be published`),
          );
        }
        waiting.push({ entry, resolve, reject });
        busy ??= flush();
      }),
    flushed: () => busy ?? Promise.resolve(),
  };
}
