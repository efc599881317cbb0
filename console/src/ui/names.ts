import type { Part } from "../api/overview.ts";
import * as format from "../i18n/format.ts";
import { shown } from "../i18n/foreign.ts";
import { isMessageKey, type Locale, type Translate } from "../i18n/messages.ts";

/** Nothing counts what goes through these: no rate does not mean that they are idle. */
const kindsUnrated = ["table", "blob", "cache", "secret", "workflow", "asset"];

/** A kind in the reader's language; as it is if this page does not know it. */
export function kindName(t: Translate, kind: string): string {
  const key = `kind.${kind}`;
  return isMessageKey(key) ? t(key) : shown(kind, 40);
}

/** The same for the verb of a link. */
export function verbName(t: Translate, verb: string): string {
  const key = `verb.${verb}`;
  return isMessageKey(key) ? t(key) : shown(verb, 24);
}

/** The second line of a card: its rate, then the one figure that matters most about it. */
export function subtitle(t: Translate, locale: Locale, part: Part): string {
  const { ratePerSecond, errorRate, depth, p95Ms } = part;
  if (ratePerSecond === 0 && kindsUnrated.includes(part.kind)) return kindName(t, part.kind);
  const rate =
    ratePerSecond > 0 ? t("rate", { rate: format.shortNumber(ratePerSecond) }) : t("map.idle");
  if (errorRate >= 0.01)
    return `${rate} · ${t("map.errors", { share: format.percent(errorRate) })}`;
  if (depth !== undefined && depth > 0) {
    return `${rate} · ${t("map.waiting", { depth: format.shortNumber(depth) })}`;
  }
  return p95Ms === undefined ? rate : `${rate} · ${format.duration(p95Ms, locale)}`;
}
