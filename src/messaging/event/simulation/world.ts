import { queueing } from "../../../core/capabilities/queueing.ts";
import { seededRandom } from "../../../core/ids.ts";
import { openInline } from "../../../engines/sqlite/inline.ts";
import type { InlineFaults, InlineStore } from "../../../engines/sqlite/inline.ts";
import { settle } from "../../../testing/settle.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import type { SimulatedClock } from "../../../testing/clock.ts";
import { testHost } from "../../../testing/host.ts";
import type { QueueDriver, ReceivedMessage } from "../../queue/driver.ts";
import { driver as queueSqlite } from "../../queue/drivers/sqlite.ts";
import { openQueues } from "../../queue/runtime.ts";
import type { EventDriver, EventEnvelope, SubscriptionSpec } from "../driver.ts";
import { driver as eventSqlite } from "../drivers/sqlite.ts";

/** What one simulated event says. */
interface Payload {
  readonly n: number;
  readonly amount: number;
  readonly kind: string;
}

/** Subscriptions, each with the rule in the bus's language and in plain code. */
const rules: readonly {
  readonly spec: SubscriptionSpec;
  wants(payload: Payload): boolean;
}[] = [
  { spec: subscription("all", {}), wants: () => true },
  {
    spec: subscription("large", { detail: { amount: [{ numeric: [">", 50] }] } }),
    wants: ({ amount }) => amount > 50,
  },
  {
    spec: subscription("gifts", {
      detail: { kind: [{ prefix: "gi" }, { "anything-but": ["a", "gx"] }] },
    }),
    wants: ({ kind }) => kind !== "a" && kind !== "gx",
  },
];

function subscription(name: string, pattern: Readonly<Record<string, unknown>>): SubscriptionSpec {
  return { name, queue: `sub.${name}`, pattern: { "detail-type": ["sold"], ...pattern } };
}

const kinds = ["a", "gift", "gx", "other"];
const visibilityMs = 30_000;
const policy = {
  receivesMax: 1_000,
  retentionMs: 86_400_000,
  retryBaseMs: 1_000,
  retryMsMax: 5_000,
};

/** A guarantee that did not hold. */
class Broken extends Error {}

interface Life {
  readonly queues: QueueDriver;
  readonly bus: EventDriver;
}

async function open(clock: SimulatedClock, store: InlineStore, seed: number): Promise<Life> {
  const host = testHost({ clock, store, random: seededRandom(seed) });
  const queues = (await queueSqlite.open(host, {})) as QueueDriver;
  await openQueues(host, queues, []);
  for (const { spec } of rules) await host.need(queueing).declare({ name: spec.queue, ...policy });
  const bus = (await eventSqlite.open(host, {})) as EventDriver;
  await bus.declare(rules.map(({ spec }) => spec));
  return { queues, bus };
}

/** A store with the schemas in it and nothing else, to begin every run with. */
export async function emptyStore(): Promise<Uint8Array> {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const life = await open(clock, store, 1);
  const content = store.snapshot();
  await life.bus.close();
  await life.queues.close();
  await store.close();
  return content;
}

/** What became of each event that was handed to the bus. */
type Fate = "asked" | "accepted" | "refused";

/** What the program did and saw. */
interface Ledger {
  readonly payloads: Payload[];
  readonly fates: Fate[];
  /** Deliveries by subscription and event. */
  readonly seen: Map<string, Set<number>>;
  /** Deliveries that were acknowledged durably. */
  readonly done: Map<string, Set<number>>;
}

function newLedger(): Ledger {
  const sets = (): Map<string, Set<number>> =>
    new Map(rules.map(({ spec }) => [spec.name, new Set()]));
  return { payloads: [], fates: [], seen: sets(), done: sets() };
}

function note(ledger: Ledger, name: string, message: ReceivedMessage): number {
  const { detail } = JSON.parse(message.body) as EventEnvelope & { readonly detail: Payload };
  const rule = rules.find(({ spec }) => spec.name === name);
  if (rule?.wants(detail) !== true) throw new Broken(`${name} got event ${detail.n} in error`);
  if (ledger.fates[detail.n] === "refused") throw new Broken(`event ${detail.n} is a phantom`);
  if (ledger.done.get(name)?.has(detail.n) === true) {
    throw new Broken(`${name} got event ${detail.n} again after its acknowledgement`);
  }
  ledger.seen.get(name)?.add(detail.n);
  return detail.n;
}

