import { expect, expectTypeOf, test } from "vitest";
import { handle, handleBatch, receives } from "./receiver.ts";
import type { Handling, Receiver, Receiving } from "./receiver.ts";

interface Job {
  readonly n: number;
}
interface Limits {
  readonly concurrency?: number;
}

function recorder(): { receiver: Receiver<Job, Limits>; started: Handling<Job>[] } {
  const started: Handling<Job>[] = [];
  const receiving: Receiving = { stop: () => Promise.resolve() };
  const start = (handling: Handling<Job>): Receiving => {
    started.push(handling);
    return receiving;
  };
  return { receiver: { [receives]: { start } }, started };
}

test("a binding takes nothing until it is started", () => {
  const { receiver, started } = recorder();
  const one = handle(receiver, { concurrency: 2 }, (job, call) => {
    expectTypeOf(job).toEqualTypeOf<Job>();
    expectTypeOf(call.info.receiveCount).toEqualTypeOf<number>();
    expectTypeOf(call.signal).toEqualTypeOf<AbortSignal>();
  });
  const many = handleBatch(receiver, {}, (jobs) => {
    expectTypeOf(jobs[0]!.message).toEqualTypeOf<Job>();
    return { failed: jobs.map(({ info }) => info.id) };
  });
  expect(started).toHaveLength(0);
  one.start();
  many.start();
  expect(started.map(({ batch }) => batch)).toEqual([false, true]);
});

test("only what receives can be handled, with options that it knows", () => {
  const { receiver } = recorder();
  // @ts-expect-error a sender does not receive
  const wrong = (): unknown => handle({ send: () => 1 }, {}, () => {});
  // @ts-expect-error there is no such option
  handle(receiver, { parallel: 3 }, () => {});
  // @ts-expect-error a batch handler answers the ids that failed
  handleBatch(receiver, {}, () => 7);
  expect(wrong).toBeTypeOf("function");
});
