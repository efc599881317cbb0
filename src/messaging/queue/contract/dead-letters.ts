import { expect } from "vitest";
import { deadLettersOf } from "../limits.ts";
import { bodies, texts } from "./world.ts";
import type { QueueCase, QueueWorld } from "./world.ts";

/** Receives and releases until the messages are dead letters. */
async function kill(world: QueueWorld, name: string, count: number): Promise<void> {
  const { driver, take, none } = world;
  for (let receive = 0; receive < 2; receive++) {
    const messages = await take(name, count);
    expect(messages.length).toBe(count);
    const changes = messages.map(({ receipt }) => ({ receipt, visibilityMs: 0, error: "boom" }));
    await driver.extend(name, changes);
  }
  await none(name);
}

/** Dead letters and redrives. */
export const deadLetterCases: readonly QueueCase[] = [
  {
    name: "moves a message to the dead letters on the receive after the last that is allowed",
    async run(world) {
      const { queue, send, take, none } = world;
      const name = await queue({ receivesMax: 2 });
      const dead = deadLettersOf(name);
      const attributes = { why: "not" };
      await send(name, { body: "poison", attributes });
      await kill(world, name, 1);
      await none(name);
      const [letter] = await take(dead, 1);
      expect(letter).toMatchObject({ body: "poison", attributes });
    },
  },
  {
    name: "keeps the other messages when one is dead",
    async run(world) {
      const { driver, queue, send, take } = world;
      const name = await queue({ receivesMax: 1 });
      await send(name, "poison");
      const [poison] = await take(name, 1);
      await driver.extend(name, [{ receipt: poison?.receipt ?? "", visibilityMs: 0 }]);
      await send(name, ...texts(4));
      expect(bodies(await take(name, 5)).toSorted()).toEqual(texts(4));
      expect(bodies(await take(deadLettersOf(name), 2))).toEqual(["poison"]);
    },
  },
  {
    name: "redrives dead letters to where they came from",
    async run(world) {
      const { driver, queue, send, take, pass } = world;
      const name = await queue({ receivesMax: 2 });
      const dead = deadLettersOf(name);
      await send(name, ...texts(6));
      await kill(world, name, 6);
      const task = await driver.redrive({ deadLetters: dead });
      expect(task).toMatchObject({ deadLetters: dead });
      for (let waits = 0; waits < 10; waits++) {
        const [latest] = await driver.redrives(dead);
        if (latest?.state === "done") break;
        await pass(500);
      }
      expect(await driver.redrives(dead)).toMatchObject([{ state: "done", moved: 6 }]);
      const messages = await take(name, 6);
      expect(bodies(messages).toSorted()).toEqual(texts(6));
      for (const { receiveCount } of messages) expect(receiveCount).toBe(1);
      expect(await driver.stats(dead)).toMatchObject({ visible: 0 });
    },
  },
  {
    name: "redrives dead letters to another queue",
    async run(world) {
      const { driver, queue, send, take, pass } = world;
      const name = await queue({ receivesMax: 2 });
      const other = await queue();
      await send(name, ...texts(3));
      await kill(world, name, 3);
      await driver.redrive({ deadLetters: deadLettersOf(name), to: other });
      await pass(1000);
      expect(bodies(await take(other, 3)).toSorted()).toEqual(texts(3));
    },
  },
  {
    name: "cancels a redrive that runs slowly, and knows no other",
    async run(world) {
      const { driver, queue, send } = world;
      const name = await queue({ receivesMax: 2 });
      const dead = deadLettersOf(name);
      await send(name, ...texts(9));
      await kill(world, name, 9);
      const task = await driver.redrive({ deadLetters: dead, ratePerSecond: 1 });
      await driver.cancelRedrive(task.id);
      const [latest] = await driver.redrives(dead);
      expect(latest?.state).toBe("cancelled");
      expect(latest?.moved).toBeLessThan(9);
      const unknown = { code: "MOR_NOT_FOUND" };
      await expect(driver.cancelRedrive("no such task")).rejects.toMatchObject(unknown);
    },
  },
];
