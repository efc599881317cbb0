import { expect } from "vitest";
import type { Statement } from "../../../core/store.ts";
import type { QueueDriver, QueueSpec, ReceivedMessage, SendEntry } from "../driver.ts";
import { queueSpec } from "../limits.ts";
import type { QueueSpecOptions } from "../limits.ts";

/** An engine under the contract. */
export interface QueueUnderTest {
  readonly driver: QueueDriver;
  /** Makes a queue with its dead-letter queue on the engine, and declares it. */
  readonly make: (spec: QueueSpec) => Promise<void>;
  /** Lets time pass: a simulated clock moves, a real engine is waited for. */
  readonly pass: (ms: number) => Promise<void>;
  /** Sets the wall clock (simulated engines). */
  readonly jump?: (byMs: number) => Promise<void>;
  /** Commits statements to the state store that the driver shares (`transactional`). */
  readonly write?: (statements: readonly Statement[], wake: readonly string[]) => Promise<void>;
  /** How long a receive waits for what must come: an engine of many machines needs a moment. */
  readonly waitMs: number;
}

/** One case of the contract. */
export interface QueueCase {
  readonly name: string;
  readonly run: (world: QueueWorld) => Promise<void>;
}

/** What a case works with. */
export interface QueueWorld extends QueueUnderTest {
  /** Makes a queue of its own for this case. */
  readonly queue: (options?: QueueSpecOptions) => Promise<string>;
  /** Sends bodies; every one must be taken. */
  readonly send: (queue: string, ...entries: readonly (string | SendEntry)[]) => Promise<string[]>;
  /** Receives until `count` have come, or nothing more comes. */
  readonly take: (queue: string, count: number) => Promise<ReceivedMessage[]>;
  /** Asserts that nothing can be received now. */
  readonly none: (queue: string) => Promise<void>;
  readonly finish: (queue: string, messages: readonly ReceivedMessage[]) => Promise<void>;
}

/** A case's world on an engine. */
export function worldOf(under: QueueUnderTest, serial: number): QueueWorld {
  let made = 0;
  const { driver } = under;
  return {
    ...under,
    async queue(options = {}) {
      const name = `case-${serial}-${made++}`;
      await under.make(queueSpec(name, { visibilityMs: 60_000, receivesMax: 3, ...options }));
      return name;
    },
    async send(queue, ...entries) {
      const results = await driver.send(
        queue,
        entries.map((entry) => (typeof entry === "string" ? { body: entry } : entry)),
      );
      return results.map((result) => {
        if ("error" in result) throw new Error(`${result.error.code}: ${result.error.message}`);
        return result.id;
      });
    },
    async take(queue, count) {
      const taken: ReceivedMessage[] = [];
      for (let misses = 0; taken.length < count && misses < 2;) {
        const max = Math.min(10, count - taken.length);
        const more = await driver.receive(queue, { max, waitMs: under.waitMs });
        if (more.length === 0) misses++;
        taken.push(...more);
      }
      return taken;
    },
    async none(queue) {
      const found = await driver.receive(queue, { max: 10, waitMs: 0 });
      expect(found.map(({ body }) => body)).toEqual([]);
    },
    async finish(queue, messages) {
      const receipts = messages.map(({ receipt }) => receipt);
      const results = await driver.delete(queue, receipts);
      expect(results).toEqual(messages.map(() => "ok"));
    },
  };
}

/** Bodies of messages. */
export function bodies(messages: readonly ReceivedMessage[]): string[] {
  return messages.map(({ body }) => body);
}

/** Numbered texts. */
export function texts(count: number, prefix = "m"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
