import { expect } from "vitest";
import { bodies, texts } from "./world.ts";
import type { QueueCase } from "./world.ts";

const mebibyte = 1024 * 1024;

/** Sending, receiving, deleting, visibility. */
export const standardCases: readonly QueueCase[] = [
  {
    name: "delivers body and attributes unchanged, in any script",
    async run({ queue, send, take, finish }) {
      const name = await queue();
      const body = `{"text":"多謝 🌅 é\\u0000 \t\n"}`;
      const attributes = { morning: "x", "trace.id": "ü 🙂", n_1: "0" };
      const [id] = await send(name, { body, attributes });
      const [message] = await take(name, 1);
      expect(message).toMatchObject({ id, body, attributes, receiveCount: 1 });
      expect(message?.sentAtMs).toBeGreaterThan(0);
      expect(message?.firstReceivedAtMs).toBeGreaterThanOrEqual(message?.sentAtMs ?? Infinity);
      await finish(name, message ? [message] : []);
    },
  },
  {
    name: "answers every entry of a large send in order and delivers each once",
    async run({ queue, send, take, finish, none }) {
      const name = await queue();
      const sent = texts(57);
      const ids = await send(name, ...sent);
      expect(new Set(ids).size).toBe(57);
      const messages = await take(name, 57);
      expect(bodies(messages).toSorted()).toEqual(sent.toSorted());
      for (const { id, body } of messages) expect(ids[sent.indexOf(body)]).toBe(id);
      await finish(name, messages);
      await none(name);
    },
  },
  {
    name: "refuses the bad entries of a send and takes the good ones",
    async run({ driver, queue, take }) {
      const name = await queue();
      const results = await driver.send(name, [
        { body: "first" },
        { body: "bad \u0001" },
        { body: "x".repeat(mebibyte + 1) },
        { body: "" },
        { body: "lone \ud800" },
        { body: "a", attributes: { "": "x" } },
        { body: "a", attributes: { ok: "" } },
        { body: "a", attributes: { "AWS.x": "x" } },
        { body: "a", attributes: Object.fromEntries(texts(11).map((key) => [key, "x"])) },
        { body: "a", deduplicationId: "x" },
        { body: "a", group: "with space" },
        { body: "last" },
      ]);
      const codes = results.map((result) => ("error" in result ? result.error.code : "ok"));
      expect(codes).toEqual([
        "ok",
        "MOR_QUEUE_BODY_CHARACTERS",
        "MOR_QUEUE_MESSAGE_TOO_LARGE",
        "MOR_QUEUE_BODY_CHARACTERS",
        "MOR_QUEUE_BODY_CHARACTERS",
        "MOR_QUEUE_ATTRIBUTE",
        "MOR_QUEUE_ATTRIBUTE",
        "MOR_QUEUE_ATTRIBUTE",
        "MOR_QUEUE_ATTRIBUTE",
        "MOR_QUEUE_GROUP",
        "MOR_QUEUE_GROUP",
        "ok",
      ]);
      expect(bodies(await take(name, 3)).toSorted()).toEqual(["first", "last"]);
    },
  },
  {
    name: "takes messages of exactly 1 MiB, several in one send",
    async run({ queue, send, take, finish }) {
      const name = await queue();
      const sent = ["a", "b", "c"].map((letter) => letter.repeat(mebibyte));
      const name4 = "size";
      const value = "v".repeat(1000);
      const rest = "é".repeat((mebibyte - name4.length - "String".length - value.length) / 2);
      await send(name, ...sent, { body: rest, attributes: { [name4]: value } });
      const messages = await take(name, 4);
      expect(bodies(messages).toSorted()).toEqual([...sent, rest].toSorted());
      await finish(name, messages);
    },
  },
  {
    name: "takes ten attributes",
    async run({ queue, send, take }) {
      const name = await queue();
      const attributes = Object.fromEntries(texts(10).map((key) => [key, key]));
      await send(name, { body: "ten", attributes });
      expect((await take(name, 1))[0]?.attributes).toEqual(attributes);
    },
  },
  {
    name: "hides a received message until its visibility timeout, then counts the next receive",
    async run({ queue, send, take, none, pass }) {
      const name = await queue({ visibilityMs: 2000 });
      await send(name, "again");
      const [first] = await take(name, 1);
      await none(name);
      await pass(2500);
      const [second] = await take(name, 1);
      expect(second).toMatchObject({ id: first?.id, body: "again", receiveCount: 2 });
      expect(second?.receipt).not.toBe(first?.receipt);
      expect(second?.firstReceivedAtMs).toBe(first?.firstReceivedAtMs);
    },
  },
  {
    name: "does not deliver a deleted message again",
    async run({ queue, send, take, finish, none, pass }) {
      const name = await queue({ visibilityMs: 2000 });
      await send(name, "once");
      await finish(name, await take(name, 1));
      await pass(2500);
      await none(name);
    },
  },
  {
    name: "keeps a message when an earlier delivery's receipt deletes it",
    async run({ driver, queue, send, take, pass }) {
      const name = await queue({ visibilityMs: 2000 });
      await send(name, "kept");
      const [first] = await take(name, 1);
      await pass(2500);
      const [second] = await take(name, 1);
      await driver.delete(name, [first?.receipt ?? ""]);
      await driver.extend(name, [{ receipt: second?.receipt ?? "", visibilityMs: 0 }]);
      expect(await take(name, 1)).toMatchObject([{ body: "kept", receiveCount: 3 }]);
    },
  },
  {
    name: "deletes by the latest receipt also after its visibility timeout",
    async run({ driver, queue, send, take, none, pass }) {
      const name = await queue({ visibilityMs: 2000 });
      await send(name, "late");
      const [message] = await take(name, 1);
      await pass(2500);
      expect(await driver.delete(name, [message?.receipt ?? ""])).toEqual(["ok"]);
      await none(name);
    },
  },
  {
    name: "extends a visibility timeout from now, and releases with 0",
    async run({ driver, queue, send, take, none, pass }) {
      const name = await queue({ visibilityMs: 2000 });
      await send(name, "held");
      const [message] = await take(name, 1);
      const receipt = message?.receipt ?? "";
      expect(await driver.extend(name, [{ receipt, visibilityMs: 8000 }])).toEqual(["ok"]);
      await pass(3000);
      await none(name);
      expect(await driver.extend(name, [{ receipt, visibilityMs: 0 }])).toEqual(["ok"]);
      expect(await take(name, 1)).toMatchObject([{ body: "held", receiveCount: 2 }]);
    },
  },
  {
    name: "answers stale when a delivery that is over is extended",
    async run({ driver, queue, send, take, pass }) {
      const name = await queue({ visibilityMs: 2000 });
      await send(name, "over");
      const [message] = await take(name, 1);
      await pass(2500);
      const change = { receipt: message?.receipt ?? "", visibilityMs: 4000 };
      expect(await driver.extend(name, [change])).toEqual(["stale"]);
    },
  },
  {
    name: "refuses a visibility timeout past 12 hours",
    async run({ driver, queue, send, take }) {
      const name = await queue();
      await send(name, "long");
      const [message] = await take(name, 1);
      for (const visibilityMs of [43_201_000, -1, Number.NaN]) {
        const change = { receipt: message?.receipt ?? "", visibilityMs };
        const refused = { code: "MOR_QUEUE_VISIBILITY" };
        await expect(driver.extend(name, [change])).rejects.toMatchObject(refused);
        const receive = driver.receive(name, { max: 1, waitMs: 0, visibilityMs });
        await expect(receive).rejects.toMatchObject(refused);
      }
    },
  },
  {
    name: "takes a visibility timeout of one receive",
    async run({ driver, queue, send, none, pass, take, waitMs }) {
      const name = await queue({ visibilityMs: 2000 });
      await send(name, "own");
      const [message] = await driver.receive(name, { max: 1, waitMs, visibilityMs: 8000 });
      expect(message?.body).toBe("own");
      await pass(3000);
      await none(name);
      await pass(6000);
      expect(bodies(await take(name, 1))).toEqual(["own"]);
    },
  },
  {
    name: "refuses what is no receipt",
    async run({ driver, queue }) {
      const name = await queue();
      const refused = { code: "MOR_QUEUE_RECEIPT" };
      for (const receipt of ["nonsense", "1-2-3'--", "x".repeat(500)]) {
        await expect(driver.delete(name, [receipt])).rejects.toMatchObject(refused);
        const change = { receipt, visibilityMs: 1000 };
        await expect(driver.extend(name, [change])).rejects.toMatchObject(refused);
      }
    },
  },
  {
    name: "delays a message by its own delay and by its queue's",
    async run({ queue, send, take, none, pass }) {
      const name = await queue({ delayMs: 2000 });
      await send(name, "queue's", { body: "own", delayMs: 5000 }, { body: "now", delayMs: 0 });
      expect(bodies(await take(name, 1))).toEqual(["now"]);
      await none(name);
      await pass(2500);
      expect(bodies(await take(name, 1))).toEqual(["queue's"]);
      await none(name);
      await pass(3000);
      expect(bodies(await take(name, 1))).toEqual(["own"]);
    },
  },
  {
    name: "wakes a waiting receive when a message is sent",
    async run({ driver, queue, send }) {
      const name = await queue();
      const waiting = driver.receive(name, { max: 10, waitMs: 20_000 });
      await driver.stats(name);
      await send(name, "wake");
      expect(bodies(await waiting)).toEqual(["wake"]);
    },
  },
  {
    name: "wakes a waiting receive when a message becomes visible again",
    async run({ driver, queue, send, take, pass }) {
      const name = await queue({ visibilityMs: 2000 });
      await send(name, "back");
      await take(name, 1);
      const waiting = driver.receive(name, { max: 10, waitMs: 10_000 });
      await pass(2500);
      expect(await waiting).toMatchObject([{ body: "back", receiveCount: 2 }]);
    },
  },
  {
    name: "answers a waiting receive with nothing at its end, and at once when it is aborted",
    async run({ driver, queue, pass }) {
      const name = await queue();
      const waiting = driver.receive(name, { max: 10, waitMs: 1000 });
      await pass(1200);
      expect(await waiting).toEqual([]);
      const abort = new AbortController();
      const aborted = driver.receive(name, { max: 10, waitMs: 20_000 }, abort.signal);
      await driver.stats(name);
      abort.abort();
      expect(await aborted).toEqual([]);
      expect(await driver.receive(name, { max: 10, waitMs: 20_000 }, abort.signal)).toEqual([]);
    },
  },
  {
    name: "gives a message to one of many receivers at once",
    async run({ driver, queue, send, waitMs }) {
      const name = await queue();
      const sent = texts(300);
      await send(name, ...sent);
      const got: string[] = [];
      const receiver = async (): Promise<void> => {
        for (;;) {
          const messages = await driver.receive(name, { max: 10, waitMs });
          if (messages.length === 0) return;
          got.push(...bodies(messages));
        }
      };
      await Promise.all(texts(12).map(receiver));
      expect(got.toSorted()).toEqual(sent.toSorted());
    },
  },
  {
    name: "gives at most as many messages as were asked for",
    async run({ driver, queue, send, waitMs }) {
      const name = await queue();
      await send(name, ...texts(8));
      const messages = await driver.receive(name, { max: 3, waitMs });
      expect(messages.length).toBeGreaterThan(0);
      expect(messages.length).toBeLessThanOrEqual(3);
    },
  },
  {
    name: "counts what is visible, in flight and delayed",
    async run({ driver, queue, send, take, finish }) {
      const name = await queue();
      await send(name, ...texts(5), { body: "later", delayMs: 60_000 });
      const messages = await take(name, 2);
      expect(await driver.stats(name)).toMatchObject({ visible: 3, inFlight: 2, delayed: 1 });
      await finish(name, messages);
      expect(await driver.stats(name)).toMatchObject({ visible: 3, inFlight: 0, delayed: 1 });
    },
  },
  {
    name: "drops every message with a purge",
    async run({ driver, queue, send, take, none, pass }) {
      const name = await queue();
      await send(name, ...texts(20), { body: "later", delayMs: 1000 });
      await take(name, 3);
      await driver.purge(name);
      await pass(2500);
      await none(name);
      expect(await driver.stats(name)).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
    },
  },
  {
    name: "refuses a queue that was not declared",
    async run({ driver }) {
      const unknown = { code: "MOR_NOT_FOUND" };
      await expect(driver.send("nobody", [{ body: "x" }])).rejects.toMatchObject(unknown);
      const receive = driver.receive("nobody", { max: 1, waitMs: 0 });
      await expect(receive).rejects.toMatchObject(unknown);
      await expect(driver.stats("nobody")).rejects.toMatchObject(unknown);
    },
  },
];
