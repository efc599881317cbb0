import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../core/clock.ts";
import { config } from "../core/config.ts";
import { created, get, post } from "../core/http.ts";
import { systemRandom } from "../core/ids.ts";
import { makeLog } from "../core/log.ts";
import { handle, handleBatch } from "../core/receiver.ts";
import { app, service } from "../core/service.ts";
import { event } from "../messaging/event/index.ts";
import { queue } from "../messaging/queue/index.ts";
import { rowsOf, textAt } from "../observability/sdk/rows.contract.ts";
import type { PlainRow } from "../observability/sdk/rows.contract.ts";
import { openSdk } from "../observability/sdk/sdk.ts";
import { table } from "../state/table/index.ts";
import { callAt, temporaryFolder, until } from "./rig.contract.ts";
import { start } from "./start.ts";

const Order = z.object({ id: z.string() });
const orders = table("orders", { row: Order, key: "id" });
const packing = queue("packing", { message: Order, receivesMax: 1 });
const labels = queue("labels", { message: Order });
const placed = event("order.placed", { data: Order });

const shop = service("shop", {
  uses: {
    orders: orders.readWriter(),
    packing: packing.sender(),
    labels: labels.sender(),
    placed: placed.publisher(),
  },
  routes: (held) => [
    post("/orders", { body: Order, status: 201 }, async ({ body, transact, log }) => {
      if ((await held.orders.get(body.id)) !== undefined) throw new Error("it is there");
      await transact((tx) => {
        tx(held.orders).insert(body);
        tx(held.placed).publish(body);
        tx(held.packing).send(body);
        tx(held.packing).send({ id: `${body.id}-b` });
      });
      await held.labels.send(body);
      log.info("order taken", { orderId: body.id });
      return created(body);
    }),
  ],
});

const warehouse = service("warehouse", {
  uses: {
    packs: packing.consumer(),
    labelled: labels.consumer(),
    placed: placed.subscriber(),
  },
  handlers: (held) => [
    handle(held.packs, {}, ({ id }, { log }) => {
      log.info("packed", { orderId: id });
      if (id.endsWith("-b")) throw new TypeError("no box fits");
    }),
    handleBatch(held.labelled, { batchSize: 5, batchWindowMs: 300 }, () => {}),
    handle(held.placed, {}, () => {}),
  ],
});

const gateway = service("gateway", {
  open: true,
  uses: { shop: shop.client() },
  routes: (held) => [
    post("/orders", { body: Order, status: 201 }, async ({ body }) =>
      created(await held.shop.post("/orders", { body })),
    ),
    get("/health", () => ({ ok: true })),
  ],
});

/** A span with the service that it is of. */
interface Seen {
  readonly service: string;
  readonly name: string;
  readonly row: PlainRow;
}

async function openTraced(): Promise<{
  readonly url: string;
  readonly seen: () => Promise<readonly Seen[]>;
  readonly rows: (table: "logs" | "errors") => PlainRow[];
}> {
  const about = { app: "demo", environment: "test", version: "1", instance: "i" };
  const sdk = openSdk({ process: about, clock: systemClock, random: systemRandom });
  const batches: Uint8Array[] = [];
  sdk.attach(async (batch) => void batches.push(batch));
  const running = await start({
    config: config({ app: app("demo", { services: [gateway, shop, warehouse] }) }),
    log: sdk.log(makeLog(() => {})),
    tracing: sdk.tracing,
    dataFolder: temporaryFolder(),
    port: 0,
  });
  onTestFinished(() => running.stop());
  const seen = async (): Promise<readonly Seen[]> => {
    await sdk.flush();
    const services = new Map(
      batches
        .flatMap((batch) => rowsOf(batch, "origins"))
        .map((row) => [row["id"], textAt(row, "service")]),
    );
    return batches
      .flatMap((batch) => rowsOf(batch, "spans"))
      .map((row) => ({
        service: services.get(row["origin"] ?? 0n) ?? "",
        name: textAt(row, "name"),
        row,
      }));
  };
  return {
    url: running.url,
    seen,
    rows: (name) => batches.flatMap((batch) => rowsOf(batch, name)),
  };
}

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

/** Each span as `service: name < name of its parent`, sorted. */
function tree(spans: readonly Seen[]): string[] {
  const names = new Map(spans.map(({ name, row }) => [row["span_id"], name]));
  return spans
    .map(({ service: of, name, row }) => {
      const parent = textAt(row, "parent_span_id");
      return `${of}: ${name} < ${names.get(parent) ?? parent}`;
    })
    .toSorted();
}

