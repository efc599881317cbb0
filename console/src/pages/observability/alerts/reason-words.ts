import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import type { AlertView } from "./alert-data.ts";
import { openTitle } from "./alert-data.ts";
import type { useText } from "./text.ts";

type Text = ReturnType<typeof useText>;
/** What an answer says of why: a code and figures, and the server's own words where it has none. */
type Why = Pick<AlertView, "note" | "reason">;
type Reason = NonNullable<AlertView["reason"]>;
type Burn = Extract<Reason, { readonly said: "burn" }>["windows"][number];

function burnWords({ long, short, longMs, shortMs, rate }: Burn, { t, locale }: Text): string {
  const times = (value: number | null): string =>
    value === null ? t("reason.none") : `${format.shortNumber(value)}×`;
  return t("reason.burnWindow", {
    long: times(long),
    short: times(short),
    longWindow: format.duration(longMs, locale),
    shortWindow: format.duration(shortMs, locale),
    bound: times(rate),
  });
}

function wordsOf(reason: Reason, text: Text): string {
  const { t, locale } = text;
  const number = (value: number): string => format.exactNumber(value, locale);
  const length = (ms: number): string => format.duration(ms, locale);
  switch (reason.said) {
    case "no-data":
      return reason.windowMs === null
        ? t("reason.noData")
        : t("reason.noDataIn", { window: length(reason.windowMs) });
    case "threshold":
      return t("reason.threshold", {
        value: number(reason.value),
        window: length(reason.windowMs),
        op: reason.op,
        bound: number(reason.bound),
      });
    case "absence":
      return reason.value === 0
        ? t("reason.nothingIn", { window: length(reason.windowMs) })
        : t("reason.countIn", { value: number(reason.value), window: length(reason.windowMs) });
    case "too-little":
      return t("reason.tooLittle");
    case "nothing-before":
      return t("reason.nothingBefore");
    case "change":
      return t("reason.change", {
        from: number(reason.from),
        to: number(reason.to),
        by: reason.as === "percent" ? `${number(reason.by)}%` : number(reason.by),
      });
    case "learning":
      return t("reason.learning");
    case "anomaly":
      return t("reason.anomaly", {
        value: number(reason.value),
        usual: number(reason.usual),
        spread: number(reason.spread),
        basis: t(`reason.basis.${reason.basis}`),
        deviations: format.shortNumber(reason.deviations),
      });
    case "burn":
      return t("reason.burn", {
        windows: reason.windows.map((one) => burnWords(one, text)).join(t("reason.and")),
      });
    case "deleted":
      return t("reason.deleted");
    case "text":
      return shown(reason.text, 300);
  }
}

/** Why an alert is as it is, in the reader's words; what only the server can say is in its own. */
export function reasonWords({ note, reason }: Why, text: Text): string {
  return reason === null ? shown(note, 300) : wordsOf(reason, text);
}

/** What an alert is about; those that objectives bring are named here, not by the server. */
export function titleWords({ origin, spec }: AlertView, { t }: Text): string {
  const { condition } = spec;
  if (origin !== "slo" || condition.type !== "burn-rate") return shown(openTitle(spec), 300);
  return t("reason.budget", { slo: isolated(condition.slo, 60) });
}
