import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { workflowLab } from "morning-ai/testing";
import { openShop } from "./fixtures.ts";
import type { OpenShop } from "./fixtures.ts";
import { fulfilment, payWithinMs } from "./src/fulfilment.ts";
import { untilStill } from "./replay/settled.ts";

let shop: OpenShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

type Body = Record<string, unknown>;

const get = async (path: string): Promise<Body> => (await shop.get(path)).body as Body;
const untilDone = (look: () => Promise<void>): Promise<void> =>
  vi.waitFor(look, { timeout: 15_000, interval: 20 });
const untilOrder = (id: string, status: string): Promise<void> =>
  untilDone(async () => expect(await get(`/orders/${id}`)).toMatchObject({ status }));
const runPath = (id: string): string => `/workflow-runs/${encodeURIComponent(id)}`;
const untilRun = (id: string, wanted: Body): Promise<void> =>
  untilDone(async () => expect((await shop.platform(runPath(id))).body).toMatchObject(wanted));

/** The names of what a run recorded, those that failed marked. */
async function stepsOf(id: string): Promise<string[]> {
  const { body } = await shop.platform(`${runPath(id)}/entries`);
  const { entries } = body as { entries: { name: string; status: string; place: number }[] };
  return entries
    .toSorted((a, b) => a.place - b.place)
    .map(({ name, status }) => (status === "failed" ? `${name}: failed` : name));
}

/** An order by invoice of two of a product of which there are ten. */
async function order(id: string, more: Body = {}): Promise<void> {
  const sku = id.toUpperCase();
  const product = { sku, description: "A lamp", pricePence: 250, onHand: 10, backorder: false };
  await shop.post("/customers", { id, email: `${id}@example.com`, country: "France" });
  expect((await shop.post("/products", { products: [product] })).status).toBe(204);
  const lines = [{ sku, quantity: 2 }];
  const asked = { id, customerId: id, card: "invoice", lines, ...more };
  expect((await shop.post("/orders", asked)).status).toBe(201);
}

const mailsOf = async (id: string): Promise<string[]> => {
  const { mails } = (await get(`/customers/${id}/mails`)) as { mails: { subject: string }[] };
  return mails.map(({ subject }) => subject);
};

describe("an order by invoice", () => {
  it("is reserved, paid later, charged, shipped and settled", async () => {
    await order("amy");
    await untilDone(async () => expect(await mailsOf("amy")).toContain("Invoice for order amy"));
    expect(await get("/orders/amy")).toMatchObject({ status: "placed", payment: "pending" });
    expect(await get("/products/AMY")).toMatchObject({ onHand: 8, reserved: 2 });
    expect((await shop.post("/orders/amy/pay", {})).status).toBe(202);
    await untilOrder("amy", "settled");
    await untilRun("fulfilment.amy", {
      status: "completed",
      attributes: { orderId: "amy" },
      // What the provider takes of five pounds.
      costs: [{ currency: "GBP", amount: 0.28 }],
    });
    expect(await stepsOf("fulfilment.amy")).toEqual([
      "attributes",
      "read the order",
      "reserve",
      "mail invoice",
      "invoice.paid",
      "charge",
      "ship",
      "record the shipment",
    ]);
    await untilStill(shop);
    expect(await mailsOf("amy")).toEqual([
      "Welcome",
      "Invoice for order amy",
      "Receipt for order amy",
    ]);
  });

  it("whose card is declined may be paid with another one", async () => {
    await order("bob");
    await shop.post("/orders/bob/pay", { card: "card-declined" });
    await shop.post("/orders/bob/pay", {});
    await untilOrder("bob", "settled");
    await untilRun("fulfilment.bob", { status: "completed" });
    expect((await stepsOf("fulfilment.bob")).filter((step) => step.startsWith("charge"))).toEqual([
      "charge: failed",
      "charge",
    ]);
  });

  it("for which there is not enough is cancelled before anything was taken", async () => {
    await order("cid", { lines: [{ sku: "CID", quantity: 11 }] });
    await untilOrder("cid", "cancelled");
    const { body } = await shop.platform(`${runPath("fulfilment.cid")}/entries/2`);
    expect(body).toMatchObject({ name: "reserve", status: "failed", attempt: 1 });
    await untilStill(shop);
    expect(await get("/products/CID")).toMatchObject({ onHand: 10, reserved: 0 });
    expect(await get("/cancellations/cid.cancel")).toMatchObject({ refundPence: 0 });
  });

  it("that no carrier takes is undone: the goods are back, the money goes back", async () => {
    await order("dan", { country: "Atlantis" });
    await shop.post("/orders/dan/pay", {});
    await untilOrder("dan", "cancelled");
    await untilRun("fulfilment.dan", { status: "failed" });
    await untilStill(shop);
    expect((await stepsOf("fulfilment.dan")).slice(-3)).toEqual([
      "ship: failed",
      "reserve: undo",
      "read the order: undo",
    ]);
    expect(await get("/products/DAN")).toMatchObject({ onHand: 10, reserved: 0 });
    expect(await get("/cancellations/dan.cancel")).toMatchObject({
      status: "refunded",
      refundPence: 500,
    });
  });

  it("that the customer cancels while it waits is undone", async () => {
    await order("eva");
    await untilDone(async () => expect(await mailsOf("eva")).toContain("Invoice for order eva"));
    expect((await shop.post("/orders/eva/cancel", {})).status).toBe(202);
    await untilRun("fulfilment.eva", { status: "cancelled" });
    await untilOrder("eva", "cancelled");
    await untilStill(shop);
    expect(await get("/products/EVA")).toMatchObject({ onHand: 10, reserved: 0 });
  });
});

