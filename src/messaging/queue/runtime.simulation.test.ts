import { expect, test } from "vitest";
import { z } from "zod";
import { seededRandom } from "../../core/ids.ts";
import type { Random } from "../../core/ids.ts";
import type { HandlerCall } from "../../core/receiver.ts";
import { transactional } from "../../core/transaction.ts";
import type { Transactional, Writes } from "../../core/transaction.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import type { InlineFaults, InlineStore } from "../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { queue } from "./queue.ts";
import { openRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

/** Seeds of one run; MORNING_SEEDS asks for more, MORNING_SEED for one. */
const seedCount = Number(process.env["MORNING_SEEDS"] ?? 100);
const onlySeed = process.env["MORNING_SEED"];

const Job = z.object({ group: z.string(), n: z.number() });
type Job = z.infer<typeof Job>;
const ordered = queue("ordered", {
  message: Job,
  fifo: true,
  contentDeduplication: false,
  receivesMax: 1000,
  visibilityMs: 10_000,
});
const groups = ["a", "b", "c"];
const perGroup = 6;

const writer: Transactional<Writes> = { [transactional]: (writes) => writes };

interface World {
  readonly random: Random;
  readonly clock: SimulatedClock;
  store: InlineStore;
  rig: Rig;
  /** Counts crashes: what an earlier process does no longer matters. */
  life: number;
  /** Faults come only while this is set, so that every run can end. */
  faulty: boolean;
  readonly acknowledged: Set<string>;
}

function faultsOf(world: { random: Random; faulty: boolean }): InlineFaults {
  const often = (chance: number): boolean => world.faulty && world.random.next() < chance;
  return {
    commit: () => (often(0.05) ? "io" : undefined),
    commitMs: () => (often(0.3) ? Math.floor(world.random.next() * 400) : 0),
    acknowledgeMs: () => (often(0.2) ? Math.floor(world.random.next() * 400) : 0),
  };
}

async function work(world: World, life: number, job: Job, call: HandlerCall): Promise<void> {
  const { random, clock } = world;
  const roll = world.faulty ? random.next() : 1;
  if (roll < 0.15) throw new Error("it failed before its effect");
  if (roll < 0.3) {
    await new Promise<void>((resolve) => clock.after(random.next() * 30_000, resolve));
  }
  await call.once(`${job.group}${job.n}`, (tx) =>
    tx(writer).add([
      { sql: "insert into effect (grp, n) values (?, ?)", params: [job.group, job.n] },
    ]),
  );
  if (life !== world.life) return;
  if (roll > 0.85 && roll < 1) throw new Error("it failed after its effect");
}

/** Sends a group's messages one after another, each until it is acknowledged. */
async function send(world: World, group: string): Promise<void> {
  for (let n = 0; n < perGroup; n++) {
    const id = `${group}${n}`;
    while (!world.acknowledged.has(id)) {
      const { life } = world;
      const options = { group, deduplicationId: id };
      const sending = world.rig.sender(ordered).send({ group, n }, options);
      const sent = sending.then(
        () => true,
        () => false,
      );
      const crashed = new Promise<false>((resolve) => {
        const look = (): void => {
          if (world.life === life) world.clock.after(100, look);
          else resolve(false);
        };
        look();
      });
      if (await Promise.race([sent, crashed])) world.acknowledged.add(id);
      else await new Promise<void>((resolve) => world.clock.after(50, resolve));
    }
  }
}

async function live(world: World): Promise<void> {
  const { life } = world;
  // An opening may meet a fault too: a supervisor would start the process again.
  const { faulty } = world;
  world.faulty = false;
  const opening = openRig([ordered], { clock: world.clock, store: world.store, seed: life + 1 });
  let opened = false;
  void opening.then(() => (opened = true));
  while (!opened) {
    await new Promise((resolve) => setImmediate(resolve));
    world.clock.advance(1);
  }
  world.rig = await opening;
  world.faulty = faulty;
  const retry = { baseMs: 200, delayMsMax: 2000 };
  const options = { concurrency: 3, prefetch: 3, retry, timeoutMs: 25_000 };
  world.rig.consume(ordered, options, (job, call) => work(world, life, job, call));
}

async function play(seed: number): Promise<{ effects: readonly Job[]; crashes: number }> {
  const random = seededRandom(seed);
  const clock = simulatedClock();
  const base = { random, faulty: true };
  const faults = faultsOf(base);
  const store = openInline({ clock, faults });
  const world: World = Object.assign(base, {
    clock,
    store,
    rig: undefined as unknown as Rig,
    life: 0,
    acknowledged: new Set<string>(),
  });
  world.faulty = false;
  const making = store.write({
    statements: [{ sql: "create table effect (grp text not null, n integer not null)" }],
  });
  clock.advance(1);
  await making;
  world.faulty = true;
  await live(world);
  const senders = groups.map((group) => send(world, group));
  const total = groups.length * perGroup;
  let effects: readonly Job[] = [];
  for (let step = 0; step < 400 && effects.length < total; step++) {
    if (step === 120) world.faulty = false;
    if (world.faulty && random.next() < 0.03) {
      world.life++;
      world.store = world.store.crash(faults);
      await live(world);
    }
    await world.rig.advance(Math.floor(random.next() * 1500));
    const rows = await world.store.read("select grp, n from effect order by rowid");
    effects = rows.map((row) => ({ group: String(row["grp"]), n: Number(row["n"]) }));
  }
  await Promise.all(senders);
  return { effects, crashes: world.life };
}

test("through crashes and faults each effect happens once, in the order of its group", async () => {
  let crashes = 0;
  for (let seed = Number(onlySeed ?? 1); seed <= Number(onlySeed ?? seedCount); seed++) {
    const played = await play(seed);
    crashes += played.crashes;
    for (const group of groups) {
      const order = played.effects.filter((one) => one.group === group).map(({ n }) => n);
      expect(order, `seed ${seed}, group ${group}`).toEqual([0, 1, 2, 3, 4, 5]);
    }
  }
  expect(crashes).toBeGreaterThan(onlySeed === undefined ? 10 : -1);
}, 120_000);