test("one order is one trace, over HTTP, a transaction, queues and an event", async () => {
  const { url, seen, rows } = await openTraced();
  const headers = { traceparent };
  const answer = await callAt(url, "POST", "/svc/gateway/orders", { body: { id: "7" }, headers });
  expect(answer.status).toBe(201);
  const ours = async (): Promise<readonly Seen[]> =>
    (await seen()).filter(({ row }) => row["trace_id"] === traceId);
  await until(async () => (await ours()).length >= 13);
  expect(tree(await ours())).toEqual([
    "gateway: POST /orders < 00f067aa0ba902b7",
    "gateway: POST /orders < POST /orders",
    "shop: POST /orders < POST /orders",
    "shop: get orders < POST /orders",
    "shop: insert orders < transaction",
    "shop: publish order.placed < transaction",
    "shop: send labels < POST /orders",
    "shop: send packing < transaction",
    "shop: transaction < POST /orders",
    "warehouse: process labels < send labels",
    "warehouse: process order.placed < publish order.placed",
    "warehouse: process packing < send packing",
    "warehouse: process packing < send packing",
  ]);
  const spans = await ours();
  const attributesOf = (of: string, name: string): unknown =>
    spans.find((one) => one.service === of && one.name === name)?.row["attributes"];
  expect(attributesOf("shop", "POST /orders")).toMatchObject({
    "http.request.method": "POST",
    "http.route": "/orders",
    "http.response.status_code": 201,
  });
  expect(attributesOf("shop", "send packing")).toMatchObject({
    "messaging.destination.name": "packing",
    "messaging.operation.type": "send",
    "messaging.batch.message_count": 2,
    "morning.resource": "queue/packing",
  });
  expect(attributesOf("warehouse", "process order.placed")).toMatchObject({
    "messaging.operation.type": "process",
    "morning.resource": "event/order.placed",
  });
  expect(attributesOf("shop", "insert orders")).toMatchObject({
    "db.system.name": "sqlite",
    "db.operation.name": "insert",
    "db.collection.name": "orders",
    "morning.resource": "table/orders",
  });
  const failed = spans.filter(({ row }) => row["status"] === 2);
  expect(failed.map(({ name }) => name)).toEqual(["process packing"]);
  expect(rows("errors")).toMatchObject([
    { type: "TypeError", message: "no box fits", trace_id: traceId },
  ]);
  expect(textAt(rows("errors")[0], "stack")).toContain("tracing.test.ts");
  const lines = rows("logs").filter((row) => row["trace_id"] === traceId);
  expect(lines.map((row) => textAt(row, "body")).toSorted()).toEqual([
    "message is dead",
    "order taken",
    "packed",
    "packed",
  ]);
});

test("an error is an error of the server span and of the call; 4xx of the call alone", async () => {
  const { url, seen, rows } = await openTraced();
  const call = (id: unknown): ReturnType<typeof callAt> =>
    callAt(url, "POST", "/svc/gateway/orders", { body: { id } });
  await call("8");
  expect((await call("8")).status).toBe(500);
  expect((await call(3)).status).toBe(400);
  const kinds = new Map([
    [2, "server"],
    [3, "client"],
  ]);
  const spans = (await seen()).filter(({ name }) => name === "POST /orders");
  const bad = spans.filter(({ row }) => row["status"] === 2);
  expect(bad.map(({ service: of, row }) => `${of} ${kinds.get(row["kind"] as number)}`)).toEqual([
    "shop server",
    "gateway client",
    "gateway server",
  ]);
  const refused = spans.find(
    ({ row }) =>
      (row["attributes"] as { "morning.error.code"?: string })["morning.error.code"] ===
      "MOR_INVALID",
  );
  expect(refused?.row["status"]).toBe(0);
  expect(rows("errors").map((row) => textAt(row, "type"))).toContain("Error");
});

test("a batch of messages is a root that links to where they came from", async () => {
  const { url, seen } = await openTraced();
  await Promise.all(
    ["a", "b", "c"].map((id) => callAt(url, "POST", "/svc/gateway/orders", { body: { id } })),
  );
  const batchOf = async (): Promise<Seen | undefined> =>
    (await seen()).find(({ name, row }) => name === "process labels" && row["links"] !== "");
  await until(async () => (await batchOf()) !== undefined);
  const found = await batchOf();
  expect(found?.row["parent_span_id"]).toBe("0".repeat(16));
  const links = JSON.parse(textAt(found?.row, "links")) as { traceId: string; spanId: string }[];
  const sends = (await seen()).filter(({ name }) => name === "send labels");
  const known = new Set(sends.map(({ row }) => row["span_id"]));
  expect(links.length).toBeGreaterThan(1);
  expect(links.every(({ spanId }) => known.has(spanId))).toBe(true);
});

test("what shows the telemetry makes none; the rest of the API is apart from the app", async () => {
  const { url, seen } = await openTraced();
  await callAt(url, "GET", "/api/v1/overview");
  await callAt(url, "GET", "/api/v1/services");
  const spans = await seen();
  expect(spans.map(({ service: of, name }) => `${of} ${name}`)).toEqual(["platform GET /services"]);
});
