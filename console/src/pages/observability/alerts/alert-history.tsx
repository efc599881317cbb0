import type { ReactNode } from "react";
import { shown } from "../../../i18n/foreign.ts";
import type { Health } from "../../../api/overview.ts";
import * as format from "../../../i18n/format.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Go } from "../../../ui/go.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import type { HistoryEntry } from "./alert-data.ts";
import { reasonWords } from "./reason-words.ts";
import { Labels } from "./state-marks.tsx";
import { useText } from "./text.ts";

const healths: Readonly<Record<HistoryEntry["to"], Health>> = {
  firing: "failing",
  pending: "warning",
  flapping: "warning",
  resolved: "ok",
  calm: "ok",
  inactive: "ok",
};

function useColumns(named: boolean): readonly Column<HistoryEntry>[] {
  const text = useText();
  const { t, locale } = text;
  const said = (one: HistoryEntry): string => reasonWords(one, text);
  const name: Column<HistoryEntry> = {
    id: "alert",
    title: t("alerts.name"),
    value: ({ alert }) => alert,
    cell: ({ alert }) => (
      <Go to={`/alerts/${encodeURIComponent(alert)}`} className="link">
        <bdi>{shown(alert, 60)}</bdi>
      </Go>
    ),
    width: 170,
    grows: true,
    priority: 1,
  };
  return [
    {
      id: "at",
      title: t("history.when"),
      value: ({ atMs }) => atMs,
      cell: ({ atMs }) => <Ago atMs={atMs} />,
      width: 130,
      priority: 1,
    },
    {
      id: "to",
      title: t("history.became"),
      value: ({ to }) => t(`history.to.${to}`),
      cell: ({ to }) => <Badge health={healths[to]}>{t(`history.to.${to}`)}</Badge>,
      width: 120,
      priority: 1,
    },
    ...(named ? [name] : []),
    {
      id: "labels",
      title: t("alerts.labels"),
      value: ({ labels }) => JSON.stringify(labels),
      cell: ({ labels }) => <Labels labels={labels} />,
      width: 200,
      grows: true,
      priority: 3,
    },
    {
      id: "value",
      title: t("alerts.value"),
      value: ({ value }) => value,
      cell: ({ value }) =>
        value === null ? <span className="none">–</span> : format.exactNumber(value, locale),
      width: 110,
      align: "end",
      priority: 4,
    },
    {
      id: "note",
      title: t("alerts.note"),
      value: said,
      cell: (one) => <bdi title={said(one)}>{said(one)}</bdi>,
      width: 200,
      grows: true,
      priority: 5,
    },
  ];
}

/** What became of alerts, the newest first. */
export function HistoryTable({
  history,
  named = false,
}: {
  history: readonly HistoryEntry[];
  /** Says which alert each is about. */
  named?: boolean;
}): ReactNode {
  const { t } = useText();
  return (
    <Table
      label={t("alerts.history")}
      name="history"
      columns={useColumns(named)}
      rows={history}
      rowKey={({ id }) => id}
      empty={<Empty title={t("history.none")} text={t("history.noneText")} />}
    />
  );
}
