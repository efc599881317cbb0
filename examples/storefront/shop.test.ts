import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openShop } from "./fixtures.ts";
import type { OpenShop } from "./fixtures.ts";
import { untilStill } from "./replay/settled.ts";
import type { Answer } from "./replay/shop.ts";

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const untilDone = (look: () => Promise<void>): Promise<void> =>
  vi.waitFor(look, { timeout: 15_000, interval: 20 });
const rest = (): Promise<unknown> => untilStill(shop);
const bodyOf = async (answer: Promise<Answer>): Promise<Record<string, unknown>> =>
  (await answer).body as Record<string, unknown>;
const order = (id: string): Promise<Record<string, unknown>> => bodyOf(shop.get(`/orders/${id}`));
const untilOrder = (id: string, status: string): Promise<void> =>
  untilDone(async () => expect(await order(id)).toMatchObject({ status }));

async function customer(id: string): Promise<void> {
  const answer = await shop.post("/customers", {
    id,
    email: `${id}@example.com`,
    country: "France",
  });
  expect(answer.status).toBeLessThan(300);
}

async function product(sku: string, onHand = 100, backorder = false): Promise<void> {
  const products = [{ sku, description: "A lamp", pricePence: 250, onHand, backorder }];
  expect((await shop.post("/products", { products })).status).toBe(204);
}

describe("registration", () => {
  it("writes the welcome mail into the mailbox once, also when its job comes again", async () => {
    await customer("anna");
    await customer("anna");
    await rest();
    const again = { message: { customerId: "anna", to: "anna@example.com" } };
    await shop.platform("/queues/welcome-email/messages", again);
    await rest();
    const { mails } = await bodyOf(shop.get("/customers/anna/mails"));
    expect(mails).toMatchObject([{ id: "welcome/anna", to: "anna@example.com" }]);
  });

  it("refuses another address for a customer who is registered", async () => {
    await customer("bert");
    const other = { id: "bert", email: "else@example.com", country: "France" };
    expect(await shop.post("/customers", other)).toMatchObject({
      status: 409,
      body: { code: "MOR_CONFLICT" },
    });
  });
});

describe("an order", () => {
  it("settles once: paid, reserved, with receipt and points", async () => {
    await customer("carl");
    await product("LAMP");
    const before = await shop.summary();
    const asked = { id: "first", customerId: "carl", lines: [{ sku: "LAMP", quantity: 4 }] };
    expect((await shop.post("/orders", asked)).status).toBe(201);
    await untilOrder("first", "settled");
    await rest();
    const after = await shop.summary();
    expect(after.settled - before.settled).toBe(1);
    expect(after.settledPence - before.settledPence).toBe(1000);
    expect(await bodyOf(shop.get("/products/LAMP"))).toMatchObject({ onHand: 96, reserved: 4 });
    expect(await bodyOf(shop.get("/customers/carl"))).toMatchObject({ points: 20 });
    const { mails } = await bodyOf(shop.get("/customers/carl/mails"));
    expect(mails).toMatchObject([{ id: "welcome/carl" }, { id: "receipt/first" }]);
  });

  it("fans its payment out to orders, notifications and loyalty", async () => {
    const { body } = await shop.platform("/queues");
    const { queues } = body as { queues: { name: string }[] };
    const paid = queues
      .map(({ name }) => name)
      .filter((name) => name.endsWith("payment.succeeded"));
    expect(paid.map((name) => name.split(".").at(1))).toEqual(
      expect.arrayContaining(["orders", "users", "loyalty"]),
    );
  });

  it("is one order, however often it is sent", async () => {
    await product("CUP");
    const asked = { id: "same", lines: [{ sku: "CUP", quantity: 1 }] };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => shop.post("/orders", asked)));
    const statuses = answers.map(({ status }) => String(status)).toSorted();
    expect(statuses).toEqual(["200", "200", "200", "200", "201"]);
    await untilOrder("same", "settled");
    await rest();
    expect(await bodyOf(shop.get("/products/CUP"))).toMatchObject({ onHand: 99 });
  });

  it("with the id of another order is refused", async () => {
    const other = { id: "same", lines: [{ sku: "CUP", quantity: 2 }] };
    expect(await shop.post("/orders", other)).toMatchObject({ status: 409 });
  });

  it("takes the Idempotency-Key as its id", async () => {
    const send = (): Promise<Response> =>
      fetch(`${shop.url}/svc/gateway/orders`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": "key-17" },
        body: JSON.stringify({ lines: [{ sku: "CUP", quantity: 1 }] }),
      });
    const ids = [await (await send()).json(), await (await send()).json()] as { id: string }[];
    expect(ids.map(({ id }) => id)).toEqual(["key-17", "key-17"]);
  });

  it("is not changed by what comes again: reservations, steps, payments", async () => {
    await customer("dora");
    await product("VASE");
    const lines = [{ sku: "VASE", quantity: 2 }];
    await shop.post("/orders", { id: "twice", customerId: "dora", lines });
    await untilOrder("twice", "settled");
    await rest();
    const before = await shop.summary();
    const reserve = {
      kind: "reserve",
      id: "twice/0",
      sku: "VASE",
      quantity: 2,
      orderId: "twice",
      line: 0,
    };
    await shop.platform("/queues/stock-reservations/messages", {
      message: reserve,
      options: { group: "VASE", deduplicationId: "another" },
    });
    const step = { kind: "payment", orderId: "twice", taken: true };
    await shop.platform("/queues/order-steps/messages", { message: step });
    const receipt = { orderId: "twice", customerId: "dora", pence: 500 };
    await shop.platform("/queues/receipt-email/messages", { message: receipt });
    await shop.platform("/events", { type: "payment.succeeded", data: receipt });
    await rest();
    expect(await shop.summary()).toEqual(before);
    expect(await bodyOf(shop.get("/products/VASE"))).toMatchObject({ onHand: 98 });
    expect(await bodyOf(shop.get("/customers/dora"))).toMatchObject({ points: 15 });
    const { mails } = await bodyOf(shop.get("/customers/dora/mails"));
    expect(mails).toHaveLength(2);
  });

  it("for more than there is ends cancelled: other lines and money go back", async () => {
    await product("RARE", 1);
    await product("MUCH", 10);
    const lines = [
      { sku: "RARE", quantity: 2 },
      { sku: "MUCH", quantity: 3 },
    ];
    await shop.post("/orders", { id: "greedy", lines });
    await untilOrder("greedy", "cancelled");
    await rest();
    expect(await order("greedy")).toMatchObject({ cancelReason: "out of stock" });
    expect(await bodyOf(shop.get("/products/RARE"))).toMatchObject({ onHand: 1 });
    expect(await bodyOf(shop.get("/products/MUCH"))).toMatchObject({ onHand: 10 });
    expect(await bodyOf(shop.get("/cancellations/greedy.cancel"))).toMatchObject({
      status: "refunded",
      refundPence: 1250,
    });
  });

  it("whose card is declined is cancelled, and nothing is refunded", async () => {
    await product("BOWL", 5);
    const lines = [{ sku: "BOWL", quantity: 5 }];
    await shop.post("/orders", { id: "declined", card: "card-declined", lines });
    await untilOrder("declined", "cancelled");
    await rest();
    expect(await order("declined")).toMatchObject({ cancelReason: "payment refused" });
    expect(await bodyOf(shop.get("/products/BOWL"))).toMatchObject({ onHand: 5 });
    expect(await bodyOf(shop.get("/cancellations/declined.cancel"))).toMatchObject({
      refundPence: 0,
    });
  });
});

