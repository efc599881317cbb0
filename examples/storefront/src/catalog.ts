import { get, handle, handleBatch, noContent, post, service } from "morning-ai";
import type { Held, Transactions, Tx } from "morning-ai";
import { table } from "morning-ai/state/table";
import { z } from "zod";
import { orderCancelled, orderSteps, stockReservations } from "./messages.ts";
import type { StockChange } from "./messages.ts";
import { notFound, outOfStock, untilUnchanged } from "./problems.ts";
import { Id, linesMax, NewProducts, Product, Quantity, Sku } from "./schemas.ts";
import { recent, remembered } from "./memory.ts";
import { batchSize, changeStock, doneOf, idsMax, learn, Movement, movementsKept } from "./stock.ts";
import { restock } from "./restock.ts";
import { stock } from "./stock-table.ts";
import type { KnownStock, StockPlan } from "./stock.ts";

export const products = table("products", {
  description: "What the shop sells",
  row: Product,
  key: "sku",
});

/** In the order in which stock changed: the last hundreds of each product. */
export const movements = table("movements", {
  description: "Changes of stock, in order for each product",
  row: Movement,
  key: ["sku", "sequence"],
});

/** Goods that a workflow sets aside at once, all or none of them. */
const Reservation = z.strictObject({
  orderId: Id,
  lines: z
    .array(z.strictObject({ sku: Sku, quantity: Quantity }))
    .min(1)
    .max(linesMax),
});

/** What reading and changing stock takes. */
type HeldForStock = Held<{
  stock: ReturnType<typeof stock.readWriter>;
  movements: ReturnType<typeof movements.readWriter>;
}>;

/** A product's stock with its latest movements, as the tables have it. */
async function stockIn(held: HeldForStock, sku: string) {
  const [entry, { rows }] = await Promise.all([
    held.stock.getEntry(sku),
    held.movements.list({ where: { sku }, order: "desc", limit: idsMax }),
  ]);
  if (entry === undefined) return undefined;
  const row: KnownStock = { stock: entry.row, done: doneOf(rows.toReversed()) };
  return { row, version: entry.version };
}

/** Writes what a plan changes. */
function write(tx: Tx, held: HeldForStock, plan: StockPlan): void {
  for (const { row, version } of plan.rows) tx(held.stock).put(row.stock, { version });
  for (const movement of plan.movements) tx(held.movements).insert(movement);
  for (const old of plan.outdated) tx(held.movements).delete(old);
}

/** Changes stock at once, unless a line of it cannot be reserved; whether it did. */
async function changeAtOnce(
  held: HeldForStock,
  transact: Transactions["transact"],
  changes: readonly StockChange[],
): Promise<boolean> {
  return untilUnchanged(async () => {
    const skus = [...new Set(changes.map(({ sku }) => sku))];
    const found = await Promise.all(
      skus.map(async (sku) => [sku, await stockIn(held, sku)] as const),
    );
    const plan = changeStock(new Map(found), changes);
    if (plan.answers.some(({ reserved }) => !reserved)) return false;
    await transact((tx) => write(tx, held, plan));
    return true;
  });
}

/** How long a price may be out of date, milliseconds. */
const priceMs = 1000;

