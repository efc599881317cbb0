import { useState, type FormEvent, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { shown } from "../../../i18n/foreign.ts";
import { Tag } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Count } from "../../../ui/figures.tsx";
import { Go, useGo } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { nameOf, type DashboardView } from "./dashboard-spec.ts";
import { firstPanels } from "./starters.ts";
import { useText } from "./text.ts";
import "./alerts.css";

const sample = `import { dashboard } from "morning-ai/observability";

export const checkout = dashboard("checkout", {
  title: "Checkout",
  description: "",
  panels: [
    { title: "Orders", draw: "lines", unit: "", width: 12,
      source: { type: "promql", expr: "sum(rate(orders_total[5m]))" } },
  ],
});`;

function useColumns(): readonly Column<DashboardView>[] {
  const { t } = useText();
  return [
    {
      id: "title",
      title: t("dashboards.name"),
      value: ({ spec, name }) => spec.title || name,
      cell: ({ spec, name }) => (
        <Go to={`/dashboards/${name}`} className="link">
          <bdi>{shown(spec.title || name, 120)}</bdi>
        </Go>
      ),
      width: 200,
      grows: true,
      priority: 1,
    },
    {
      id: "description",
      title: t("dashboards.about"),
      value: ({ spec }) => spec.description,
      cell: ({ spec }) => <bdi>{shown(spec.description, 200)}</bdi>,
      width: 260,
      grows: true,
      priority: 4,
    },
    {
      id: "panels",
      title: t("dashboards.panels"),
      value: ({ spec }) => spec.panels.length,
      cell: ({ spec }) => <Count value={spec.panels.length} />,
      width: 90,
      align: "end",
      priority: 3,
    },
    {
      id: "from",
      title: t("dashboards.from"),
      value: ({ declared }) => (declared ? t("origin.code") : t("origin.console")),
      cell: ({ declared }) => <Tag>{t(declared ? "origin.code" : "origin.console")}</Tag>,
      width: 110,
      priority: 2,
    },
    {
      id: "changed",
      title: t("dashboards.changed"),
      value: ({ updatedAtMs }) => updatedAtMs,
      cell: ({ updatedAtMs }) => <Ago atMs={updatedAtMs} />,
      width: 130,
      priority: 5,
    },
  ];
}

function NewDashboard({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useText();
  const say = useToast();
  const go = useGo();
  const [title, setTitle] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const name = nameOf(title, "dashboard");
    setBusy(true);
    try {
      const body = { title: title.trim(), description: "", panels: [...firstPanels(t)] };
      await call("put", "/telemetry/dashboards/{name}", { path: { name }, body });
      go(`/dashboards/${name}`);
    } catch (problem) {
      say.failed(t("dashboards.new"), problem);
      setBusy(false);
    }
  };
  return (
    <Dialog open title={t("dashboards.new")} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <label className="field">
          <span>{t("dashboards.name")}</span>
          <input
            className="input"
            required
            autoFocus
            maxLength={80}
            value={title}
            onChange={(event) => setTitle(event.target.value)}
          />
          <span className="hint">{t("dashboards.newHint")}</span>
        </label>
        <div className="dialog-foot">
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button submits tone="main" busy={busy} disabled={title.trim() === ""}>
            {t("dashboards.make")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Dashboards, those of code and those that people saved. */
export default function DashboardsPage(): ReactNode {
  const { t } = useText();
  const found = useApi("/telemetry/dashboards", {});
  const may = useMay("operator");
  const [isNew, setNew] = useState(false);
  const go = useGo();
  const columns = useColumns();
  return (
    <Page
      title={t("dashboards.title")}
      sentence={t("dashboards.sentence")}
      actions={
        may && (
          <Button tone="main" size="small" icon="plus" onClick={() => setNew(true)}>
            {t("dashboards.new")}
          </Button>
        )
      }
    >
      <Panel title={t("dashboards.all")} flush>
        <Answer of={found}>
          {({ dashboards }) => (
            <Table
              label={t("dashboards.title")}
              name="dashboards"
              columns={columns}
              rows={dashboards}
              rowKey={({ name, declared }) => `${name} ${declared}`}
              onOpen={({ name }) => go(`/dashboards/${name}`)}
              empty={
                <Empty title={t("dashboards.none")} text={t("dashboards.noneText")} code={sample} />
              }
            />
          )}
        </Answer>
      </Panel>
      {isNew && <NewDashboard onClose={() => setNew(false)} />}
    </Page>
  );
}
