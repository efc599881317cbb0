import { setTimeout as wait } from "node:timers/promises";
import type { Invoice } from "./invoices.ts";
import type { Answer, Shop } from "./shop.ts";

/** What was played so far. */
export interface Played {
  /** Orders and cancellations that the shop acknowledged. */
  orders: number;
  lines: number;
  cancellations: number;
  /** Orders among them that the shop had already: they count no second time. */
  repeated: number;
  customers: number;
  /** What it refused, with the reason; the first hundred. */
  readonly refused: { readonly invoice: string; readonly reason: string }[];
  refusals: number;
  /** Time of the latest invoice, in the file's own time. */
  atMs: number;
}

/** How invoices are played. */
export interface PlayOptions {
  readonly shop: Shop;
  readonly invoices: AsyncIterable<Invoice>;
  /** How much faster than it happened; `Infinity`: as fast as it goes. */
  readonly speed: number;
  /** Invoices under way at once at most. */
  readonly concurrency: number;
  readonly played?: Played;
  readonly signal?: AbortSignal;
}

/** Nothing played yet. */
export function nothingPlayed(): Played {
  const none = { orders: 0, lines: 0, cancellations: 0, repeated: 0, customers: 0 };
  return { ...none, refused: [], refusals: 0, atMs: 0 };
}

const refusedMax = 100;
const productsMax = 500;

function expectDone(answer: Answer, what: string): void {
  if (answer.status < 300) return;
  const { detail = "" } = (answer.body ?? {}) as { detail?: string };
  throw new Error(`${what} was answered ${answer.status}: ${detail}`);
}

/** Makes each known once: the second who asks waits for the first. */
function onceEach(): (key: string, make: () => Promise<void>) => Promise<void> {
  const made = new Map<string, Promise<void>>();
  return (key, make) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const making = make();
    made.set(key, making);
    making.catch(() => made.delete(key));
    return making;
  };
}

/** Registers the customers and products that an invoice names. */
function registration(shop: Shop, played: Played): (invoice: Invoice) => Promise<void> {
  const customers = onceEach();
  const products = onceEach();
  return async ({ customerId, country, rows }) => {
    const fresh = new Map<string, { sku: string; description: string; pricePence: number }>();
    let sendProducts: () => void = () => {};
    const begin = new Promise<void>((resolve) => (sendProducts = resolve));
    // One call for all that are new: it begins when they are known.
    const sent = begin.then(async () => {
      const list = [...fresh.values()];
      for (let index = 0; index < list.length; index += productsMax) {
        const some = list.slice(index, index + productsMax);
        expectDone(await shop.post("/products", { products: some }), "POST /products");
      }
    });
    const waiting = rows.map(({ sku, description, unitPence }) =>
      products(sku, () => {
        fresh.set(sku, { sku, description, pricePence: unitPence });
        return sent;
      }),
    );
    sendProducts();
    if (customerId !== undefined) {
      const email = `customer-${customerId}@example.com`;
      const registered = customers(customerId, async () => {
        const answer = await shop.post("/customers", { id: customerId, email, country });
        expectDone(answer, `POST /customers of ${customerId}`);
        played.customers++;
      });
      waiting.push(registered);
    }
    await Promise.all([...waiting, sent]);
  };
}

async function playOne(shop: Shop, invoice: Invoice, played: Played): Promise<void> {
  const { number: id, customerId, country, cancels, rows } = invoice;
  const lines = rows.map(({ sku, quantity, unitPence }) => ({
    sku,
    quantity: Math.abs(quantity),
    unitPence,
  }));
  const about = customerId === undefined ? {} : { customerId };
  const answer = cancels
    ? await shop.post("/cancellations", { ...about, id, lines })
    : await shop.post("/orders", { ...about, id, country, lines });
  expectDone(answer, `${cancels ? "cancellation" : "order"} ${id}`);
  if (cancels) played.cancellations++;
  else {
    played.orders++;
    if ((answer.body as { repeated?: boolean }).repeated === true) played.repeated++;
    played.lines += lines.length;
  }
}

/** Holds invoices back until their time has come. */
function pace(speed: number, signal: AbortSignal | undefined): (atMs: number) => Promise<void> {
  const startedMs = performance.now();
  let firstMs: number | undefined;
  return async (atMs) => {
    firstMs ??= atMs;
    if (!Number.isFinite(speed)) return;
    const restMs = startedMs + (atMs - firstMs) / speed - performance.now();
    if (restMs > 1) await wait(restMs, undefined, signal === undefined ? {} : { signal });
  };
}

/**
 * Plays invoices through a shop's HTTP API, in the order of the file: those of one customer one
 * after the other, those of different customers side by side. Resolves when the shop has
 * acknowledged or refused all.
 */
export async function play(options: PlayOptions): Promise<Played> {
  const { shop, speed, concurrency, signal } = options;
  const played = options.played ?? nothingPlayed();
  const register = registration(shop, played);
  const due = pace(speed, signal);
  const lanes = new Map<string, Promise<void>>();
  const failed: unknown[] = [];
  let running = 0;
  let free: () => void = () => {};
  const run = async (invoice: Invoice, before: Promise<void> | undefined): Promise<void> => {
    await before;
    try {
      await register(invoice);
      await playOne(shop, invoice, played);
    } catch (error) {
      if (signal?.aborted === true || !(error instanceof Error)) throw error;
      played.refusals++;
      if (played.refused.length < refusedMax) {
        played.refused.push({ invoice: invoice.number, reason: error.message });
      }
    }
  };
  for await (const invoice of options.invoices) {
    await due(invoice.atMs);
    while (running >= concurrency) await new Promise<void>((resolve) => (free = resolve));
    if (signal?.aborted === true || failed.length > 0) break;
    const lane = invoice.customerId ?? invoice.number;
    running++;
    played.atMs = invoice.atMs;
    const done = run(invoice, lanes.get(lane))
      .catch((error: unknown) => void failed.push(error))
      .finally(() => {
        running--;
        if (lanes.get(lane) === done) lanes.delete(lane);
        free();
      });
    lanes.set(lane, done);
  }
  await Promise.all(lanes.values());
  if (failed.length > 0) throw failed[0];
  return played;
}
