import { useMemo, type ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { shown } from "../../../i18n/foreign.ts";
import { Tag } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Count } from "../../../ui/figures.tsx";
import { Go, useGo } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { Ago } from "../../../ui/time.tsx";
import { flag, oneOf, useView, type Parameters } from "../../../view.ts";
import { byUrgency, firingsOf, unitOfCondition, type AlertView } from "./alert-data.ts";
import { AlertForm } from "./alert-form.tsx";
import { HistoryTable } from "./alert-history.tsx";
import { FiringLanes } from "./firing-lanes.tsx";
import { MaintenanceTab } from "./maintenance.tsx";
import { NotificationsTab } from "./notifications.tsx";
import { reasonWords, titleWords } from "./reason-words.ts";
import { SilencesTab } from "./silences.tsx";
import { useSpan } from "./span.ts";
import { SeverityTag, StateBadge } from "./state-marks.tsx";
import { useText } from "./text.ts";
import { valueWords } from "./unit.ts";
import "./alerts.css";

const tabs = ["alerts", "history", "silences", "maintenance", "notifications"] as const;

interface AlertsView {
  readonly tab: (typeof tabs)[number];
  readonly new: true;
}

const view: Parameters<AlertsView> = { tab: oneOf(tabs), new: flag };

const sample = `import { alert } from "morning-ai/observability";

export const checkoutErrors = alert("checkout-errors", {
  title: "{{value}} of the checkouts fail",
  severity: "page",
  condition: {
    type: "threshold",
    source: { type: "records", signal: "spans",
      q: "service:orders kind:server", measure: "error-share" },
    windowMs: 300_000, op: ">", value: 0.05,
  },
});`;

function useColumns(): readonly Column<AlertView>[] {
  const text = useText();
  const { t, locale } = text;
  const said = (alert: AlertView): string => reasonWords(alert, text) || titleWords(alert, text);
  return [
    {
      id: "state",
      title: t("alerts.state"),
      value: ({ state }) => t(`state.alert.${state}`),
      cell: ({ state }) => <StateBadge state={state} />,
      width: 120,
      priority: 1,
    },
    {
      id: "name",
      title: t("alerts.name"),
      value: ({ name }) => name,
      cell: (alert) => (
        <Go
          to={`/alerts/${encodeURIComponent(alert.name)}`}
          className="link"
          title={titleWords(alert, text)}
        >
          <bdi>{shown(alert.name, 60)}</bdi>
        </Go>
      ),
      width: 180,
      grows: true,
      priority: 1,
    },
    {
      id: "note",
      title: t("alerts.note"),
      value: said,
      cell: (alert) => <bdi title={said(alert)}>{said(alert)}</bdi>,
      width: 240,
      grows: true,
      priority: 4,
    },
    {
      id: "value",
      title: t("alerts.value"),
      value: ({ value }) => value,
      cell: ({ value, spec }) =>
        value === null ? (
          <span className="none">–</span>
        ) : (
          valueWords(value, unitOfCondition(spec.condition), locale)
        ),
      width: 90,
      align: "end",
      priority: 3,
    },
    ...useMoreColumns(),
  ];
}

/** The columns that give way first. */
function useMoreColumns(): readonly Column<AlertView>[] {
  const { t } = useText();
  return [
    {
      id: "firing",
      title: t("alerts.firing"),
      value: ({ firing }) => firing,
      cell: ({ firing }) => <Count value={firing} />,
      width: 80,
      align: "end",
      priority: 5,
    },
    {
      id: "since",
      title: t("alerts.since"),
      value: ({ sinceMs }) => sinceMs,
      cell: ({ sinceMs }) => <Ago atMs={sinceMs} />,
      width: 120,
      priority: 2,
    },
    {
      id: "severity",
      title: t("alerts.severity"),
      value: ({ spec }) => t(`severity.${spec.severity}`),
      cell: ({ spec }) => <SeverityTag severity={spec.severity} />,
      width: 100,
      priority: 3,
    },
    {
      id: "origin",
      title: t("dashboards.from"),
      value: ({ origin }) => t(`origin.${origin}`),
      cell: ({ origin }) => <Tag>{t(`origin.${origin}`)}</Tag>,
      width: 110,
      priority: 6,
    },
  ];
}

