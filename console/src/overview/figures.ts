import type { Part } from "../api/overview.ts";
import * as format from "../i18n/format.ts";
import type { Locale, Translate } from "../i18n/messages.ts";

/** The second line of a card: its rate, then the one figure that matters most about it. */
export function subtitle(t: Translate, locale: Locale, part: Part): string {
  const { ratePerSecond, errorRate, depth, p95Ms } = part;
  const rate =
    ratePerSecond > 0 ? t("rate", { rate: format.shortNumber(ratePerSecond) }) : t("map.idle");
  if (errorRate >= 0.01)
    return `${rate} · ${t("map.errors", { share: format.percent(errorRate) })}`;
  if (depth !== undefined && depth > 0) {
    return `${rate} · ${t("map.waiting", { depth: format.shortNumber(depth) })}`;
  }
  return p95Ms === undefined ? rate : `${rate} · ${format.duration(p95Ms, locale)}`;
}

const stateKinds = ["table", "blob", "cache", "secret"];

/** Tables, blob stores, caches and secrets: on the map only when asked for, or when they are not well. */
export function isQuietState({ kind, health }: Part): boolean {
  return stateKinds.includes(kind) && (health === "ok" || health === "unknown");
}
