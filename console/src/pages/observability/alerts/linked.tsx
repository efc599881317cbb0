import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Go } from "../../../ui/go.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer } from "../../../ui/states.tsx";
import { reasonWords } from "./reason-words.ts";
import { SeverityTag, StateBadge } from "./state-marks.tsx";
import { useText } from "./text.ts";

/** The alerts that watch an objective. */
export function Linked({ name }: { name: string }): ReactNode {
  const text = useText();
  const { t } = text;
  const found = useApi("/alerts", {}, { everyMs: 10_000 });
  return (
    <Panel title={t("slo.alerts")}>
      <Answer of={found} rows={2}>
        {({ alerts }) => {
          const own = alerts.filter(
            ({ spec: { condition } }) => condition.type === "burn-rate" && condition.slo === name,
          );
          if (own.length === 0) return <p className="hint">{t("slo.noAlerts")}</p>;
          return own.map((alert) => (
            <div key={alert.name} className="row">
              <StateBadge state={alert.state} />
              <Go to={`/alerts/${encodeURIComponent(alert.name)}`} className="link">
                <bdi>{shown(alert.name, 80)}</bdi>
              </Go>
              <SeverityTag severity={alert.spec.severity} />
              <span className="hint">
                <bdi>{reasonWords(alert, text)}</bdi>
              </span>
            </div>
          ));
        }}
      </Answer>
    </Panel>
  );
}
