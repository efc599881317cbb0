import { seededRandom } from "../../src/core/ids.ts";

/** Orders of a made-up shop in EventBridge's envelope, about 900 bytes each as JSON text. */

/** A draw from a seeded source: an integer below `count`. */
export type Below = (count: number) => number;

/** A seeded source of integers. */
export function belowFrom(seed: number): Below {
  const random = seededRandom(seed);
  return (count) => Math.floor(random.next() * count);
}

const kinds = ["placed", "paid", "packed", "shipped", "delivered", "cancelled", "returned"];
const statuses = ["NEW", "Pending", "settled", "HELD", "closed"];
const countries = ["GB", "DE", "FR", "TW", "US", "JP", "NL", "ES", "IE", "SE"];
const regions = ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"];
const categories = ["kitchen", "garden", "toys", "paper", "lights"];

/** Customers of the shop; rules for single ones are drawn from them. */
export const customersCount = 50_000;

function digits(value: number, length: number): string {
  return String(value).padStart(length, "0");
}

function item(below: Below): Record<string, unknown> {
  const category = categories[below(categories.length)];
  return {
    sku: `SKU-${category}-${digits(below(20_000), 5)}`,
    category,
    quantity: 1 + below(12),
    price: below(5000) / 100,
  };
}

/** One order event. */
export function orderEvent(below: Below): Record<string, unknown> {
  const customer = below(customersCount);
  const order = digits(below(1e9), 9);
  const country = countries[below(countries.length)];
  const region = regions[below(regions.length)];
  const items = Array.from({ length: 2 + below(3) }, () => item(below));
  return {
    version: "0",
    id: `7bf73129-1428-4cd3-a780-${digits(below(1e9), 12)}`,
    "detail-type": `order.${kinds[below(kinds.length)]}`,
    source: "shop.orders",
    account: "123456789012",
    time: `2026-0${1 + below(9)}-${digits(1 + below(28), 2)}T12:${digits(below(60), 2)}:00Z`,
    region,
    resources: [`arn:aws:dynamodb:${region}:123456789012:table/orders/${order}`],
    detail: {
      orderId: `ord-${order}`,
      status: statuses[below(statuses.length)],
      total: below(200_000) / 100,
      currency: "GBP",
      ip: `10.${below(256)}.${below(256)}.${below(256)}`,
      customer: {
        id: `cus-${digits(customer, 5)}`,
        email: `customer${digits(customer, 5)}@mail${below(50)}.example`,
        country,
        tier: below(10) === 0 ? "gold" : "plain",
      },
      document: `/invoices/${country}/2026/${order}.${below(3) === 0 ? "xml" : "pdf"}`,
      items,
      shipping: {
        carrier: below(2) === 0 ? "ups" : "dhl",
        city: `City ${below(300)}`,
        days: below(9),
      },
      note: "Please leave the parcel with a neighbour when nobody is at home.",
    },
  };
}

/** A list of events and their mean size as JSON text, in bytes. */
export function orderEvents(count: number, seed: number): { events: unknown[]; meanBytes: number } {
  const below = belowFrom(seed);
  const texts = Array.from({ length: count }, () => JSON.stringify(orderEvent(below)));
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  // Parsed from text, as real events are: strings put together by code are slower to read.
  const events = texts.map((text) => JSON.parse(text) as unknown);
  return { events, meanBytes: Math.round(bytes / count) };
}
