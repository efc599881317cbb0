import { seededRandom } from "../../../core/ids.ts";
import { openInline } from "../../../engines/sqlite/inline.ts";
import type { InlineFaults, InlineStore } from "../../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import { testHost } from "../../../testing/host.ts";
import type { QueueDriver, QueueSpec, ReceivedMessage } from "../driver.ts";
import { withDeadLetters } from "../dead.ts";
import { driver as sqlite } from "../drivers/sqlite.ts";
import { queueSpec } from "../limits.ts";
import { makeModel, receivesMax } from "./model.ts";
import type { Known, Model } from "./model.ts";

const visibilityMs = 2000;
const declared: readonly QueueSpec[] = [
  queueSpec("jobs", { visibilityMs, receivesMax }),
  queueSpec("orders", { visibilityMs, receivesMax, fifo: true }),
];
const specs: readonly QueueSpec[] = withDeadLetters(declared);

/** One delivery that the program holds. */
interface Holding {
  readonly spec: QueueSpec;
  readonly message: ReceivedMessage;
}

/** A store with the queues declared and nothing in them, to begin every run with. */
export async function emptyStore(): Promise<Uint8Array> {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const driver = await sqlite.open(testHost({ clock, store }), {});
  await driver.declare(declared);
  const content = store.snapshot();
  await driver.close();
  await store.close();
  return content;
}

/** Steps of a program before it is drained. */
const stepsMax = 34;

/**
 * Runs the program of one seed against the real driver and the model side by side.
 * @throws Broken when a guarantee does not hold
 */
