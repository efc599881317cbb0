import * as format from "../../../i18n/format.ts";
import { isolated } from "../../../i18n/foreign.ts";
import type { AlertSource, Condition } from "./alert-data.ts";
import { unitOfCondition } from "./alert-data.ts";
import type { useText } from "./text.ts";
import { valueWords } from "./unit.ts";

type Text = ReturnType<typeof useText>;

/** What a source computes, in words. */
function sourceWords(source: AlertSource, { t }: Text): string {
  if (source.type === "promql") return isolated(source.expr, 160);
  const { signal, measure, field, q, by } = source;
  return t("condition.source", {
    measure: t(`measure.${measure}`),
    field: isolated(field, 60),
    hasField: field === "" ? "no" : "yes",
    signal: t(`records.${signal}`),
    q: isolated(q, 160),
    hasQuery: q === "" ? "no" : "yes",
    by: isolated(by.join(", "), 120),
    hasGroups: by.length === 0 ? "no" : "yes",
  });
}

/** When an alert fires, as a sentence. */
export function conditionWords(condition: Condition, text: Text): string {
  const { t, locale } = text;
  const length = (ms: number): string => format.duration(ms, locale);
  const unit = unitOfCondition(condition);
  switch (condition.type) {
    case "threshold":
      return t("condition.threshold", {
        source: sourceWords(condition.source, text),
        op: condition.op,
        value: valueWords(condition.value, unit, locale),
        window: length(condition.windowMs),
      });
    case "absence":
      return t("condition.absence", {
        source: sourceWords(condition.source, text),
        window: length(condition.windowMs),
      });
    case "change":
      return t("condition.change", {
        source: sourceWords(condition.source, text),
        op: condition.op,
        value: condition.as === "percent" ? `${condition.value}%` : String(condition.value),
        window: length(condition.windowMs),
        offset: length(condition.offsetMs === 0 ? condition.windowMs : condition.offsetMs),
      });
    case "anomaly":
      return t("condition.anomaly", {
        source: sourceWords(condition.source, text),
        deviations: condition.deviations,
        direction: t(`direction.${condition.direction}`),
        history: length(condition.historyMs),
      });
    case "new-pattern":
      return t("condition.newPattern", {
        q: isolated(condition.q, 160),
        hasQuery: condition.q === "" ? "no" : "yes",
        window: length(condition.windowMs),
      });
    case "error-group":
      return t("condition.errorGroup", {
        service: isolated(condition.service, 80),
        hasService: condition.service === "" ? "no" : "yes",
      });
    case "burn-rate":
      return t("condition.burnRate", {
        slo: isolated(condition.slo, 60),
        windows: condition.windows
          .map(({ rate, longMs, shortMs }) => `${rate}× ${length(longMs)}/${length(shortMs)}`)
          .join(", "),
      });
  }
}
