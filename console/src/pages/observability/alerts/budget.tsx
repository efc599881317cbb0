import type { ReactNode } from "react";
import * as format from "../../../i18n/format.ts";
import type { SloView } from "./slo-data.ts";
import { useText } from "./text.ts";

/** What is left of an error budget, as a bar with its share in words. */
export function Budget({ slo }: { slo: SloView }): ReactNode {
  const { t } = useText();
  if (slo.total === 0) return <span className="none">{t("slo.noEvents")}</span>;
  const left = Math.max(0, Math.min(1, slo.remaining));
  const tone = slo.remaining <= 0 ? "failing" : slo.remaining < 0.25 ? "warning" : "";
  return (
    <span className="budget">
      <span>{slo.remaining < 0 ? t("slo.over") : format.percent(left)}</span>
      <span className="budget-bar" aria-hidden="true">
        <span className={tone} style={{ width: `${left * 100}%` }} />
      </span>
    </span>
  );
}
