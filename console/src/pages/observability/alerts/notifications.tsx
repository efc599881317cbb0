import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import type { Health } from "../../../api/overview.ts";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { Select } from "../../../ui/field.tsx";
import { Count } from "../../../ui/figures.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { oneOf, useView, type Parameters } from "../../../view.ts";
import type { Notification } from "./alert-data.ts";
import { useText } from "./text.ts";

const statuses = ["waiting", "sent", "failed"] as const;

interface TabView {
  readonly status: (typeof statuses)[number];
}

const view: Parameters<TabView> = { status: oneOf(statuses) };

const healths: Readonly<Record<Notification["status"], Health>> = {
  sent: "ok",
  waiting: "unknown",
  failed: "failing",
};

/** What a notification says, in one line. */
function wordsOf({ notification: { alerts, leftOut } }: Notification): string {
  const titles = alerts.map(({ title }) => title);
  return leftOut > 0 ? `${titles.join("; ")} (+${leftOut})` : titles.join("; ");
}

function useColumns(): readonly Column<Notification>[] {
  const { t } = useText();
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
      id: "status",
      title: t("notifications.status"),
      value: ({ status }) => t(`notifications.${status}`),
      cell: ({ status }) => <Badge health={healths[status]}>{t(`notifications.${status}`)}</Badge>,
      width: 110,
      priority: 1,
    },
    {
      id: "notifier",
      title: t("notifications.to"),
      value: ({ notifier }) => notifier,
      cell: ({ notifier }) => <bdi>{shown(notifier, 60)}</bdi>,
      width: 110,
      priority: 2,
    },
    {
      id: "kind",
      title: t("notifications.kind"),
      value: ({ kind }) => t(`notifications.kind.${kind}`),
      cell: ({ kind }) => <Tag>{t(`notifications.kind.${kind}`)}</Tag>,
      width: 120,
      priority: 3,
    },
    {
      id: "alerts",
      title: t("alerts.title"),
      value: wordsOf,
      cell: (one) => <bdi title={isolated(wordsOf(one), 600)}>{shown(wordsOf(one), 200)}</bdi>,
      width: 220,
      grows: true,
      priority: 2,
    },
    {
      id: "attempts",
      title: t("notifications.attempts"),
      value: ({ attempts }) => attempts,
      cell: ({ attempts }) => <Count value={attempts} />,
      width: 90,
      align: "end",
      priority: 5,
    },
    {
      id: "error",
      title: t("notifications.error"),
      value: ({ error }) => error,
      cell: ({ error }) => <bdi title={isolated(error, 600)}>{shown(error, 200)}</bdi>,
      width: 180,
      grows: true,
      priority: 4,
    },
  ];
}

/** What was told to whom, and what is still to be told. */
export function NotificationsTab(): ReactNode {
  const { t } = useText();
  const [{ status }, set] = useView(view);
  const columns = useColumns();
  const found = useApi(
    "/notifications",
    { query: { status, limit: 200 } },
    { everyMs: 5000, keep: true },
  );
  return (
    <Panel title={t("notifications.title")} flush>
      <Answer of={found}>
        {({ notifications }) => (
          <Table
            label={t("notifications.title")}
            name="notifications"
            columns={columns}
            rows={notifications}
            rowKey={({ id, notifier }) => `${id} ${notifier}`}
            filters={
              <Select
                label={t("notifications.status")}
                value={status ?? ""}
                options={[
                  ["", t("notifications.all")],
                  ...statuses.map((one) => [one, t(`notifications.${one}`)] as const),
                ]}
                onChange={(next) => set({ status: next === "" ? undefined : next })}
              />
            }
            empty={<Empty title={t("notifications.none")} text={t("notifications.noneText")} />}
          />
        )}
      </Answer>
    </Panel>
  );
}