/** Every accepted event reached all that want it; one of unknown outcome all or none. */
function check(ledger: Ledger): void {
  ledger.payloads.forEach((payload, n) => {
    const wanting = rules.filter((rule) => rule.wants(payload)).map(({ spec }) => spec.name);
    const reached = wanting.filter((name) => ledger.seen.get(name)?.has(n) === true);
    const whole = reached.length === wanting.length;
    if (ledger.fates[n] === "accepted" && !whole) {
      throw new Broken(
        `event ${n} was accepted and reached ${reached.join()} of ${wanting.join()}`,
      );
    }
    if (reached.length > 0 && !whole)
      throw new Broken(`event ${n} reached ${reached.join()} alone`);
  });
}

const stepsMax = 14;

/**
 * Runs the program of one seed: publishes, receives and crashes, then drains the queues.
 * @throws when a guarantee of the bus does not hold
 */
export async function simulate(seed: number, content: Uint8Array): Promise<number> {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const chance = (share: number): boolean => random.next() < share;
  const clock = simulatedClock();
  const failing = chance(0.3);
  let calm = false;
  const faults: InlineFaults = {
    commit: () => (failing && !calm && chance(0.1) ? (chance(0.5) ? "full" : "io") : undefined),
  };
  const ledger = newLedger();
  let store = openInline({ clock, content, faults });
  calm = true;
  let life = await open(clock, store, seed);
  calm = false;

  const publish = async (unawaited: boolean): Promise<void> => {
    const entries = Array.from({ length: 1 + below(3) }, () => {
      const payload = {
        n: ledger.payloads.length,
        amount: below(100),
        kind: kinds[below(kinds.length)] ?? "a",
      };
      ledger.payloads.push(payload);
      ledger.fates.push("asked");
      return payload;
    });
    const decide = (fate: Fate): void => {
      for (const { n } of entries) ledger.fates[n] = fate;
    };
    const call = life.bus
      .publish(
        entries.map((payload) => ({
          type: "sold",
          source: "shop",
          detail: JSON.stringify(payload),
        })),
      )
      .then(
        (results) => decide(results.every((one) => "id" in one) ? "accepted" : "refused"),
        () => decide("refused"),
      );
    // Whoever does not wait may be cut off by a crash: then nobody knows the outcome.
    if (!unawaited) await call;
  };
  const receive = async (name: string, acknowledge: boolean): Promise<number> => {
    const queue = `sub.${name}`;
    const found = await life.queues.receive(queue, { max: 1 + below(5), waitMs: 0, visibilityMs });
    const numbers = found.map((message) => note(ledger, name, message));
    if (!acknowledge || found.length === 0) return found.length;
    const results = await life.queues.delete(
      queue,
      found.map(({ receipt }) => receipt),
    );
    results.forEach((result, index) => {
      if (result === "ok") ledger.done.get(name)?.add(numbers[index] ?? -1);
    });
    return found.length;
  };
  const crash = async (): Promise<void> => {
    store = store.crash(faults);
    calm = true;
    life = await open(clock, store, seed + ledger.payloads.length);
    calm = false;
  };
  const attempt = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => {
      // A failing disk may refuse any call; only a broken guarantee ends the run.
      if (error instanceof Broken) throw error;
    });
  for (let step = 0; step < stepsMax; step++) {
    const dice = random.next();
    const name = rules[below(rules.length)]?.spec.name ?? "all";
    if (dice < 0.45) await publish(chance(0.3));
    else if (dice < 0.8) await attempt(receive(name, chance(0.7)));
    else if (dice < 0.9) clock.advance(below(40_000));
    else await crash();
  }
  calm = true;
  // What a transaction put on a queue is moved there after its commit.
  await settle();
  let drained = 0;
  for (const { spec } of rules) {
    clock.advance(visibilityMs + 1_000);
    for (let count = 1; count > 0; drained += count) count = await receive(spec.name, true);
  }
  check(ledger);
  await life.bus.close();
  await life.queues.close();
  await store.close();
  return drained;
}
