import { z } from "zod";
import { MorningError } from "../../../core/errors.ts";
import { service } from "../../../core/service.ts";
import type { AnyService } from "../../../core/service.ts";
import type { EventDriver, EventEntry, EventEnvelope } from "../driver.ts";
import { event } from "../event.ts";
import { readDelivered } from "../subscriber.ts";
import type { Subscription } from "../subscriptions.ts";

/** A bus under test, its subscriptions declared and its resources made. */
export interface BusUnderTest {
  readonly driver: EventDriver;
  /** Takes everything out of a queue: waits until `count` messages came, and a moment for more. */
  readonly drain: (queue: string, count: number) => Promise<readonly string[]>;
  /** Receives a message of the queue again and again without finishing it, `times` times. */
  readonly fail: (queue: string, times: number) => Promise<void>;
  readonly nowMs: () => number;
  readonly close: () => Promise<void>;
}

const placed = event("order.placed", { data: z.object({}) });
const paid = event("payment.succeeded", { data: z.object({}) });

/**
 * Subscriptions that every engine serves: exact, numeric and nested patterns, several of one event.
 */
export function services(transform: boolean): readonly AnyService[] {
  const input = {
    paths: { order: "$.detail.order", missing: "$.detail.missing", lines: "$.detail.lines" },
    template: '{"text":"order <order>","order":<order>,"lines":<lines>,"missing":"<missing>"}',
  };
  return [
    service("all", { uses: { placed: placed.subscriber(), paid: paid.subscriber() } }),
    service("large", {
      uses: {
        placed: placed.subscriber({
          pattern: { detail: { total: [{ numeric: [">", 100] }] } },
          attemptsMax: 2,
        }),
      },
    }),
    service("taiwan", {
      uses: {
        placed: placed.subscriber({
          pattern: { detail: { address: { country: ["TW"] }, mail: [{ suffix: "@example.com" }] } },
        }),
      },
    }),
    ...(transform
      ? [service("mail", { uses: { placed: placed.subscriber({ name: "text", input }) } })]
      : []),
  ];
}

/** What a case works with. */
export interface World extends BusUnderTest {
  readonly subscription: (name: string) => Subscription;
  /** Events that a subscription's queue got, as they were published. */
  readonly got: (name: string, count: number) => Promise<readonly EventEnvelope[]>;
  readonly publish: (
    ...details: readonly Readonly<Record<string, unknown>>[]
  ) => Promise<readonly string[]>;
}

/** The source of every event that a case publishes. */
export const sourceName = "shop.orders";

/** One event to publish. */
export function entry(detail: unknown, type = "order.placed"): EventEntry {
  return { type, source: sourceName, detail: JSON.stringify(detail) };
}

/** A case's world on an engine. */
export function worldOf(under: BusUnderTest, subscriptions: readonly Subscription[]): World {
  const subscription = (name: string): Subscription => {
    const found = subscriptions.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no subscription ${name}`);
    return found;
  };
  return {
    ...under,
    subscription,
    async got(name, count) {
      const found = subscription(name);
      const bodies = await under.drain(found.spec.queue, count);
      return bodies.map((body) => {
        const { envelope } = readDelivered(found, body);
        if (envelope === undefined) throw new Error(`${name}: no envelope in ${body}`);
        return envelope;
      });
    },
    async publish(...details) {
      const results = await under.driver.publish(details.map((detail) => entry(detail)));
      return results.map((result) => {
        if ("id" in result) return result.id;
        throw new Error(`${result.error.code}: ${result.error.message}`);
      });
    },
  };
}

/** The code of the error that `work` fails with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (MorningError.is(error)) return error.code;
    throw error;
  }
  return "nothing was thrown";
}

/** One case of the contract. */
export interface Case {
  readonly name: string;
  /** Whether it needs a subscription with a transformer. */
  readonly transform?: boolean;
  readonly run: (world: World) => Promise<void>;
}
