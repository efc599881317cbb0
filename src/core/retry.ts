import { sleep } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { Random } from "./ids.ts";

/** How often and how long to try again. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attemptsMax: number;
  /** Delay before the second attempt, milliseconds; doubled with each further one. */
  readonly baseMs: number;
  /** Longest delay, milliseconds. */
  readonly delayMsMax: number;
}

/**
 * The delay before attempt `attempt + 1`, milliseconds: exponential with full jitter, so that those
 * who failed together do not come back together (Brooker, "Exponential Backoff and Jitter", AWS
 * Architecture Blog, 2015).
 * @param attempt 1 after the first attempt failed
 */
export function backoffMs(
  attempt: number,
  policy: Pick<RetryPolicy, "baseMs" | "delayMsMax">,
  random: Random,
): number {
  const ceiling = Math.min(policy.delayMsMax, policy.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(random.next() * ceiling);
}

/** What a retry needs from its surroundings. */
export interface RetryContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal;
  /** Whether trying again can help; yes if left out. */
  readonly retryable?: (error: unknown) => boolean;
}

/**
 * Runs `attempt` until it succeeds, the policy is spent, the error is final or the signal aborts.
 */
export async function retry<T>(
  policy: RetryPolicy,
  context: RetryContext,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  const isGivenUp = (): boolean => context.signal?.aborted === true;
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      const spent = number >= policy.attemptsMax || isGivenUp();
      if (spent || context.retryable?.(error) === false) throw error;
      await sleep(context.clock, backoffMs(number, policy, context.random), context.signal);
      if (isGivenUp()) throw error;
    }
  }
}
