import { expect } from "vitest";
import { deadLettersOf, queueLimits } from "../limits.ts";
import { bodies, texts } from "./world.ts";
import type { QueueCase } from "./world.ts";

const hourMs = 3_600_000;

/** What takes minutes to days; and fairness, counted in deliveries. */
export const timeCases: readonly QueueCase[] = [
  {
    name: "forgets a deduplication id five minutes after the accepted send",
    async run({ driver, queue, send, take, pass }) {
      const name = await queue({ fifo: true, visibilityMs: hourMs });
      const entry = { body: "x", group: "g" };
      const [first] = await send(name, entry);
      await pass(queueLimits.deduplicationMs - 1000);
      expect(await driver.send(name, [entry])).toMatchObject([{ id: first, duplicate: true }]);
      await pass(2000);
      expect(await driver.send(name, [entry])).not.toMatchObject([{ id: first }]);
      expect(await take(name, 3)).toHaveLength(2);
    },
  },
  {
    name: "drops a message at the end of its retention, in flight or not",
    async run({ driver, queue, send, take, none, pass }) {
      const name = await queue({ retentionMs: 60_000, receivesMax: 100 });
      await send(name, ...texts(5));
      await take(name, 2);
      await pass(61_000);
      await none(name);
      await pass(2000);
      expect(await driver.stats(name)).toMatchObject({ visible: 0, inFlight: 0 });
    },
  },
  {
    name: "counts a dead letter's retention from its first send on a standard queue",
    async run({ driver, queue, send, take, none, pass }) {
      const name = await queue({ receivesMax: 1, retentionMs: 14 * 24 * hourMs });
      const dead = deadLettersOf(name);
      await send(name, "old");
      await pass(13 * 24 * hourMs);
      const [message] = await take(name, 1);
      await driver.extend(name, [{ receipt: message?.receipt ?? "", visibilityMs: 0 }]);
      await none(name);
      expect(await driver.stats(dead)).toMatchObject({ visible: 1 });
      await pass(25 * hourMs);
      await none(dead);
    },
  },
  {
    name: "ends a delivery 12 hours after its receive, however often it is extended",
    async run({ driver, queue, send, take, pass }) {
      const name = await queue({ visibilityMs: 11 * hourMs });
      await send(name, "long");
      const [message] = await take(name, 1);
      await pass(10 * hourMs);
      const receipt = message?.receipt ?? "";
      const over = driver.extend(name, [{ receipt, visibilityMs: 2 * hourMs + 1000 }]);
      await expect(over).rejects.toMatchObject({ code: "MOR_QUEUE_VISIBILITY" });
      expect(await driver.extend(name, [{ receipt, visibilityMs: 2 * hourMs }])).toEqual(["ok"]);
    },
  },
  {
    name: "delays for weeks",
    async run({ queue, send, take, none, pass }) {
      const name = await queue({ retentionMs: 14 * 24 * hourMs });
      await send(name, { body: "later", delayMs: 10 * 24 * hourMs });
      await pass(9 * 24 * hourMs);
      await none(name);
      await pass(24 * hourMs);
      expect(bodies(await take(name, 1))).toEqual(["later"]);
    },
  },
  {
    name: "redrives at the rate that is asked for",
    async run({ driver, queue, send, take, none, pass }) {
      const name = await queue({ receivesMax: 1 });
      const dead = deadLettersOf(name);
      await send(name, ...texts(50));
      for (const { receipt } of await take(name, 50)) {
        await driver.extend(name, [{ receipt, visibilityMs: 0 }]);
      }
      for (let rounds = 0; rounds < 5; rounds++) await none(name);
      await driver.redrive({ deadLetters: dead, ratePerSecond: 10 });
      await pass(2000);
      const [task] = await driver.redrives(dead);
      expect(task?.moved).toBeGreaterThanOrEqual(18);
      expect(task?.moved).toBeLessThanOrEqual(22);
      await pass(5000);
      expect(await driver.redrives(dead)).toMatchObject([{ state: "done", moved: 50, total: 50 }]);
    },
  },
  {
    name: "serves a quiet tenant soon while a noisy one has thousands waiting",
    async run({ driver, queue, send, finish }) {
      const name = await queue({ visibilityMs: hourMs });
      await send(name, ...texts(10_000).map((body) => ({ body, group: "noisy" })));
      let served = 0;
      const receive = async (): Promise<string[]> => {
        const messages = await driver.receive(name, { max: 10, waitMs: 0 });
        await finish(name, messages);
        served += messages.length;
        return messages.flatMap(({ group, body }) => (group === "quiet" ? [body] : []));
      };
      for (let rounds = 0; rounds < 20; rounds++) await receive();
      const before = served;
      await send(name, ...texts(10, "q").map((body) => ({ body, group: "quiet" })));
      let quiet = 0;
      while (quiet < 10) quiet += (await receive()).length;
      // Idle, the last of the ten is served after 10 deliveries; a batch may hold both tenants.
      expect(served - before).toBeLessThanOrEqual(2 * 10 + 10);
    },
  },
  {
    name: "keeps order, counts and messages when the wall clock is set back",
    async run({ queue, send, take, finish, pass, jump }) {
      const name = await queue({ fifo: true, visibilityMs: 2000 });
      await send(name, { body: "1", group: "g" });
      await jump?.(-hourMs);
      await send(name, { body: "2", group: "g" });
      expect(bodies(await take(name, 2))).toEqual(["1", "2"]);
      await pass(2500);
      await jump?.(-24 * hourMs);
      const messages = await take(name, 2);
      expect(messages.map(({ receiveCount }) => receiveCount)).toEqual([2, 2]);
      await finish(name, messages);
    },
  },
];
