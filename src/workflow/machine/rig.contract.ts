/** What the tests of declared graphs share: what a machine may hold, and machines of all states. */
import { z } from "zod";
import { event } from "../../messaging/event/index.ts";
import type { Event } from "../../messaging/event/index.ts";
import { queue } from "../../messaging/queue/index.ts";
import type { Queue } from "../../messaging/queue/index.ts";
import { table } from "../../state/table/index.ts";
import type { AnyTable, TableWriter } from "../../state/table/index.ts";
import type { Capability } from "../../core/resource.ts";
import { branch, stateMachine } from "./index.ts";
import type { StateMachine } from "./index.ts";

/** A mail to a customer. */
export interface Mail {
  readonly orderId: string;
  readonly total: number;
}

export const mails: Queue<Mail> = queue("mails", {
  message: z.object({ orderId: z.string(), total: z.number() }),
});
export const paid: Event<{ id: string }> = event("order.paid", {
  data: z.object({ id: z.string() }),
  version: 2,
});
interface Order {
  readonly id: string;
  readonly total: number;
}
const orders = table("orders", { row: z.object({ id: z.string(), total: z.number() }), key: "id" });
/** The right to write orders. */
export const orderWriter: Capability<TableWriter<Order, "id", Order>, AnyTable> = orders.writer();

/** What was sent, published and put, by what a machine held. */
export interface Held {
  readonly did: unknown[];
  readonly things: Readonly<Record<string, unknown>>;
}

/** Things that remember what was done with them; each refuses what has `refuse`. */
export function heldThings(): Held {
  const did: unknown[] = [];
  const keep =
    (verb: string) =>
    async (value: unknown, options?: unknown): Promise<unknown> => {
      if (JSON.stringify(value).includes("refuse")) throw new RangeError(`refused to ${verb}`);
      did.push(options === undefined ? [verb, value] : [verb, value, options]);
      return verb === "put" ? value : { id: `${verb}-${did.length}` };
    };
  return {
    did,
    things: {
      mails: { send: keep("send") },
      paid: { publish: keep("publish") },
      orders: { put: keep("put") },
    },
  };
}

/** An order with every type of state. */
export const fulfilment: StateMachine<{ id: string; lines: { price: number; n: number }[] }> =
  stateMachine("fulfilment", {
    description: "From an order to its mail",
    uses: { mails: mails.sender(), paid: paid.publisher(), orders: orderWriter },
    input: z.object({
      id: z.string(),
      lines: z.array(z.object({ price: z.number(), n: z.number() })),
    }),
    tasks: {
      price: (_held, line: { price: number; n: number }) => line.price * line.n,
      charge: (_held, input: { id: string; total: number }, call) => {
        if (call.attempt === 0) throw Object.assign(new Error("try again"), { name: "Busy" });
        return { receipt: `${input.id}-${input.total}`, attempt: call.attempt };
      },
      stock: () => "reserved",
    },
    timeoutSeconds: 86_400,
  }).states({
    Prices: {
      type: "map",
      items: "{% $states.input.lines %}",
      each: branch({
        states: { Price: { type: "task", task: "price", next: "Keep" }, Keep: { type: "pass" } },
      }),
      concurrency: 2,
      assign: { id: "{% $states.input.id %}", total: "{% $sum($states.result) %}" },
      next: "Size",
    },
    Size: {
      type: "choice",
      choices: [{ when: "{% $total > 100 %}", next: "Big", output: { size: "big" } }],
      otherwise: "Both",
    },
    Big: { type: "wait", seconds: 3600, next: "Both" },
    Both: {
      type: "parallel",
      branches: [
        branch({
          states: {
            Charge: {
              type: "task",
              task: "charge",
              arguments: { id: "{% $id %}", total: "{% $total %}" },
              retry: [{ on: ["Busy"], retriesMax: 2, intervalSeconds: 1, jitter: true }],
              timeoutSeconds: 60,
            },
          },
        }),
        branch({ states: { Stock: { type: "task", task: "stock" } } }),
      ],
      catch: [{ on: ["States.ALL"], next: "Lost" }],
      output: { receipt: "{% $states.result[0].receipt %}", stock: "{% $states.result[1] %}" },
      next: "Put",
    },
    Put: {
      type: "put",
      table: "orders",
      row: { id: "{% $id %}", total: "{% $total %}" },
      next: "Publish",
    },
    Publish: { type: "publish", event: "paid", data: { id: "{% $id %}" }, next: "Send" },
    Send: {
      type: "send",
      to: "mails",
      message: { orderId: "{% $id %}", total: "{% $total %}" },
      delaySeconds: 5,
      catch: [{ on: ["RangeError"], next: "Lost", output: "{% $states.errorOutput %}" }],
      output: { total: "{% $total %}" },
      next: "Done",
    },
    Done: { type: "succeed", output: { id: "{% $id %}", total: "{% $states.input.total %}" } },
    Lost: { type: "fail", error: "OrderLost", cause: "{% $states.input.Error %}" },
  });
