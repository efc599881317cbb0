import type { Invoice } from "./replay/invoices.ts";
import type { Row } from "./replay/rows.ts";

/** A shop's life, made up from a seed; the shape is that of the Online Retail data set. */
export interface GeneratorOptions {
  readonly seed: number;
  /**
   * Begins the numbers of the invoices: another one a run, so that none is taken for an old one.
   */
  readonly prefix: string;
  /** Orders a second in the quietest and in the busiest minute. */
  readonly ordersPerSecond: { readonly min: number; readonly max: number };
}

const customersCount = 500;
const productsCount = 200;
/** Of all invoices, as in the file: cancellations 16 %, and guests on a tenth. */
const cancelledShare = 0.16;
const guestShare = 0.1;
const linesMax = 12;
/** Orders that a cancellation may be about. */
const cancellableMax = 64;
/** From busy to quiet and back, milliseconds: an afternoon in five minutes. */
const periodMs = 300_000;

const countries = ["United Kingdom", "Germany", "France", "EIRE", "Spain", "Netherlands"];
const colours = ["WHITE", "RED", "CREAM", "PINK", "BLUE", "IVORY", "GREEN", "BLACK"];
const things = [
  "HANGING HEART T-LIGHT HOLDER",
  "METAL LANTERN",
  "CUPID HEARTS COAT HANGER",
  "UNION FLAG HOT WATER BOTTLE",
  "RETROSPOT TEA SET",
  "WOODEN PICTURE FRAME",
  "STORAGE BOX",
  "CAKE STAND",
  "PARASOL",
  "DOORMAT",
  "ALARM CLOCK",
  "GLASS STAR FROSTED",
];

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Few are bought much: an index below `count`, the small ones more often. */
const skewed = (next: () => number, count: number): number => Math.floor(next() ** 2 * count);

function productOf(index: number): Pick<Row, "sku" | "description" | "unitPence"> {
  const colour = colours[index % colours.length] ?? "";
  const thing = things[Math.floor(index / colours.length) % things.length] ?? "";
  const unitPence = 42 + ((index * 137) % 1500);
  return { sku: String(20_000 + index * 7), description: `${colour} ${thing}`, unitPence };
}

/**
 * Orders a second at a time: a wave between the two, busy first, so that a fresh start looks alive.
 */
function rateAt(atMs: number, { min, max }: GeneratorOptions["ordersPerSecond"]): number {
  const wave = (1 + Math.cos((2 * Math.PI * atMs) / periodMs)) / 2;
  return min + (max - min) * wave;
}

function orderOf(next: () => number, number: string, atMs: number): Invoice {
  const customer = skewed(next, customersCount);
  const customerId = next() < guestShare ? undefined : `G${1000 + customer}`;
  const country = countries[customer % 10 < 8 ? 0 : customer % countries.length] ?? "";
  const skus = new Set<number>();
  const wanted = 1 + skewed(next, linesMax);
  for (let line = 0; line < wanted; line++) skus.add(skewed(next, productsCount));
  const rows = [...skus].map((index, line): Row => {
    const quantity = 1 + skewed(next, 24);
    const product = productOf(index);
    return {
      ...product,
      line,
      kind: "goods",
      invoice: number,
      quantity,
      atMs,
      customerId,
      country,
    };
  });
  return { number, cancels: false, atMs, customerId, country, rows };
}

/** Some lines of an order come back. */
function cancellationOf(next: () => number, order: Invoice, atMs: number): Invoice {
  const number = `C${order.number}`;
  const some = order.rows.filter(() => next() < 0.5);
  const rows = (some.length === 0 ? order.rows : some).map((row): Row => {
    return { ...row, kind: "cancelled", invoice: number, quantity: -row.quantity, atMs };
  });
  return { ...order, number, cancels: true, atMs, rows };
}

/**
 * Invoices without end. The same seed gives the same; times are milliseconds since the beginning.
 */
export function* generate(options: GeneratorOptions): Generator<Invoice> {
  const next = seeded(options.seed);
  const cancellable: Invoice[] = [];
  let atMs = 0;
  for (let index = 0; ; index++) {
    // Arrivals of a Poisson process, whose rate is that of the moment.
    atMs += (-Math.log(1 - next()) / rateAt(atMs, options.ordersPerSecond)) * 1000;
    const old = next() < cancelledShare ? cancellable.shift() : undefined;
    if (old !== undefined) {
      yield cancellationOf(next, old, atMs);
      continue;
    }
    const order = orderOf(next, `${options.prefix}${index}`, atMs);
    // Guests have no account that goods could come back to.
    if (order.customerId !== undefined && cancellable.length < cancellableMax) {
      cancellable.push(order);
    }
    yield order;
  }
}
