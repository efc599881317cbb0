import { expect } from "vitest";
import type { SendEntry } from "../driver.ts";
import { deadLettersOf } from "../limits.ts";
import { bodies, texts } from "./world.ts";
import type { QueueCase, QueueWorld } from "./world.ts";

const unsupported = { code: "MOR_UNSUPPORTED" };

/** A message that has become a dead letter, with its id. */
async function deadLetter(world: QueueWorld, name: string, body: string): Promise<void> {
  const { driver, send, take, none } = world;
  await send(name, body);
  const [message] = await take(name, 1);
  const receipt = message?.receipt ?? "";
  await driver.extend(name, [{ receipt, visibilityMs: 0, error: "it broke" }]);
  await none(name);
}

/** What only some drivers can do: the feature, or its refusal. */
export const featureCases: readonly QueueCase[] = [
  {
    name: "delivers by priority, or refuses it",
    async run({ driver, queue, send, take }) {
      const name = await queue();
      const low = { body: "low", priority: -5 };
      if (!driver.features.priority) {
        expect(await driver.send(name, [low])).toMatchObject([{ error: unsupported }]);
        return;
      }
      await send(name, low, "normal", { body: "high", priority: 100 });
      expect(bodies(await take(name, 3))).toEqual(["high", "normal", "low"]);
      const [result] = await driver.send(name, [{ body: "x", priority: 101 }]);
      expect(result).toMatchObject({ error: { code: "MOR_INVALID" } });
    },
  },
  {
    name: "delays as long as it says it can, and refuses more",
    async run({ driver, queue, send, none }) {
      const name = await queue();
      const { delayMsMax } = driver.features;
      const longest = Number.isFinite(delayMsMax) ? delayMsMax : 400 * 86_400_000;
      await send(name, { body: "later", delayMs: longest });
      await none(name);
      if (!Number.isFinite(delayMsMax)) return;
      const over = { body: "never", delayMs: delayMsMax + 1000 };
      expect(await driver.send(name, [over])).toMatchObject([{ error: unsupported }]);
    },
  },
  {
    name: "takes back messages that nobody received, or refuses to",
    async run({ driver, queue, send, take, none }) {
      const name = await queue();
      if (!driver.features.cancel) {
        await expect(driver.cancel(name, ["x"])).rejects.toMatchObject(unsupported);
        return;
      }
      const first = await send(name, "received");
      await take(name, 1);
      const later = await send(name, "waits", { body: "delayed", delayMs: 60_000 });
      const foreign = ["nonsense", "01890000-0000-7000-8000-000000000001"];
      const cancelled = await driver.cancel(name, [...first, ...later, ...foreign]);
      expect(cancelled.toSorted()).toEqual(later.toSorted());
      await none(name);
      expect(await driver.stats(name)).toMatchObject({ visible: 0, inFlight: 1, delayed: 0 });
    },
  },
  {
    name: "looks at messages without receiving them, or refuses to",
    async run({ driver, queue, send, take }) {
      const name = await queue();
      if (!driver.features.peek) {
        await expect(driver.peek(name, { limit: 10 })).rejects.toMatchObject(unsupported);
        return;
      }
      const sent = texts(25);
      const ids = await send(name, ...sent);
      const attributes = { who: "needle in attributes" };
      await send(name, { body: "later", delayMs: 60_000, attributes });
      const [held] = await take(name, 1);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await driver.peek(name, { limit: 4, ...(cursor ? { cursor } : {}) });
        seen.push(...page.messages.map(({ body }) => body));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen.toSorted()).toEqual([...sent, "later"].toSorted());
      const found = await driver.peek(name, { limit: 10, contains: "needle" });
      expect(found.messages).toMatchObject([{ body: "later", state: "delayed", attributes }]);
      const byId = await driver.peek(name, { limit: 1, id: ids[7] ?? "" });
      expect(byId.messages).toMatchObject([{ body: "m7", id: ids[7], receiveCount: 0 }]);
      const inFlight = await driver.peek(name, { limit: 10, state: "inFlight" });
      expect(inFlight.messages).toMatchObject([{ id: held?.id, receiveCount: 1 }]);
      const bad = driver.peek(name, { limit: 1, cursor: "nonsense" });
      await expect(bad).rejects.toMatchObject({ code: "MOR_INVALID" });
    },
  },
  {
    name: "tells what waits by tenant, or refuses to",
    async run({ driver, queue, send, take, pass }) {
      const name = await queue();
      if (!driver.features.tenants) {
        await expect(driver.tenants(name, 10)).rejects.toMatchObject(unsupported);
        return;
      }
      const from = (group: string, count: number): SendEntry[] =>
        texts(count).map((body) => ({ body, group }));
      await send(name, ...from("loud", 5), ...from("quiet", 1), "of nobody");
      const [held] = await take(name, 1);
      await pass(2000);
      await send(name, { body: "later", group: "quiet", delayMs: 60_000 });
      const found = await driver.tenants(name, 10);
      expect(found.truncated).toBe(false);
      expect(found.tenants.map(({ group }) => group)).toEqual(["loud", "quiet"]);
      const counts = found.tenants.map(({ visible, inFlight, delayed }) => [
        visible,
        inFlight,
        delayed,
      ]);
      const heldBy = held?.group;
      expect(counts).toEqual([
        heldBy === "loud" ? [4, 1, 0] : [5, 0, 0],
        heldBy === "quiet" ? [0, 1, 1] : [1, 0, 1],
      ]);
      expect(found.tenants[0]?.oldestMs).toBeGreaterThanOrEqual(2000);
      const first = await driver.tenants(name, 1);
      expect(first).toMatchObject({ tenants: [{ group: "loud" }], truncated: true });
      const bad = driver.tenants(name, 0);
      await expect(bad).rejects.toMatchObject({ code: "MOR_INVALID" });
    },
  },
  {
    name: "takes back a dead letter by its id, or refuses to",
    async run(world) {
      const { driver, queue } = world;
      const name = await queue({ receivesMax: 1 });
      const dead = deadLettersOf(name);
      if (!driver.features.cancel) {
        await expect(driver.cancel(dead, ["x"])).rejects.toMatchObject(unsupported);
        return;
      }
      for (const body of ["one", "two"]) await deadLetter(world, name, body);
      const { messages } = await driver.peek(dead, { limit: 10 });
      const id = messages[0]?.id ?? "";
      expect(await driver.cancel(dead, [id])).toEqual([id]);
      expect((await driver.peek(dead, { limit: 10 })).messages).toMatchObject([{ body: "two" }]);
      expect(await driver.stats(dead)).toMatchObject({ visible: 1 });
    },
  },
  {
    name: "redrives chosen and edited dead letters, or refuses to",
    async run(world) {
      const { driver, queue, take, pass } = world;
      const name = await queue({ receivesMax: 1 });
      const dead = deadLettersOf(name);
      if (!driver.features.redriveSome) {
        for (const chosen of [{ ids: ["x"] }, { body: "new" }]) {
          const redrive = driver.redrive({ deadLetters: dead, ...chosen });
          await expect(redrive).rejects.toMatchObject(unsupported);
        }
        return;
      }
      for (const body of ["one", "two", "three"]) await deadLetter(world, name, body);
      const { messages } = await driver.peek(dead, { limit: 10 });
      expect(messages.map(({ body }) => body)).toEqual(["one", "two", "three"]);
      expect(messages[0]).toMatchObject({ source: name, lastError: "it broke" });
      const ids = [messages[1]?.id ?? ""];
      await driver.redrive({ deadLetters: dead, ids, body: "mended" });
      await pass(1000);
      expect(await take(name, 3)).toMatchObject([{ body: "mended", receiveCount: 1 }]);
      expect(await driver.stats(dead)).toMatchObject({ visible: 2 });
    },
  },
  {
    name: "removes a queue of the platform's own, or refuses to",
    async run({ driver, queue, send }) {
      const name = await queue();
      if (!driver.features.transactional) {
        await expect(driver.remove(name)).rejects.toMatchObject(unsupported);
        return;
      }
      await send(name, ...texts(3));
      await driver.remove(name);
      const gone = { code: "MOR_NOT_FOUND" };
      await expect(driver.stats(name)).rejects.toMatchObject(gone);
    },
  },
  {
    name: "sends within a transaction of the state store, or refuses to",
    async run({ driver, queue, take, pass, write }) {
      const name = await queue({ fifo: true });
      const entries = texts(3).map((body) => ({ body, group: "g" }));
      if (!driver.features.transactional) {
        await expect(driver.statements(name, entries)).rejects.toMatchObject(unsupported);
        return;
      }
      const first = await driver.statements(name, entries);
      await write?.(first.statements, first.wake);
      await driver.send(name, [{ body: "after", group: "g" }]);
      await pass(10);
      expect(bodies(await take(name, 4))).toEqual([...texts(3), "after"]);
      const bad = driver.statements(name, [{ body: "no group" }]);
      await expect(bad).rejects.toMatchObject({ code: "MOR_QUEUE_GROUP" });
    },
  },
];
