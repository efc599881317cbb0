import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { MorningError } from "../../core/errors.ts";
import { handle } from "../../core/receiver.ts";
import { app, service } from "../../core/service.ts";
import { event } from "./event.ts";
import type { Publisher, Subscriber, Webhook } from "./event.ts";
import { subscriptionsOf } from "./subscriptions.ts";

type Placed = { order: string; total: number };

const placed = event("order.placed", {
  data: z.object({ order: z.string(), total: z.number() }),
});
const large = { detail: { total: [{ numeric: [">", 100] }] } };
const services = [
  service("orders", { uses: { placed: placed.publisher() } }),
  service("all", { uses: { placed: placed.subscriber() } }),
  service("large", { uses: { placed: placed.subscriber({ pattern: large }) } }),
];

function caught(work: () => unknown): MorningError {
  try {
    work();
  } catch (error) {
    if (MorningError.is(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("declarations", () => {
  const twice = placed.subscriber({ pattern: { detail: { total: [1] } } });

  test("all subscriptions of an app are found, whichever service holds them", () => {
    const found = subscriptionsOf(app("shop", { services }));
    expect(found.map(({ name, spec }) => [name, spec.queue])).toEqual([
      ["all.order.placed", "subscription.all.order.placed"],
      ["large.order.placed", "subscription.large.order.placed"],
    ]);
    expect(found[1]?.spec.pattern).toEqual({
      "detail-type": ["order.placed"],
      detail: { total: [{ numeric: [">", 100] }] },
    });
  });

  test.each([
    ["two of one name", { a: placed.subscriber(), b: twice }, "MOR_DECLARATION"],
    [
      "a pattern on detail-type",
      { a: placed.subscriber({ pattern: { "detail-type": ["x"] } }) },
      "MOR_DECLARATION",
    ],
    [
      "a pattern that is none",
      { a: placed.subscriber({ pattern: { detail: {} } }) },
      "MOR_EVENT_PATTERN_INVALID",
    ],
    ["too many attempts", { a: placed.subscriber({ attemptsMax: 187 }) }, "MOR_DECLARATION"],
    ["too short an age", { a: placed.subscriber({ ageMsMax: 1000 }) }, "MOR_DECLARATION"],
    ["a name that is none", { a: placed.subscriber({ name: "A b" }) }, "MOR_NAME"],
  ])("%s is refused", (_, uses, code) => {
    const declared = app("shop", { services: [service("s", { uses })] });
    expect(caught(() => subscriptionsOf(declared)).code).toBe(code);
  });

  test("using what is not held does not compile", () => {
    service("reader", {
      uses: {
        placed: placed.subscriber(),
        made: placed.subscriber({ name: "n", input: { paths: {}, template: "{}" } }),
      },
      handlers: (held) => {
        expectTypeOf(held.placed).toEqualTypeOf<Subscriber<Placed>>();
        expectTypeOf(held.made).toEqualTypeOf<Subscriber<unknown>>();
        // @ts-expect-error a subscriber does not publish
        void (() => held.placed.publish({ order: "1", total: 1 }));
        // @ts-expect-error not held
        void (() => held.other);
        return [];
      },
    });
    service("writer", {
      uses: {
        placed: placed.publisher(),
        crm: placed.webhook("crm", { url: "https://a.example", secretFrom: "S" }),
      },
      handlers: (held) => {
        expectTypeOf(held.placed).toEqualTypeOf<Publisher<Placed>>();
        expectTypeOf(held.crm).toEqualTypeOf<Webhook>();
        // @ts-expect-error a publisher does not receive
        void (() => handle(held.placed, {}, () => {}));
        // @ts-expect-error not the data of this event
        void (() => held.placed.publish({ order: 1 }));
        return [];
      },
    });
  });
});
