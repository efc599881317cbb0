import { randomUUID } from "node:crypto";
import { accepted, created, get, noContent, ok, post, service } from "morning-ai";
import { z } from "zod";
import { catalog } from "./catalog.ts";
import { loyalty } from "./loyalty.ts";
import { checkouts } from "./metrics.ts";
import { refundAsked } from "./messages.ts";
import { ordersService } from "./orders.ts";
import { refund } from "./refunds.ts";
import { unusable } from "./problems.ts";
import {
  AskedOrder,
  GivenId,
  NewCancellation,
  NewCustomer,
  NewProducts,
  NewRefund,
  Payer,
  Reason,
} from "./schemas.ts";
import type { OrderLine } from "./schemas.ts";
import { users } from "./users.ts";
import { answering, failing, newErrors, ordering, shopDashboard, unusual } from "./watch.ts";

const Cursor = z.object({ cursor: z.string().optional() });

/** The shop's public HTTP API. It keeps nothing: it asks the services that do. */
export const gateway = service("gateway", {
  description: "The shop's public HTTP API",
  owns: [ordering, answering, failing, newErrors, unusual, shopDashboard],
  open: true,
  runs: [refund],
  uses: {
    refundAsked: refundAsked.publisher(),
    users: users.client(),
    catalog: catalog.client({ timeoutMs: 20_000 }),
    orders: ordersService.client({ timeoutMs: 20_000 }),
    loyalty: loyalty.client(),
    checkouts: checkouts.recorder(),
  },
  routes: (held) => {
    /** The lines with their prices; every product must be known. */
    const priced = async (lines: z.infer<typeof AskedOrder>["lines"]): Promise<OrderLine[]> => {
      const skus = [...new Set(lines.map(({ sku }) => sku))];
      const { prices } = await held.catalog.post(
        "/prices",
        { body: { skus } },
        { idempotencyKey: "read" },
      );
      const known = new Map(skus.map((sku, index) => [sku, prices[index] ?? undefined]));
      return lines.map(({ sku, quantity, unitPence }) => {
        const listed = known.get(sku);
        if (listed === undefined) throw unusable(`there is no product ${sku}`);
        return { sku, quantity, unitPence: unitPence ?? listed };
      });
    };
    const checkCustomer = async (id: string | undefined): Promise<void> => {
      if (id !== undefined) await held.users.get("/customers/:id", { params: { id } });
    };
    return [
      post(
        "/customers",
        { body: NewCustomer, status: 201, summary: "Register a customer" },
        async ({ body, idempotencyKey }) => {
          const id = body.id ?? keyOf(idempotencyKey) ?? randomUUID();
          return created(
            await held.users.post("/customers", { body: { ...body, id } }, { idempotencyKey: id }),
          );
        },
      ),
      get("/customers/:id", { summary: "Read a customer with points" }, async ({ params }) => {
        const [customer, { points }] = await Promise.all([
          held.users.get("/customers/:id", { params }),
          held.loyalty.get("/customers/:id/points", { params }),
        ]);
        return { ...customer, points };
      }),
      get("/customers/:id/mails", { summary: "List the mails to a customer" }, ({ params }) =>
        held.users.get("/customers/:id/mails", { params }),
      ),
      post(
        "/products",
        { body: NewProducts, status: 204, summary: "Add or change products" },
        async ({ body }) => {
          await held.catalog.post("/products", { body }, { idempotencyKey: "upsert" });
          return noContent();
        },
      ),
      get("/products", { query: Cursor, summary: "List products" }, ({ query }) =>
        held.catalog.get("/products", { query }),
      ),
      get("/products/:sku", { summary: "Read a product and its stock" }, ({ params }) =>
        held.catalog.get("/products/:sku", { params }),
      ),
      get(
        "/products/:sku/movements",
        { summary: "List the changes of a product's stock" },
        ({ params }) => held.catalog.get("/products/:sku/movements", { params }),
      ),
      post(
        "/orders",
        {
          body: AskedOrder,
          status: 201,
          summary: "Place an order; the same id twice is one order",
        },
        async ({ body, idempotencyKey }) => {
          const id = body.id ?? keyOf(idempotencyKey) ?? randomUUID();
          held.checkouts.add(1);
          const [lines] = await Promise.all([priced(body.lines), checkCustomer(body.customerId)]);
          const order = { ...body, id, lines };
          const placed = await held.orders.post("/orders", { body: order }, { idempotencyKey: id });
          return placed.repeated ? ok(placed) : created(placed);
        },
      ),
      get("/orders/:id", { summary: "Read an order and its status" }, ({ params }) =>
        held.orders.get("/orders/:id", { params }),
      ),
      post(
        "/orders/:id/cancel",
        { body: Reason, status: 202, summary: "Cancel an order" },
        async ({ params, body }) =>
          accepted(
            await held.orders.post(
              "/orders/:id/cancel",
              { params, body },
              { idempotencyKey: params.id },
            ),
          ),
      ),
      post(
        "/orders/:id/pay",
        { body: Payer, status: 202, summary: "Pay the invoice of an order with a card" },
        async ({ params, body }) =>
          accepted(await held.orders.post("/orders/:id/pay", { params, body })),
      ),
      post(
        "/refunds",
        { body: NewRefund, status: 202, summary: "Ask for money back for a customer's trouble" },
        async ({ body }) => {
          await checkCustomer(body.customerId);
          await held.refundAsked.publish(body);
          return accepted({ id: body.id });
        },
      ),
      post(
        "/cancellations",
        { body: NewCancellation, status: 202, summary: "Take goods back and refund them" },
        async ({ body }) => {
          await priced(body.lines);
          return accepted(
            await held.orders.post("/cancellations", { body }, { idempotencyKey: body.id }),
          );
        },
      ),
      get("/cancellations/:id", { summary: "Read a cancellation and its status" }, ({ params }) =>
        held.orders.get("/cancellations/:id", { params }),
      ),
      get("/summary", { summary: "Read the totals since the shop opened" }, async () => {
        const { id: _, ...totals } = await held.orders.get("/totals", {});
        return { ...totals, netPence: totals.settledPence - totals.refundedPence };
      }),
    ];
  },
});

/** An Idempotency-Key as an id. */
function keyOf(key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  const parsed = GivenId.safeParse(key);
  if (parsed.success) return parsed.data;
  throw unusable("the Idempotency-Key is not an id: letters, digits, '.', '_' and '-', at most 48");
}
