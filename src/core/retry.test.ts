import fc from "fast-check";
import { expect, test } from "vitest";
import { simulatedClock } from "../testing/clock.ts";
import { sleep } from "./clock.ts";
import { seededRandom } from "./ids.ts";
import { backoffMs, retry } from "./retry.ts";

const policy = { attemptsMax: 4, baseMs: 100, delayMsMax: 1_000 };
const settled = (): Promise<void> => new Promise((done) => void setImmediate(done));

test("delays stay within the doubled ceiling and the longest delay", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer(), (attempt, seed) => {
      const delayMs = backoffMs(attempt, policy, seededRandom(seed));
      const ceiling = Math.min(1_000, 100 * 2 ** Math.min(attempt - 1, 30));
      expect(delayMs >= 0 && delayMs <= ceiling && Number.isInteger(delayMs)).toBe(true);
    }),
  );
});

test("jitter spreads: many who fail together do not come back together", () => {
  const random = seededRandom(3);
  const delays = new Set(Array.from({ length: 1_000 }, () => backoffMs(5, policy, random)));
  expect(delays.size).toBeGreaterThan(500);
});

test("tries again until it succeeds", async () => {
  const clock = simulatedClock();
  const numbers: number[] = [];
  const done = retry(policy, { clock, random: seededRandom(1) }, async (number) => {
    numbers.push(number);
    if (number < 3) throw new Error("not yet");
    return "done";
  });
  for (let n = 0; n < 5; n++) {
    await settled();
    clock.advance(1_000);
  }
  await expect(done).resolves.toBe("done");
  expect(numbers).toEqual([1, 2, 3]);
});

test("throws the last error when the attempts are spent", async () => {
  const clock = simulatedClock();
  let attempts = 0;
  const done = retry(policy, { clock, random: seededRandom(1) }, () =>
    Promise.reject(new Error(`attempt ${++attempts}`)),
  );
  const failed = done.catch((error: unknown) => error);
  for (let n = 0; n < 5; n++) {
    await settled();
    clock.advance(1_000);
  }
  expect(await failed).toMatchObject({ message: "attempt 4" });
});

test("a final error is not repeated", async () => {
  let attempts = 0;
  const context = { clock: simulatedClock(), random: seededRandom(1), retryable: () => false };
  const done = retry(policy, context, () => Promise.reject(new Error(`attempt ${++attempts}`)));
  await expect(done).rejects.toThrow("attempt 1");
});

test("an abort ends the wait and nothing is tried after it", async () => {
  const abort = new AbortController();
  let attempts = 0;
  const context = { clock: simulatedClock(), random: seededRandom(1), signal: abort.signal };
  const done = retry(policy, context, () => Promise.reject(new Error(`attempt ${++attempts}`)));
  const failed = done.catch((error: unknown) => error);
  await settled();
  abort.abort();
  expect(await failed).toMatchObject({ message: "attempt 1" });
  expect(attempts).toBe(1);
});

test("a sleep leaves no timer and no listener behind when it is aborted", async () => {
  const clock = simulatedClock();
  const abort = new AbortController();
  const asleep = sleep(clock, 1_000, abort.signal);
  expect(clock.nextInMs()).toBe(1_000);
  abort.abort();
  await asleep;
  expect(clock.nextInMs()).toBeUndefined();
  await sleep(clock, 1_000, abort.signal);
});
