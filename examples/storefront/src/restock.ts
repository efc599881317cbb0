import { table } from "morning-ai/state/table";
import { branch, stateMachine } from "morning-ai/workflow/machine";
import { z } from "zod";
import { Sku } from "./schemas.ts";
import { stock } from "./stock-table.ts";
import { quote } from "./supplier.ts";
import type { Short } from "./supplier.ts";

/** Products that one run looks through, and those that it orders. */
const lookedAtMax = 5000;
const orderedMax = 100;
const pageMax = 500;

export const SupplierOrder = z.strictObject({
  /** The run and the product: ordered once, however often it is tried. */
  id: z.string(),
  sku: Sku,
  quantity: z.int().min(1),
  pence: z.int().min(0),
});

export const supplierOrders = table("supplier-orders", {
  description: "What the shop has ordered from its suppliers",
  row: SupplierOrder,
  key: "id",
});

/**
 * Orders from the suppliers what was sold past the stock. A graph of states: it runs on the journal
 * here, and on Step Functions where the configuration says so.
 */
export const restock = stateMachine("restock", {
  description: "Orders from suppliers what was sold past the stock",
  uses: { stock: stock.reader(), orders: supplierOrders.writer() },
  schedule: { cron: "17 6 * * *", timezone: "Europe/London", missed: "once" },
  tasks: {
    /** Products on back order that customers wait for. */
    short: async ({ stock: held }): Promise<Short[]> => {
      const found: Short[] = [];
      let looked = 0;
      for (let cursor: string | undefined; looked < lookedAtMax;) {
        const more = cursor === undefined ? {} : { cursor };
        const page = await held.list({ limit: pageMax, ...more });
        looked += page.rows.length;
        for (const { sku, onHand } of page.rows)
          if (onHand < 0) found.push({ sku, quantity: -onHand });
        cursor = page.cursor;
        if (cursor === undefined || found.length >= orderedMax) break;
      }
      return found.slice(0, orderedMax);
    },
    quote: (_held, line: Short, call) => quote(line, call.attempt),
  },
}).states({
  Short: { type: "task", task: "short", next: "Any" },
  Any: {
    type: "choice",
    choices: [{ when: "{% $count($states.input) = 0 %}", next: "Enough" }],
    otherwise: "Order",
  },
  Enough: { type: "succeed", output: { ordered: 0, refused: [] } },
  Order: {
    type: "map",
    items: "{% $states.input %}",
    concurrency: 5,
    each: branch({
      states: {
        Quote: {
          type: "task",
          task: "quote",
          assign: { sku: "{% $states.input.sku %}", quantity: "{% $states.input.quantity %}" },
          retry: [{ on: ["SupplierBusy"], retriesMax: 5, intervalSeconds: 1, jitter: true }],
          catch: [{ on: ["Discontinued"], next: "Refused" }],
          next: "Keep",
        },
        Keep: {
          type: "put",
          table: "orders",
          row: {
            id: "{% $states.context.Execution.Name & '/' & $sku %}",
            sku: "{% $sku %}",
            quantity: "{% $quantity %}",
            pence: "{% $states.input.pence %}",
          },
          output: { sku: "{% $sku %}", isOrdered: true },
        },
        Refused: {
          type: "pass",
          output: "{% {'sku': $states.context.Map.Item.Value.sku, 'isOrdered': false} %}",
        },
      },
    }),
    next: "Sum",
  },
  Sum: {
    type: "succeed",
    output: {
      ordered: "{% $count($states.input[isOrdered]) %}",
      refused: "{% [$states.input[$not(isOrdered)].sku] %}",
    },
  },
});
