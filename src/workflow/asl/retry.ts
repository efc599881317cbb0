import type { Catcher, Retrier, State } from "./definition.ts";
import type { Failure } from "./failure.ts";

/** Whether an entry of Retry or Catch names the error. */
export function names(errorEquals: readonly string[], failure: Failure): boolean {
  const error = failure.error ?? "";
  return errorEquals.some((name) => {
    if (name === error || name === "States.ALL") return true;
    if (name === "States.TaskFailed") return error !== "States.Timeout" && !failure.heartbeat;
    // A missed heartbeat is a timeout too.
    return name === "States.Timeout" && failure.heartbeat === true;
  });
}

/** How long to wait before the next attempt; undefined if there is none. Counts the attempt. */
export type NextAttempt = (failure: Failure, random: () => number) => number | undefined;

function delayMs(retrier: Retrier, attempt: number, random: () => number): number {
  const grown = retrier.intervalSeconds * retrier.backoffRate ** attempt;
  const seconds = Math.min(grown, retrier.delaySecondsMax ?? 99_999_999);
  return Math.round(seconds * 1000 * (retrier.isJittered ? random() : 1));
}

/** Counts the attempts of one visit to a state: each retrier for itself. */
export function attemptsOf({ retry }: State): NextAttempt {
  const used = new Map<Retrier, number>();
  return (failure, random) => {
    const retrier = retry.find(({ errorEquals }) => names(errorEquals, failure));
    if (retrier === undefined) return undefined;
    const attempt = used.get(retrier) ?? 0;
    if (attempt >= retrier.attemptsMax) return undefined;
    used.set(retrier, attempt + 1);
    return delayMs(retrier, attempt, random);
  };
}

/** The catcher that takes the error, with its place. */
export function catcherOf(
  { catch: catchers }: State,
  failure: Failure,
): { readonly catcher: Catcher; readonly index: number } | undefined {
  const index = catchers.findIndex(({ errorEquals }) => names(errorEquals, failure));
  const catcher = catchers[index];
  return catcher === undefined ? undefined : { catcher, index };
}
