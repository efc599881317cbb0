import { expect } from "vitest";
import { deadLettersOf } from "../limits.ts";
import type { SendEntry } from "../driver.ts";
import { bodies, texts } from "./world.ts";
import type { QueueCase } from "./world.ts";

function inGroup(group: string, ...list: string[]): SendEntry[] {
  return list.map((body) => ({ body, group }));
}

/** Order, group locks, deduplication. */
export const fifoCases: readonly QueueCase[] = [
  {
    name: "FIFO delivers a group in the order of its sends",
    async run({ queue, send, take, finish }) {
      const name = await queue({ fifo: true });
      const sent = texts(35);
      await send(name, ...inGroup("g", ...sent));
      const got: string[] = [];
      const sequences: string[] = [];
      while (got.length < sent.length) {
        const messages = await take(name, Math.min(10, sent.length - got.length));
        if (messages.length === 0) break;
        got.push(...bodies(messages));
        for (const { group, sequence } of messages) {
          expect(group).toBe("g");
          sequences.push(sequence ?? "");
        }
        await finish(name, messages);
      }
      expect(got).toEqual(sent);
      expect(
        sequences.every((one, index) => index === 0 || one > (sequences[index - 1] ?? "")),
      ).toBe(true);
      expect(new Set(sequences).size).toBe(sent.length);
    },
  },
  {
    name: "FIFO gives one receive several messages of a group in order",
    async run({ driver, queue, send, waitMs }) {
      const name = await queue({ fifo: true });
      await send(name, ...inGroup("g", "1", "2", "3"));
      const messages = await driver.receive(name, { max: 10, waitMs });
      expect(bodies(messages)).toEqual(["1", "2", "3"]);
    },
  },
  {
    name: "FIFO locks a group while one of its messages is in flight, and no other group",
    async run({ driver, queue, send, take, none, finish, waitMs }) {
      const name = await queue({ fifo: true });
      await send(name, ...inGroup("a", "a1", "a2"), ...inGroup("b", "b1"));
      const [first] = await driver.receive(name, { max: 1, waitMs });
      expect(first?.body).toBe("a1");
      const second = await driver.receive(name, { max: 10, waitMs });
      expect(bodies(second)).toEqual(["b1"]);
      await none(name);
      await finish(name, first ? [first] : []);
      expect(bodies(await take(name, 1))).toEqual(["a2"]);
    },
  },
  {
    name: "FIFO delivers a released message before the later ones of its group",
    async run({ driver, queue, send, take, waitMs }) {
      const name = await queue({ fifo: true });
      await send(name, ...inGroup("g", "1", "2"));
      const [first] = await driver.receive(name, { max: 1, waitMs });
      await driver.extend(name, [{ receipt: first?.receipt ?? "", visibilityMs: 0 }]);
      expect(await take(name, 2)).toMatchObject([
        { body: "1", receiveCount: 2 },
        { body: "2", receiveCount: 1 },
      ]);
    },
  },
  {
    name: "FIFO delivers a group again in order after its visibility timeout",
    async run({ queue, send, take, pass }) {
      const name = await queue({ fifo: true, visibilityMs: 2000 });
      await send(name, ...inGroup("g", "1", "2", "3"));
      await take(name, 2);
      await pass(2500);
      expect(bodies(await take(name, 3))).toEqual(["1", "2", "3"]);
    },
  },
  {
    name: "FIFO answers a duplicate with the first message, also after that was deleted",
    async run({ driver, queue, send, take, finish, none }) {
      const name = await queue({ fifo: true });
      const entry = { body: "pay", group: "g", deduplicationId: "order-1" };
      const [id] = await send(name, entry);
      expect(await send(name, { ...entry, body: "other" })).toEqual([id]);
      await finish(name, await take(name, 1));
      const results = await driver.send(name, [entry, { ...entry, deduplicationId: "order-2" }]);
      expect(results[0]).toMatchObject({ id });
      expect(bodies(await take(name, 2))).toEqual(["pay"]);
      await none(name);
    },
  },
  {
    name: "FIFO deduplicates by the body where no id is given, within one send too",
    async run({ queue, send, take }) {
      const name = await queue({ fifo: true });
      const ids = await send(name, ...inGroup("g", "same", "same", "other"));
      expect(ids[0]).toBe(ids[1]);
      expect(await send(name, ...inGroup("h", "same"))).toEqual([ids[0]]);
      expect(bodies(await take(name, 4))).toEqual(["same", "other"]);
    },
  },
  {
    name: "FIFO deduplicates within a group where its scope is the group",
    async run({ queue, send, take }) {
      const name = await queue({ fifo: true, deduplicationScope: "group" });
      await send(name, ...inGroup("g", "same", "same"), ...inGroup("h", "same"));
      const groups = (await take(name, 3)).map(({ group }) => group);
      expect(groups.map(String).toSorted()).toEqual(["g", "h"]);
    },
  },
  {
    name: "FIFO refuses entries without group, without id, with a delay or priority",
    async run({ driver, queue }) {
      const name = await queue({ fifo: true, contentDeduplication: false });
      const results = await driver.send(name, [
        { body: "a" },
        { body: "a", group: "g" },
        { body: "a", group: "x".repeat(129), deduplicationId: "1" },
        { body: "a", group: "g", deduplicationId: "1", delayMs: 1000 },
        { body: "a", group: "g", deduplicationId: "2" },
      ]);
      const codes = results.map((result) => ("error" in result ? result.error.code : "ok"));
      const group = "MOR_QUEUE_GROUP";
      expect(codes).toEqual([group, group, group, "MOR_INVALID", "ok"]);
    },
  },
  {
    name: "FIFO sets a dead letter aside and goes on with its group",
    async run({ driver, queue, send, take, waitMs }) {
      const name = await queue({ fifo: true, receivesMax: 1 });
      await send(name, ...inGroup("g", "poison", "next"));
      const [poison] = await driver.receive(name, { max: 1, waitMs });
      expect(poison?.body).toBe("poison");
      await driver.extend(name, [{ receipt: poison?.receipt ?? "", visibilityMs: 0 }]);
      expect(bodies(await take(name, 1))).toEqual(["next"]);
      expect(await take(deadLettersOf(name), 1)).toMatchObject([{ body: "poison", group: "g" }]);
    },
  },
  {
    name: "FIFO delays every message by the queue's delay, in order",
    async run({ queue, send, take, none, pass }) {
      const name = await queue({ fifo: true, delayMs: 2000 });
      await send(name, ...inGroup("g", "1", "2"));
      await none(name);
      await pass(2500);
      expect(bodies(await take(name, 2))).toEqual(["1", "2"]);
    },
  },
  {
    name: "FIFO keeps the order of every group with many receivers at once",
    async run({ driver, queue, send, waitMs }) {
      const name = await queue({ fifo: true });
      const groups = texts(6, "g");
      const sent = texts(15);
      for (const group of groups) {
        await send(
          name,
          ...sent.map((body) => ({ body, group, deduplicationId: `${group}-${body}` })),
        );
      }
      const got = new Map(groups.map((group) => [group, [] as string[]]));
      const receiver = async (): Promise<void> => {
        for (;;) {
          const messages = await driver.receive(name, { max: 4, waitMs });
          if (messages.length === 0) return;
          for (const { group = "", body } of messages) got.get(group)?.push(body);
          await driver.delete(
            name,
            messages.map(({ receipt }) => receipt),
          );
        }
      };
      await Promise.all(texts(5).map(receiver));
      await receiver();
      for (const list of got.values()) expect(list).toEqual(sent);
    },
  },
];