describe("a cancellation", () => {
  it("of a settled order takes back its money, stock and points, once", async () => {
    await customer("emil");
    await product("SOFA");
    const lines = [{ sku: "SOFA", quantity: 4 }];
    await shop.post("/orders", { id: "sofa", customerId: "emil", lines });
    await untilOrder("sofa", "settled");
    const before = await shop.summary();
    await Promise.all([1, 2, 3].map(() => shop.post("/orders/sofa/cancel", {})));
    await untilOrder("sofa", "cancelled");
    await rest();
    const after = await shop.summary();
    expect(after.refundedPence - before.refundedPence).toBe(1000);
    expect(after.cancellations - before.cancellations).toBe(1);
    expect(await bodyOf(shop.get("/products/SOFA"))).toMatchObject({ onHand: 100, reserved: 0 });
    expect(await bodyOf(shop.get("/customers/emil"))).toMatchObject({ points: 10 });
  });

  it("by credit note refunds what it says and returns the goods, once", async () => {
    await product("DESK", 10);
    const before = await shop.summary();
    const note = { id: "C1", lines: [{ sku: "DESK", quantity: 2, unitPence: 300 }] };
    for (const _ of [1, 2, 3]) expect((await shop.post("/cancellations", note)).status).toBe(202);
    await rest();
    const after = await shop.summary();
    expect(after.refundedPence - before.refundedPence).toBe(600);
    expect(await bodyOf(shop.get("/products/DESK"))).toMatchObject({ onHand: 12 });
  });
});

describe("wrong input", () => {
  const line = { sku: "CUP", quantity: 1 };
  const cases: [what: string, path: string, body: unknown, status: number, detail: string][] = [
    ["no lines", "/orders", { lines: [] }, 400, "lines"],
    [
      "a quantity of zero",
      "/orders",
      { lines: [{ ...line, quantity: 0 }] },
      400,
      "lines[0].quantity",
    ],
    [
      "half a quantity",
      "/orders",
      { lines: [{ ...line, quantity: 1.5 }] },
      400,
      "lines[0].quantity",
    ],
    ["a field too many", "/orders", { lines: [line], discount: 1 }, 400, "discount"],
    ["a price below zero", "/orders", { lines: [{ ...line, unitPence: -1 }] }, 400, "unitPence"],
    ["an id that is none", "/orders", { id: "../x", lines: [line] }, 400, "id"],
    ["too many lines", "/orders", { lines: Array(1001).fill(line) }, 400, "lines"],
    ["an unknown product", "/orders", { lines: [{ ...line, sku: "NONE" }] }, 422, "NONE"],
    ["an unknown customer", "/orders", { customerId: "nobody", lines: [line] }, 404, "nobody"],
    ["an address that is none", "/customers", { email: "x", country: "F" }, 400, "email"],
    ["an order that is not there", "/orders/none/cancel", {}, 404, "none"],
  ];
  it.each(cases)("with %s is a clear answer", async (_what, path, body, status, detail) => {
    const answer = await shop.post(path, body);
    expect(answer.status).toBe(status);
    expect((answer.body as { detail: string }).detail).toContain(detail);
  });
});
