import { useMemo, type ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Count } from "../../../ui/figures.tsx";
import { Go, useGo } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { flag, useView, type Parameters } from "../../../view.ts";
import { Budget } from "./budget.tsx";
import { byBudget, fastest, healthOfSlo, shareWords, type SloView } from "./slo-data.ts";
import { SloForm } from "./slo-form.tsx";
import { useText } from "./text.ts";
import "./alerts.css";

interface SlosView {
  readonly new: true;
}

const view: Parameters<SlosView> = { new: flag };

const sample = `import { slo } from "morning-ai/observability";

export const checkout = slo("checkout", {
  title: "Orders are taken",
  objective: 0.999,
  indicator: {
    type: "records", signal: "spans",
    q: 'service:orders kind:server name:"POST /orders"',
    good: "-status:error duration<=500ms",
  },
});`;

function useColumns(): readonly Column<SloView>[] {
  const { t } = useText();
  return [
    {
      id: "health",
      title: t("alerts.state"),
      value: (slo) => t(`slo.health.${healthOfSlo(slo)}`),
      cell: (slo) => <Badge health={healthOfSlo(slo)}>{t(`slo.health.${healthOfSlo(slo)}`)}</Badge>,
      width: 120,
      priority: 1,
    },
    {
      id: "title",
      title: t("slos.one"),
      value: ({ spec }) => spec.title,
      cell: ({ name, spec }) => (
        <Go
          to={`/slos/${encodeURIComponent(name)}`}
          className="link"
          title={isolated(spec.description || spec.title, 400)}
        >
          <bdi>{shown(spec.title, 120)}</bdi>
        </Go>
      ),
      width: 170,
      grows: true,
      priority: 1,
    },
    {
      id: "service",
      title: t("slos.service"),
      value: ({ spec }) => spec.service,
      cell: ({ spec }) => <bdi>{shown(spec.service, 60)}</bdi>,
      width: 110,
      priority: 5,
    },
    {
      id: "objective",
      title: t("slos.objective"),
      value: ({ spec }) => spec.objective,
      cell: ({ spec }) => shareWords(spec.objective),
      width: 100,
      align: "end",
      priority: 3,
    },
    {
      id: "reached",
      title: t("slos.reached"),
      value: ({ reached }) => reached,
      cell: ({ reached }) =>
        reached === null ? <span className="none">–</span> : shareWords(reached),
      width: 100,
      align: "end",
      priority: 3,
    },
    ...useMoreColumns(),
  ];
}

/** The columns that give way first. */
function useMoreColumns(): readonly Column<SloView>[] {
  const { t } = useText();
  return [
    {
      id: "budget",
      title: t("slos.budget"),
      value: ({ remaining }) => remaining,
      cell: (slo) => <Budget slo={slo} />,
      width: 150,
      priority: 2,
    },
    {
      id: "burn",
      title: t("slos.burn"),
      value: fastest,
      cell: (slo) => {
        const rate = fastest(slo);
        return rate === null ? <span className="none">–</span> : `${rate.toFixed(1)}×`;
      },
      width: 90,
      align: "end",
      priority: 4,
    },
    {
      id: "events",
      title: t("slos.events"),
      value: ({ total }) => total,
      cell: ({ total }) => <Count value={total} />,
      width: 90,
      align: "end",
      priority: 6,
    },
    {
      id: "from",
      title: t("dashboards.from"),
      value: ({ declared }) => t(declared ? "origin.code" : "origin.console"),
      cell: ({ declared }) => <Tag>{t(declared ? "origin.code" : "origin.console")}</Tag>,
      width: 100,
      priority: 7,
    },
  ];
}

/** Objectives: what was promised, what was kept, and what may still go wrong. */
export default function SlosPage(): ReactNode {
  const { t } = useText();
  const [{ new: isNew }, set] = useView(view);
  const may = useMay("operator");
  const go = useGo();
  const columns = useColumns();
  const found = useApi("/slos", {}, { everyMs: 10_000 });
  const slos = found.data?.slos;
  const rows = useMemo(() => byBudget(slos ?? []), [slos]);
  if (isNew === true && may) {
    return (
      <Page title={t("slo.new")} above={<Go to="/slos">{t("slos.title")}</Go>}>
        <SloForm onClose={() => set({ new: undefined })} />
      </Page>
    );
  }
  const worst = rows[0] === undefined ? undefined : healthOfSlo(rows[0]);
  const bad = rows.filter((one) => healthOfSlo(one) === "failing").length;
  return (
    <Page
      title={t("slos.title")}
      sentence={
        slos === undefined || slos.length === 0
          ? t("slos.sentence")
          : t("slos.now", { bad, count: slos.length })
      }
      {...(worst === undefined ? {} : { health: worst })}
      actions={
        may && (
          <Button
            size="small"
            tone="main"
            icon="plus"
            onClick={() => set({ new: true }, { push: true })}
          >
            {t("slo.new")}
          </Button>
        )
      }
    >
      <Panel title={t("slos.all")} flush>
        <Answer of={found}>
          {() => (
            <Table
              label={t("slos.title")}
              name="slos"
              columns={columns}
              rows={rows}
              rowKey={({ name }) => name}
              onOpen={({ name }) => go(`/slos/${encodeURIComponent(name)}`)}
              empty={<Empty title={t("slos.none")} text={t("slos.noneText")} code={sample} />}
            />
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
