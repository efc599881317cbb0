import { customersCount } from "./events.ts";

/** A raw event pattern. */
export type RawPattern = Record<string, unknown>;

/** The operator classes that are measured apart. */
export type OperatorClass =
  | "exact"
  | "prefix"
  | "suffix"
  | "equals-ignore-case"
  | "wildcard"
  | "anything-but"
  | "numeric"
  | "complex arrays";

/** All operator classes. */
export const operatorClasses: readonly OperatorClass[] = [
  "exact",
  "prefix",
  "suffix",
  "equals-ignore-case",
  "wildcard",
  "anything-but",
  "numeric",
  "complex arrays",
];

function pad(value: number, length: number): string {
  return String(value).padStart(length, "0");
}

/** Spreads rule numbers over the customers, so that neighbours do not share literals. */
function customer(number: number): string {
  return pad((number * 2654435761) % customersCount, 5);
}

const kinds = ["placed", "paid", "packed", "shipped", "delivered", "cancelled", "returned"];
const categories = ["kitchen", "garden", "toys", "paper", "lights"];

/**
 * The rule of a number in a class: selective, as one of 50,000 tenants has it, so that
 * more rules mean hardly more matches: a match costs whatever the index, and is not the question.
 */
export const selectiveRule: Record<OperatorClass, (number: number) => RawPattern> = {
  exact: (number) => ({
    source: ["shop.orders"],
    detail: { customer: { id: [`cus-${customer(number)}`] } },
  }),
  prefix: (number) => ({
    detail: { orderId: [{ prefix: `ord-${pad((number * 7919) % 100_000, 5)}` }] },
  }),
  suffix: (number) => ({
    detail: { document: [{ suffix: `${pad((number * 7919) % 100_000, 5)}.pdf` }] },
  }),
  "equals-ignore-case": (number) => ({
    detail: { customer: { id: [{ "equals-ignore-case": `CUS-${customer(number)}` }] } },
  }),
  wildcard: (number) => ({
    detail: { customer: { email: [{ wildcard: `customer*${customer(number)}@mail*.example` }] } },
  }),
  "anything-but": (number) => ({
    detail: {
      customer: { id: [`cus-${customer(number)}`] },
      status: [{ "anything-but": ["HELD", "closed"] }],
    },
  }),
  numeric: (number) => {
    const low = (number * 7919) % 2000;
    return {
      "detail-type": [`order.${kinds[number % kinds.length]}`],
      detail: { total: [{ numeric: [">=", low, "<", low + 0.5] }] },
    };
  },
  "complex arrays": (number) => {
    const category = categories[number % categories.length];
    return {
      detail: {
        items: {
          sku: [`SKU-${category}-${pad((number * 7919) % 20_000, 5)}`],
          quantity: [{ numeric: [">", 3] }],
          category: [{ "anything-but": "none" }],
        },
      },
    };
  },
};

/** A rule of a class that every seventh event or more may match: what a small system declares. */
export const commonRule: Record<OperatorClass, (number: number) => RawPattern> = {
  exact: (number) => ({
    "detail-type": [`order.${kinds[number % kinds.length]}`],
    detail: { customer: { country: ["GB", "TW", "DE"] } },
  }),
  prefix: (number) => ({ detail: { orderId: [{ prefix: `ord-${pad(number % 100, 2)}` }] } }),
  suffix: (number) => ({ detail: { document: [{ suffix: `${pad(number % 100, 2)}.pdf` }] } }),
  "equals-ignore-case": (number) => ({
    detail: { status: [{ "equals-ignore-case": ["new", "PENDING", "Held"][number % 3] }] },
  }),
  wildcard: (number) => ({
    detail: { document: [{ wildcard: `/invoices/*/2026/*${number % 10}.xml` }] },
  }),
  "anything-but": (number) => ({
    "detail-type": [`order.${kinds[number % kinds.length]}`],
    detail: { status: [{ "anything-but": ["HELD", "closed"] }] },
  }),
  numeric: (number) => ({
    detail: { total: [{ numeric: [">=", (number % 20) * 100, "<", (number % 20) * 100 + 50] }] },
  }),
  "complex arrays": (number) => ({
    detail: {
      items: {
        category: [categories[number % categories.length]],
        quantity: [{ numeric: [">", 10] }],
        price: [{ numeric: ["<", 5] }],
      },
    },
  }),
};

function rotated(number: number, commonCount: number): RawPattern {
  const turn = Math.floor(number / operatorClasses.length);
  const kind = operatorClasses[number % operatorClasses.length] ?? "exact";
  const common = turn % 2 === 0 && number < commonCount;
  return common ? commonRule[kind](number) : selectiveRule[kind](number);
}

/**
 * Rules of all classes in rotation. Of the first 35, 19 are common and 16 selective; all further
 * ones are selective, over the same paths: more tenants, not another schema.
 */
export function mixOf(count: number): readonly RawPattern[] {
  return Array.from({ length: count }, (_, number) => rotated(number, 35));
}

/** 35 rules of one class, selective ones. */
export function rulesOfClass(kind: OperatorClass, count: number): readonly RawPattern[] {
  return Array.from({ length: count }, (_, number) => selectiveRule[kind](number));
}