export async function simulate(seed: number, content: Uint8Array): Promise<{ received: number }> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const chance = (share: number): boolean => random.next() < share;
  const clock = simulatedClock();
  let setBackMs = 0;
  const model: Model = makeModel(() => setBackMs);
  const slow = chance(0.5);
  const failing = chance(0.3);
  const jumping = chance(0.3);
  let calm = true;
  const faults: InlineFaults = {
    commit: () => (!calm && failing && chance(0.08) ? (chance(0.5) ? "full" : "io") : undefined),
    ...(slow
      ? {
          commitMs: () => (calm ? 0 : below(30)),
          acknowledgeMs: () => (calm ? 0 : below(30)),
        }
      : {}),
  };
  let store: InlineStore = openInline({ clock, content, faults });
  let life = 0;
  let received = 0;
  let crashes = 0;
  let holdings: Holding[] = [];
  let broken: unknown;
  const asked = new Set<() => void>();
  const note = (error: unknown): void => {
    broken ??= error;
  };

  const turn = async (turns = 4): Promise<void> => {
    for (let count = 0; count < turns; count++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (broken) throw broken;
  };
  /** Goes on until `work` is done, whatever the store's delays. */
  const until = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    const settled = work.finally(() => {
      done = true;
    });
    settled.catch(() => {});
    for (let turns = 0; !done && turns < 10_000; turns++) {
      clock.advance(slow ? 1 : 0);
      await turn(1);
    }
    return settled;
  };
  const open = async (): Promise<QueueDriver> => {
    calm = true;
    const opened = await until(sqlite.open(testHost({ clock, store, random }), {}));
    await until(opened.declare(declared));
    calm = false;
    return opened;
  };
  let driver = await open();
  /** Follows a call until it is answered or the process dies; then `lost` says what stays open. */
  const follow = <T>(
    call: Promise<T>,
    answered: (value: T) => void,
    failed: () => void,
    lost: () => void,
  ): void => {
    const mine = life;
    asked.add(lost);
    call
      .then(
        (value) => {
          if (mine === life) answered(value);
        },
        () => {
          if (mine === life) failed();
        },
      )
      .catch(note)
      .finally(() => asked.delete(lost));
  };

  const send = (): void => {
    const spec = specs[below(declared.length)] as QueueSpec;
    const count = 1 + below(3);
    const entries = Array.from({ length: count }, () => {
      const body = `m${model.messages.size}`;
      const group = spec.fifo || chance(0.5) ? `g${below(3)}` : undefined;
      const dedup = spec.fifo ? (chance(0.3) ? `d${below(4)}` : body) : undefined;
      return { known: model.send(spec, body, group, dedup, clock.monotonic()), body, group, dedup };
    });
    const call = driver.send(
      spec.name,
      entries.map(({ body, group, dedup }) => ({
        body,
        ...(group === undefined ? {} : { group }),
        ...(dedup === undefined ? {} : { deduplicationId: dedup }),
        ...(!spec.fifo && chance(0.1) ? { delayMs: below(3000) } : {}),
      })),
    );
    const all = (change: (known: Known) => void) => () =>
      entries.forEach(({ known }) => change(known));
    follow(
      call,
      (results) =>
        results.forEach((result, index) => {
          const known = entries[index]?.known as Known;
          if ("error" in result) model.refused(known);
          else model.sent(known, result.id, result.duplicate === true, clock.monotonic());
        }),
      all((known) => model.refused(known)),
      all((known) => {
        if (known.sent === "asked") known.sent = "maybe";
      }),
    );
  };
  const receive = (spec: QueueSpec, max: number, waitMs: number): void => {
    const askedMs = clock.monotonic();
    const unheard = (): void => {
      for (const known of model.messages.values()) if (known.queue === spec.name) known.unheard++;
    };
    follow(
      driver.receive(spec.name, { max, waitMs }),
      (messages) => {
        received += messages.length;
        model.received(spec, messages, askedMs, clock.monotonic());
        holdings.push(...messages.map((message) => ({ spec, message })));
      },
      () => {},
      unheard,
    );
  };
  const remove = ({ spec, message }: Holding): void => {
    const known = model.messages.get(message.body) as Known;
    const maybe = (): void => {
      if (known.gone === "no") known.gone = "maybe";
    };
    // From here on it may be gone for other receives and unlock its group.
    known.heldUntilMs = 0;
    known.touched++;
    follow(
      driver.delete(spec.name, [message.receipt]),
      ([result]) => {
        if (result === "ok") model.deleted(known);
      },
      () => {},
      maybe,
    );
  };
  const extend = ({ spec, message }: Holding): void => {
    const known = model.messages.get(message.body) as Known;
    const forMs = chance(0.6) ? 0 : 1000 + below(4000);
    const fromMs = clock.monotonic();
    known.heldUntilMs = Math.min(known.heldUntilMs, fromMs);
    const count = message.receiveCount;
    const touch = ++known.touched;
    follow(
      driver.extend(spec.name, [{ receipt: message.receipt, visibilityMs: forMs }]),
      ([result]) => {
        const latest = known.receives === count && known.touched === touch;
        if (result === "ok" && forMs > 0 && latest && known.gone === "no") {
          known.heldUntilMs = fromMs + forMs;
        }
      },
      () => {},
      () => {},
    );
  };
  const crash = async (): Promise<void> => {
    crashes++;
    life++;
    for (const lost of asked) lost();
    asked.clear();
    store = store.crash(faults);
    driver = await open();
  };
  const setBack = (byMs: number): void => {
    setBackMs += byMs;
    clock.jump(-byMs);
  };
  const pick = (): Holding | undefined => holdings[below(holdings.length)];

  const step = async (): Promise<void> => {
    const dice = random.next();
    const holding = pick();
    if (dice < 0.3) send();
    else if (dice < 0.55) {
      receive(specs[below(declared.length)] as QueueSpec, 1 + below(4), chance(0.3) ? 1500 : 0);
    } else if (dice < 0.72) {
      if (holding) remove(holding);
    } else if (dice < 0.8) {
      if (holding) extend(holding);
    } else if (dice < 0.94) clock.advance(chance(0.8) ? below(400) : below(4000));
    else if (dice < 0.95) clock.advance(100_000 + below(300_000));
    else if (dice < 0.97 && jumping) setBack(below(100_000));
    else if (dice > 0.975) await crash();
    await turn(1 + below(2));
  };

  /** Everything must come by itself: what the program still holds is forgotten, not deleted. */
  const drain = async (): Promise<void> => {
    calm = true;
    holdings = [];
    for (let quiet = 0; quiet < 4;) {
      const before = received;
      for (const spec of specs) receive(spec, 10, 0);
      for (let waits = 0; waits < 4; waits++) {
        clock.advance(1);
        await turn(2);
      }
      for (const holding of holdings) remove(holding);
      holdings = [];
      for (let waits = 0; waits < 4; waits++) {
        clock.advance(1);
        await turn(2);
      }
      if (received > before) quiet = 0;
      else {
        quiet++;
        clock.advance(10_000 + setBackMs);
        await turn(6);
      }
    }
    model.end(crashes);
    for (const spec of specs) {
      const stats = await until(driver.stats(spec.name));
      const left = stats.visible + stats.inFlight + stats.delayed;
      if (left !== 0) throw new Error(`${spec.name} counts ${JSON.stringify(stats)} when empty`);
    }
  };

  for (let count = 0; count < stepsMax; count++) await step();
  await drain();
  life++;
  await until(driver.close());
  await store.close();
  return { received };
}
