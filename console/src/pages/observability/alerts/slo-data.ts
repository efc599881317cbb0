import type { AnswerOf } from "../../../api/client.ts";
import type { Health } from "../../../api/overview.ts";

/** An objective of the list, and one whole. */
export type SloView = AnswerOf<"/slos", "get">["slos"][number];
export type SloDetail = AnswerOf<"/slos/{name}", "get">;
export type SloSpec = SloView["spec"];

/** How an objective stands: burning or used up, little left, well, or nothing happened. */
export function healthOfSlo({ burn, remaining, total }: SloView): Health {
  if (burn.some(({ burning, severity }) => burning && severity === "page")) return "failing";
  if (total > 0 && remaining <= 0) return "failing";
  if (burn.some(({ burning }) => burning) || (total > 0 && remaining < 0.25)) return "warning";
  return total === 0 ? "unknown" : "ok";
}

const ranks: Readonly<Record<Health, number>> = { failing: 0, warning: 1, ok: 2, unknown: 3 };

/** Those that burn first, then those with the least left. */
export function byBudget(slos: readonly SloView[]): readonly SloView[] {
  return slos.toSorted(
    (a, b) => ranks[healthOfSlo(a)] - ranks[healthOfSlo(b)] || a.remaining - b.remaining,
  );
}

/** The fastest that a budget goes now, over any of its windows; null where nothing happened. */
export function fastest({ burn }: SloView): number | null {
  const rates = burn.flatMap(({ short }) => (short === null ? [] : [short]));
  return rates.length === 0 ? null : Math.max(...rates);
}

/** A share with as many digits as tell it from 1: 99.95 %. */
export function shareWords(share: number): string {
  if (share >= 1) return "100 %";
  const nines = Math.ceil(-Math.log10(1 - share) - 1e-9);
  const text = (share * 100).toFixed(Math.min(5, Math.max(1, nines - 1)));
  return `${text.replace(/\.?0+$/, "")} %`;
}

/** The objectives that people choose among. */
export const objectives: readonly number[] = [0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999];

/** What a new objective begins with. */
export const firstSlo: SloSpec = {
  title: "",
  description: "",
  service: "",
  indicator: {
    type: "records",
    signal: "spans",
    q: "kind:server",
    good: "-status:error duration<=500ms",
  },
  objective: 0.999,
  windowMs: 30 * 86_400_000,
  eventsMin: 10,
  alerting: true,
  notify: ["console"],
};