function AlertList({ alerts }: { alerts: readonly AlertView[] }): ReactNode {
  const { t } = useText();
  const go = useGo();
  const columns = useColumns();
  const rows = useMemo(() => byUrgency(alerts), [alerts]);
  return (
    <Table
      label={t("alerts.title")}
      name="alerts"
      columns={columns}
      rows={rows}
      rowKey={({ name }) => name}
      onOpen={({ name }) => go(`/alerts/${encodeURIComponent(name)}`)}
      empty={<Empty title={t("alerts.none")} text={t("alerts.noneText")} code={sample} />}
    />
  );
}

/** When alerts fired within the console's time range. */
function Lanes(): ReactNode {
  const { t } = useText();
  const [span] = useSpan();
  const found = useApi("/alerts/history", { query: { limit: 500 } }, { everyMs: 10_000 });
  return (
    <Panel title={t("lanes.title")}>
      <Answer of={found} rows={2}>
        {({ history }) => <FiringLanes firings={firingsOf(history, span)} span={span} />}
      </Answer>
    </Panel>
  );
}

function History(): ReactNode {
  const found = useApi("/alerts/history", { query: { limit: 500 } }, { everyMs: 10_000 });
  return <Answer of={found}>{({ history }) => <HistoryTable history={history} named />}</Answer>;
}

function Sentence({ alerts }: { alerts: readonly AlertView[] | undefined }): ReactNode {
  const { t } = useText();
  if (alerts === undefined) return t("alerts.sentence");
  const count = (state: AlertView["state"]): number =>
    alerts.filter((one) => one.state === state).length;
  const [firing, failing] = [count("firing"), count("error")];
  if (failing > 0) return t("alerts.broken", { firing, failing });
  return t("alerts.now", { firing, count: alerts.length });
}

/** Alerts: what fires, what fired, and who was told. */
export default function AlertsPage(): ReactNode {
  const { t } = useText();
  const [{ tab = "alerts", new: isNew }, set] = useView(view);
  const may = useMay("operator");
  const found = useApi("/alerts", {}, { everyMs: 5000 });
  const alerts = found.data?.alerts;
  const isFiring = alerts?.some(({ state }) => state === "firing") ?? false;
  const isBroken = alerts?.some(({ state }) => state === "error") ?? false;
  if (isNew === true && may) {
    return (
      <Page title={t("alert.new")} above={<Go to="/alerts">{t("alerts.title")}</Go>}>
        <AlertForm onClose={() => set({ new: undefined })} />
      </Page>
    );
  }
  return (
    <Page
      title={t("alerts.title")}
      sentence={<Sentence alerts={alerts} />}
      {...(alerts === undefined
        ? {}
        : { health: isFiring ? ("failing" as const) : isBroken ? "warning" : "ok" })}
      actions={
        may && (
          <Button
            size="small"
            tone="main"
            icon="plus"
            onClick={() => set({ new: true }, { push: true })}
          >
            {t("alert.new")}
          </Button>
        )
      }
    >
      <Tabs
        label={t("alerts.title")}
        value={tab}
        onChange={(next) => set({ tab: next === "alerts" ? undefined : next })}
        tabs={[
          {
            name: "alerts",
            label: t("alerts.title"),
            count: alerts?.length,
            content: () => (
              <div className="stack">
                <Panel title={t("alerts.all")} flush>
                  <Answer of={found}>{(answer) => <AlertList alerts={answer.alerts} />}</Answer>
                </Panel>
                <Lanes />
              </div>
            ),
          },
          {
            name: "history",
            label: t("alerts.history"),
            content: () => (
              <Panel title={t("alerts.history")} flush>
                <History />
              </Panel>
            ),
          },
          { name: "silences", label: t("silences.title"), content: () => <SilencesTab /> },
          { name: "maintenance", label: t("windows.title"), content: () => <MaintenanceTab /> },
          {
            name: "notifications",
            label: t("notifications.title"),
            content: () => <NotificationsTab />,
          },
        ]}
      />
    </Page>
  );
}
