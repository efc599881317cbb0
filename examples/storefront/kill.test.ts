import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { folder } from "./fixtures.ts";
import { seeded } from "./generator.ts";
import type { Invoice } from "./replay/invoices.ts";
import { nothingPlayed, play } from "./replay/play.ts";
import type { Row } from "./replay/rows.ts";
import { untilSettled } from "./replay/settled.ts";
import { shopAt } from "./replay/shop.ts";
import type { Shop, Summary } from "./replay/shop.ts";
import { pointsOf } from "./src/loyalty.ts";
import { movementsKept } from "./src/stock.ts";

const soak = process.env["MORNING_SIZE"] === "soak";
const kills = soak ? 200 : 20;
/** After it is ready, a platform lives at most so long. */
const lifeMsMax = 700;

const lanesCount = 8;
const productsEach = 3;

/** What was sent in one lane. An order of it is sent when the one before was acknowledged. */
interface Lane {
  readonly customerId: string;
  /** Reservations by product, in the order in which they must happen. */
  readonly reservations: Map<string, string[]>;
  readonly balance: Map<string, number>;
  readonly orders: string[];
  points: number;
}

const nothing: Summary = {
  orders: 0,
  settled: 0,
  cancelledOrders: 0,
  settledPence: 0,
  cancellations: 0,
  refundedPence: 0,
  netPence: 0,
};

function makeLane(index: number): Lane {
  const skus = Array.from({ length: productsEach }, (_, n) => `L${index}P${n}`);
  return {
    customerId: `lane-${index}`,
    reservations: new Map(skus.map((sku) => [sku, []])),
    balance: new Map(skus.map((sku) => [sku, 0])),
    orders: [],
    points: 10,
  };
}

/** The next invoice of a lane, and what must come of it. */
function invoiceOf(
  lane: Lane,
  index: number,
  sums: Summary,
  next: () => number,
): [Invoice, Summary] {
  const cancels = next() < 0.15;
  const number = `${cancels ? "C" : "K"}${index}`;
  const { customerId } = lane;
  const rows = [...lane.balance.keys()]
    .filter((_, n) => n === index % productsEach || next() < 0.5)
    .map((sku, line): Row => {
      const quantity = (1 + Math.floor(next() * 9)) * (cancels ? -1 : 1);
      const unitPence = 50 + Math.floor(next() * 500);
      lane.balance.set(sku, (lane.balance.get(sku) ?? 0) + quantity);
      if (!cancels) lane.reservations.get(sku)?.push(`${number}/${line}`);
      const kind = cancels ? "cancelled" : "goods";
      const about = { description: sku, atMs: 0, country: "UK", customerId };
      return { ...about, line, kind, invoice: number, sku, quantity, unitPence };
    });
  const pence = rows.reduce((sum, row) => sum + Math.abs(row.quantity) * row.unitPence, 0);
  lane.points += cancels ? -pointsOf(pence) : pointsOf(pence);
  if (!cancels) lane.orders.push(number);
  const invoice = { number, cancels, atMs: 0, customerId, country: "UK", rows };
  const one = cancels ? 0 : 1;
  return [
    invoice,
    {
      ...sums,
      orders: sums.orders + one,
      settled: sums.settled + one,
      settledPence: sums.settledPence + one * pence,
      cancellations: sums.cancellations + 1 - one,
      refundedPence: sums.refundedPence + (1 - one) * pence,
      netPence: sums.netPence + (one === 1 ? pence : -pence),
    },
  ];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const childFile = fileURLToPath(new URL("kill.child.ts", import.meta.url));

/** Starts a platform in a process of its own; resolves when it is ready. */
async function spawnShop(data: string, port: number): Promise<ChildProcess> {
  const args = ["--conditions=morning-source", childFile, data, String(port)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the platform ended with ${code} at its start`)));
  });
  return child;
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

async function checkLane(shop: Shop, lane: Lane): Promise<void> {
  for (const id of lane.orders) {
    const { body } = await shop.get(`/orders/${id}`);
    expect(body).toMatchObject({ id, status: "settled" });
  }
  for (const [sku, expected] of lane.reservations) {
    const { body } = await shop.get(`/products/${sku}/movements`);
    const { movements } = body as { movements: { id: string; sequence: number }[] };
    const reserved = movements.map(({ id }) => id).filter((id) => id.startsWith("K"));
    if (movements.length < movementsKept) expect(reserved).toEqual(expected);
    else expect(reserved).toEqual(expected.slice(-reserved.length));
    const first = movements[0]?.sequence ?? 1;
    expect(movements.map(({ sequence }) => sequence - first)).toEqual(movements.map((_, n) => n));
    const balance = lane.balance.get(sku) ?? 0;
    const { body: product } = await shop.get(`/products/${sku}`);
    expect(product).toMatchObject({ sku, onHand: 0 - balance, reserved: balance });
  }
  const { body: customer } = await shop.get(`/customers/${lane.customerId}`);
  expect(customer).toMatchObject({ points: lane.points });
}

it(
  `loses nothing and settles every order once, killed ${kills} times`,
  { timeout: soak ? 1_200_000 : 180_000 },
  async () => {
    const seed = Number(process.env["MORNING_SEED"] ?? Date.now() % 1_000_000);
    console.log(`kill -9: MORNING_SEED=${seed}, ${kills} kills`);
    const next = seeded(seed);
    const data = folder();
    const port = await freePort();
    const stop = new AbortController();
    let child: ChildProcess | undefined;
    let ended = false;
    const lanes = Array.from({ length: lanesCount }, (_, index) => makeLane(index));
    let sums = nothing;
    const invoiceNext = seeded(seed + 1);
    async function* invoices(): AsyncGenerator<Invoice> {
      for (let index = 0; !ended; index++) {
        const lane = lanes[index % lanesCount] ?? makeLane(0);
        const [invoice, after] = invoiceOf(lane, index, sums, invoiceNext);
        sums = after;
        yield await Promise.resolve(invoice);
      }
    }
    try {
      child = await spawnShop(data.path, port);
      const { signal } = stop;
      const shop = shopAt({ url: `http://127.0.0.1:${port}`, patienceMs: 60_000, signal });
      const played = nothingPlayed();
      const playing = play({
        shop,
        invoices: invoices(),
        speed: Number.POSITIVE_INFINITY,
        concurrency: lanesCount,
        played,
        signal,
      });
      // Should a check fail before it is awaited, that failure is the one to report.
      playing.catch(() => {});
      for (let kill = 0; kill < kills; kill++) {
        await wait(next() * lifeMsMax);
        await killed(child);
        child = await spawnShop(data.path, port);
      }
      ended = true;
      await playing;
      expect(played.refused).toEqual([]);
      const standing = await untilSettled(shop, nothing, sums, 60_000);
      console.log(`${played.orders} orders and ${played.cancellations} credit notes`, standing);
      expect(standing).toMatchObject({ settled: true, summary: sums });
      expect(standing.traffic.deadLetters).toBe(0);
      await Promise.all(lanes.map((lane) => checkLane(shop, lane)));
    } finally {
      stop.abort();
      await killed(child);
      data.remove();
    }
  },
);