/** The catalogue: products, prices and stock. */
export const catalog = service("catalog", {
  description: "Products, prices and stock",
  runs: [restock],
  uses: {
    products: products.readWriter(),
    stock: stock.readWriter(),
    movements: movements.readWriter(),
    changes: stockReservations.consumer(),
    returns: stockReservations.sender(),
    steps: orderSteps.sender(),
    cancelled: orderCancelled.subscriber(),
  },
  routes: (held) => {
    const prices = recent(priceMs, async (skus: readonly string[]) =>
      (await held.products.getMany(skus)).map((product) => product?.pricePence ?? null),
    );
    return [
      post(
        "/products",
        { body: NewProducts, status: 204, summary: "Add or change products" },
        async ({ body, transact }) => {
          const known = await held.stock.getMany(body.products.map(({ sku }) => sku));
          await transact((tx) => {
            for (const [index, { onHand, ...product }] of body.products.entries()) {
              const { sku, backorder } = product;
              const before = known[index];
              tx(held.products).put(product);
              if (before === undefined) {
                tx(held.stock).insert({
                  sku,
                  backorder,
                  onHand,
                  reserved: 0,
                  sequence: 0,
                });
              } else if (before.backorder !== backorder) tx(held.stock).update(sku, { backorder });
            }
          });
          return noContent();
        },
      ),
      get(
        "/products",
        { query: z.object({ cursor: z.string().optional() }), summary: "List products" },
        async ({ query }) =>
          held.products.list(query.cursor === undefined ? {} : { cursor: query.cursor }),
      ),
      get("/products/:sku", { summary: "Read a product and its stock" }, async ({ params }) => {
        const [product, row] = await Promise.all([
          held.products.get(params.sku),
          held.stock.get(params.sku),
        ]);
        if (product === undefined) throw notFound(`there is no product ${params.sku}`);
        return { ...product, onHand: row?.onHand ?? 0, reserved: row?.reserved ?? 0 };
      }),
      get(
        "/products/:sku/movements",
        { summary: "List the changes of a product's stock" },
        async ({ params }) => {
          const { sku } = params;
          const { rows } = await held.movements.list({ where: { sku }, limit: movementsKept });
          return { movements: rows };
        },
      ),
      post(
        "/prices",
        { body: z.strictObject({ skus: z.array(Sku) }), summary: "Read the prices of products" },
        async ({ body }) => {
          return { prices: await prices.of(body.skus) };
        },
      ),
      post(
        "/reservations",
        { body: Reservation, status: 204, summary: "Reserve all goods of an order, or none" },
        async ({ body, transact }) => {
          const { orderId, lines } = body;
          const changes = lines.map(
            ({ sku, quantity }, line) =>
              ({
                kind: "reserve",
                id: `${orderId}/${line}`,
                sku,
                quantity,
                orderId,
                line,
              }) as const,
          );
          if (await changeAtOnce(held, transact, changes)) return noContent();
          throw outOfStock(`not all goods of order ${orderId} are there`);
        },
      ),
      post(
        "/releases",
        { body: Reservation, status: 204, summary: "Put reserved goods of an order back" },
        async ({ body, transact }) => {
          const { orderId, lines } = body;
          const changes = lines.map(
            ({ sku, quantity }, line) =>
              ({ kind: "return", id: `${orderId}/${line}/released`, sku, quantity }) as const,
          );
          await changeAtOnce(held, transact, changes);
          return noContent();
        },
      ),
    ];
  },
  handlers: (held) => {
    const known = remembered(
      (sku) => stockIn(held, sku),
      ({ stock: { sku } }: KnownStock) => sku,
    );
    return [
      // What of one product is in a batch is there in its order, and no other batch has any of it.
      handleBatch(held.changes, { batchSize, batchWindowMs: 2 }, async (batch, { transact }) => {
        const changes = batch.map(({ message }) => message);
        await untilUnchanged(async () => {
          const plan = changeStock(await known.read(changes.map(({ sku }) => sku)), changes);
          const writing = transact((tx) => {
            write(tx, held, plan);
            const { answers } = plan;
            if (answers.length > 0) tx(held.steps).send({ kind: "stock", answers });
          });
          await known.keep(plan.rows, writing);
          learn(plan);
        });
      }),
      handle(held.cancelled, {}, async ({ cancellationId, returned }, { once }) => {
        if (returned.length === 0) return;
        await once(`returned/${cancellationId}`, (tx) => {
          for (const [line, { sku, quantity }] of returned.entries()) {
            const id = `${cancellationId}/${line}`;
            const options = { group: sku, deduplicationId: id };
            tx(held.returns).send({ kind: "return", id, sku, quantity }, options);
          }
        });
      }),
    ];
  },
});
