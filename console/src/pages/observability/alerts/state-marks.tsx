import type { ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { healthOf, type AlertSpec, type AlertView, type Matcher } from "./alert-data.ts";
import { useText } from "./text.ts";

/** The state of an alert in a word. */
export function StateBadge({ state }: { state: AlertView["state"] }): ReactNode {
  const { t } = useText();
  return <Badge health={healthOf[state]}>{t(`state.alert.${state}`)}</Badge>;
}

/** How much an alert matters. */
export function SeverityTag({ severity }: { severity: AlertSpec["severity"] }): ReactNode {
  const { t } = useText();
  return <Tag>{t(`severity.${severity}`)}</Tag>;
}

/** Labels, name and value each. */
export function Labels({ labels }: { labels: Readonly<Record<string, string>> }): ReactNode {
  const { t } = useText();
  const all = Object.entries(labels);
  if (all.length === 0) return <span className="none">{t("alert.noLabels")}</span>;
  return (
    <span className="label-list">
      {all.map(([name, value]) => (
        <Tag key={name} mono>
          <bdi title={isolated(`${name}=${value}`, 300)}>{shown(`${name}=${value}`, 80)}</bdi>
        </Tag>
      ))}
    </span>
  );
}

/** What labels must be, as it is written. */
export function Matchers({ matchers }: { matchers: readonly Matcher[] }): ReactNode {
  return (
    <span className="label-list">
      {matchers.map(({ label, op, value }) => (
        <Tag key={`${label}${op}${value}`} mono>
          <bdi>{shown(`${label}${op}${value}`, 80)}</bdi>
        </Tag>
      ))}
    </span>
  );
}