describe("an invoice that nobody pays", () => {
  const order = { sku: "LAMP", quantity: 2, unitPence: 250 };
  const sent: unknown[] = [];
  const keep = { send: async (message: unknown) => void sent.push(message) };

  it("is reminded of once, then given up and undone", async () => {
    const lab = await workflowLab({
      workflows: [fulfilment],
      held: {
        fulfilment: {
          orders: { get: () => Promise.resolve({ lines: [order] }) },
          mails: keep,
          steps: keep,
        },
      },
      steps: { "fulfilment/reserve": () => undefined, "fulfilment/reserve: undo": () => undefined },
    });
    const startedMs = lab.clock.now();
    const id = await lab.start(fulfilment, { orderId: "zoe", customerId: "zoe", totalPence: 500 });
    await expect(lab.result(id)).rejects.toMatchObject({
      cause: { code: "MOR_WORKFLOW_WAIT_TIMEOUT" },
    });
    expect(lab.clock.now() - startedMs).toBe(2 * payWithinMs);
    expect((await lab.steps(id)).slice(3)).toEqual([
      "mail invoice",
      "invoice.paid",
      "mail reminder",
      "invoice.paid",
      "reserve: undo",
      "read the order: undo",
    ]);
    expect(sent).toMatchObject([
      { about: "invoice" },
      { about: "reminder" },
      { kind: "stock", answers: [{ reserved: false }] },
      { kind: "payment", taken: false },
    ]);
    await lab.close();
  });
});

describe("a refund for a customer's trouble", () => {
  const ask = (id: string, pence: number) =>
    shop.post("/refunds", { id, pence, reason: "came late" });

  it("of a small sum is given at once", async () => {
    expect((await ask("small", 500)).status).toBe(202);
    await untilRun("refund.small", { status: "completed" });
  });

  it.each([
    [true, '{"refunded":true,"comment":""}'],
    [false, '{"refunded":false,"comment":"too much"}'],
  ])("of a large sum waits for somebody, who says %s", async (approved, json) => {
    const id = `large-${approved}`;
    await ask(id, 5001);
    type Waiting = { readonly run: string; readonly at: string; readonly name: string };
    const waiting = await vi.waitFor(async () => {
      const { body } = await shop.platform("/workflow-callbacks");
      const { callbacks } = body as { callbacks: readonly Waiting[] };
      const found = callbacks.find(({ run }) => run === `refund.${id}`);
      expect(found).toMatchObject({
        name: "refund of 50.01 pounds: came late",
        about: { json: '{"pounds":50.01,"reason":"came late"}' },
      });
      return found;
    });
    const value = { approved, comment: "too much" };
    await shop.platform(`${runPath(`refund.${id}`)}/answers`, { at: waiting?.at, value });
    await untilRun(`refund.${id}`, { status: "completed", output: { json } });
  });
});

describe("closing", () => {
  it("sums an hour, and a day from its hours", async () => {
    const partition = new Date().toISOString().slice(0, 13);
    const run = async (name: string, key: string, id: string): Promise<void> => {
      const path = `/workflows/${name}/runs`;
      const { status } = await shop.platform(path, { id, input: { partition: key } });
      expect(status).toBe(201);
      await untilRun(id, { error: null, status: "completed" });
    };
    await run("sum-hour", partition, "hour");
    const { body } = await shop.platform("/assets/hour-sums");
    const { checks } = body as { checks: Body[] };
    expect(checks).toMatchObject([{ name: "not-more-back-than-taken" }]);
    await run("close-day", partition.slice(0, 10), "day");
    expect((await shop.platform("/assets/day-closes")).body).toMatchObject({
      readers: [],
      writers: ["close-day"],
      madeBy: "close-day",
    });
  });
});

describe("restocking", () => {
  it("orders what was sold past the stock, each product once", async () => {
    const skus = ["CHAIR", "SHELF", "OLD-CLOCK"];
    await shop.post("/customers", { id: "eve", email: "eve@example.com", country: "France" });
    const products = skus.map((sku) => ({ sku, description: sku, pricePence: 250, onHand: 1 }));
    await shop.post("/products", { products });
    const lines = skus.map((sku, index) => ({ sku, quantity: index + 3 }));
    await shop.post("/orders", { id: "eve", customerId: "eve", lines });
    await untilOrder("eve", "settled");
    const started = { id: "today", input: {} };
    expect((await shop.platform("/workflows/restock/runs", started)).status).toBe(201);
    await untilRun("today", { status: "completed" });
    const { body: run } = await shop.platform(runPath("today"));
    const { output } = run as { output: { json: string } };
    expect(JSON.parse(output.json)).toEqual({ ordered: 2, refused: ["OLD-CLOCK"] });
    const { body } = await shop.platform("/tables/supplier-orders/rows?limit=10");
    expect((body as { rows: Body[] }).rows).toEqual([
      expect.objectContaining({ id: "today/CHAIR", sku: "CHAIR", quantity: 2 }),
      expect.objectContaining({ id: "today/SHELF", sku: "SHELF", quantity: 3 }),
    ]);
  });
});
