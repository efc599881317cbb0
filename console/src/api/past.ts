import type { Happening, Overview } from "./overview.ts";

/** What the page itself remembers between two overviews. */
export interface Past {
  /** Rates of the last two minutes by node id (`queue/mail`) and counter key (`counter:orders`). */
  readonly rates: ReadonlyMap<string, readonly number[]>;
  /** Newest first. */
  readonly happenings: readonly Happening[];
}

export const noPast: Past = { rates: new Map(), happenings: [] };

const ratesMax = 120;
const happeningsMax = 500;

/** Adds one overview to what is remembered. Parts that are gone are forgotten. */
export function remember(past: Past, { nodes, counters, recent }: Overview): Past {
  const rates = new Map<string, readonly number[]>();
  const add = (key: string, rate: number): void => {
    rates.set(key, [...(past.rates.get(key) ?? []).slice(1 - ratesMax), rate]);
  };
  for (const { id, ratePerSecond } of nodes) add(id, ratePerSecond);
  for (const { key, ratePerSecond } of counters) add(`counter:${key}`, ratePerSecond);
  const known = new Set(past.happenings.map(({ id }) => id));
  const fresh = recent.filter(({ id }) => !known.has(id));
  const happenings = [...fresh, ...past.happenings].slice(0, happeningsMax);
  return { rates, happenings: fresh.length === 0 ? past.happenings : happenings };
}
