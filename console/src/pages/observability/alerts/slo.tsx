import { useMemo, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Code } from "../../../ui/copy.tsx";
import { Count, Facts, Figures } from "../../../ui/figures.tsx";
import { Go, useGo, useName } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { oneOf, useView, type Parameters } from "../../../view.ts";
import { declaration } from "./dashboard-spec.ts";
import { FrameChart } from "./drawing.tsx";
import type { Frame } from "./frame.ts";
import { Linked } from "./linked.tsx";
import { healthOfSlo, shareWords, type SloDetail } from "./slo-data.ts";
import { SloForm } from "./slo-form.tsx";
import { useText } from "./text.ts";
import "./alerts.css";

interface SloPageView {
  readonly mode: "edit" | "code";
}

const view: Parameters<SloPageView> = { mode: oneOf(["edit", "code"]) };

/** The least that the chart of a budget shows, milliseconds. */
const leastMs = 6 * 3_600_000;

/** What was left of the budget at every hour, and how many of the events failed. */
function BurnDown({ slo }: { slo: SloDetail }): ReactNode {
  const { t } = useText();
  const { series, spec, atMs: nowMs } = slo;
  // As much of the window as something is known of, and never so little that it says nothing.
  const firstMs = Math.min(series[0]?.atMs ?? nowMs, nowMs - leastMs);
  const span = { fromMs: Math.max(firstMs, nowMs - spec.windowMs), toMs: nowMs };
  const frames = useMemo(() => {
    const atMs = series.map((one) => one.atMs);
    const left: Frame = {
      atMs,
      lines: [{ label: "", values: series.map(({ remaining }) => Math.max(0, remaining)) }],
      leftOut: 0,
    };
    const failed: Frame = {
      atMs,
      lines: [{ label: "", values: series.map(({ good, total }) => total - good) }],
      leftOut: 0,
    };
    return { left, failed };
  }, [series]);
  if (series.length === 0) return <Empty title={t("slo.noEvents")} text={t("slo.noEventsText")} />;
  return (
    <div className="columns">
      <FrameChart
        label={t("slo.left")}
        frame={frames.left}
        unit="percent"
        span={span}
        sync={`slo ${slo.name}`}
      />
      <FrameChart
        label={t("slo.failed", { objective: shareWords(spec.objective) })}
        frame={frames.failed}
        unit=""
        bars
        span={span}
        sync={`slo ${slo.name}`}
      />
    </div>
  );
}

type Burn = SloDetail["burn"][number];

const times = (value: number | null): ReactNode =>
  value === null ? <span className="none">–</span> : `${value.toFixed(2)}×`;

function useColumns(): readonly Column<Burn>[] {
  const { t, locale } = useText();
  const length = (ms: number): string => format.duration(ms, locale);
  return [
    {
      id: "state",
      title: t("alerts.state"),
      value: ({ burning }) => burning,
      cell: ({ burning, severity }) => (
        <Badge health={burning ? (severity === "page" ? "failing" : "warning") : "ok"}>
          {t(burning ? "slo.burning" : "slo.calm")}
        </Badge>
      ),
      width: 110,
      priority: 1,
    },
    {
      id: "windows",
      title: t("slo.windows"),
      value: ({ longMs }) => longMs,
      cell: ({ longMs, shortMs }) => `${length(longMs)} / ${length(shortMs)}`,
      width: 120,
      grows: true,
      priority: 1,
    },
    {
      id: "rate",
      title: t("slo.bound"),
      value: ({ rate: bound }) => bound,
      cell: ({ rate: bound }) => `${bound}×`,
      width: 80,
      align: "end",
      priority: 2,
    },
    ...useRateColumns(),
  ];
}

function useRateColumns(): readonly Column<Burn>[] {
  const { t } = useText();
  return [
    {
      id: "long",
      title: t("slo.long"),
      value: ({ long }) => long,
      cell: ({ long }) => times(long),
      width: 110,
      align: "end",
      priority: 2,
    },
    {
      id: "short",
      title: t("slo.short"),
      value: ({ short }) => short,
      cell: ({ short }) => times(short),
      width: 110,
      align: "end",
      priority: 3,
    },
    {
      id: "events",
      title: t("slos.events"),
      value: ({ events }) => events,
      cell: ({ events }) => <Count value={events} />,
      width: 100,
      align: "end",
      priority: 5,
    },
    {
      id: "severity",
      title: t("alerts.severity"),
      value: ({ severity }) => t(`severity.${severity}`),
      cell: ({ severity }) => <Tag>{t(`severity.${severity}`)}</Tag>,
      width: 100,
      priority: 4,
    },
  ];
}

/** The pairs of windows, how fast the budget goes in each, and what is told. */
function Windows({ slo }: { slo: SloDetail }): ReactNode {
  const { t } = useText();
  const columns = useColumns();
  return (
    <Table
      label={t("slo.windows")}
      name="windows"
      columns={columns}
      rows={slo.burn}
      rowKey={({ longMs, shortMs, rate: bound }) => `${longMs} ${shortMs} ${bound}`}
      empty={<Empty title={t("slo.noWindows")} />}
    />
  );
}

function Acts({ slo }: { slo: SloDetail }): ReactNode {
  const { t } = useText();
  const [, set] = useView(view);
  const go = useGo();
  const may = useMay("operator");
  const { name, spec, declared } = slo;
  return (
    <>
      <Button size="small" onClick={() => set({ mode: "code" }, { push: true })}>
        {t("dashboard.code")}
      </Button>
      <a className="button small" href={`/api/v1/slos/${encodeURIComponent(name)}/openslo.yaml`}>
        OpenSLO
      </a>
      {!declared && may && (
        <Button size="small" icon="edit" onClick={() => set({ mode: "edit" }, { push: true })}>
          {t("dashboard.edit")}
        </Button>
      )}
      {!declared && (
        <ActionButton
          label={t("dashboard.delete")}
          icon="trash"
          confirm={{
            title: t("slo.delete"),
            text: t("slo.deleteText", { title: isolated(spec.title, 80) }),
            button: t("dashboard.delete"),
          }}
          run={() => call("delete", "/slos/{name}", { path: { name } })}
          done={() => t("slo.deleted")}
          undo={() => call("put", "/slos/{name}", { path: { name }, body: spec })}
          then={() => go("/slos")}
        />
      )}
    </>
  );
}

function Standing({ slo }: { slo: SloDetail }): ReactNode {
  const { t, locale } = useText();
  const { spec, reached, remaining, total, failed, allowed } = slo;
  return (
    <Figures
      figures={[
        { label: t("slos.objective"), value: shareWords(spec.objective) },
        { label: t("slos.reached"), value: reached === null ? "–" : shareWords(reached) },
        {
          label: t("slos.budget"),
          value: total === 0 ? "–" : remaining < 0 ? t("slo.over") : format.percent(remaining),
          ...(total > 0 && remaining < 0.25
            ? { tone: remaining <= 0 ? ("failing" as const) : ("warning" as const) }
            : {}),
        },
        { label: t("slo.failedEvents"), value: <Count value={failed} /> },
        { label: t("slo.allowed"), value: <Count value={Math.floor(allowed)} /> },
        { label: t("slos.events"), value: <Count value={total} /> },
        { label: t("slo.window"), value: format.duration(spec.windowMs, locale) },
      ]}
    />
  );
}

function Definition({ slo: { spec } }: { slo: SloDetail }): ReactNode {
  const { t } = useText();
  const { indicator } = spec;
  const mono = (text: string): ReactNode => (
    <bdi className="mono">{text === "" ? "*" : shown(text, 600)}</bdi>
  );
  return (
    <Panel title={t("slo.indicator")}>
      <Facts
        facts={
          indicator.type === "records"
            ? [
                [t("source.signal"), t(`source.${indicator.signal}`)],
                [t("slo.all"), mono(indicator.q)],
                [t("slo.good"), mono(indicator.good)],
                [t("slo.eventsMin"), <Count key="least" value={spec.eventsMin} />],
              ]
            : [
                [t("slo.totalSelector"), mono(indicator.total)],
                [t("slo.goodSelector"), mono(indicator.good)],
                [t("slo.eventsMin"), <Count key="least" value={spec.eventsMin} />],
              ]
        }
      />
    </Panel>
  );
}

function Detail({ slo }: { slo: SloDetail }): ReactNode {
  const { t } = useText();
  const [{ mode }, set] = useView(view);
  const may = useMay("operator");
  const { name, spec, declared } = slo;
  const above = <Go to="/slos">{t("slos.title")}</Go>;
  const title = shown(spec.title, 120);
  if (mode === "edit" && !declared && may) {
    return (
      <Page title={title} above={above}>
        <SloForm name={name} first={spec} onClose={() => set({ mode: undefined })} />
      </Page>
    );
  }
  const health = healthOfSlo(slo);
  return (
    <Page
      title={title}
      above={above}
      health={health}
      sentence={
        <>
          {t(`slo.sentence.${health}`)} <bdi>{shown(spec.description, 400)}</bdi>
        </>
      }
      actions={<Acts slo={slo} />}
    >
      {mode === "code" && (
        <Panel
          title="TypeScript"
          actions={
            <Button size="small" onClick={() => set({ mode: undefined })}>
              {t("dashboard.done")}
            </Button>
          }
        >
          <Code code={declaration("slo", name, spec)} label="TypeScript" />
        </Panel>
      )}
      <Panel title={t("slo.standing")}>
        <Standing slo={slo} />
      </Panel>
      <Panel title={t("slo.burnDown")} hint={t("slo.burnDownHint")}>
        <BurnDown slo={slo} />
      </Panel>
      <Panel title={t("slo.windows")} hint={t("slo.windowsHint")} flush>
        <Windows slo={slo} />
      </Panel>
      <Linked name={name} />
      <Definition slo={slo} />
    </Page>
  );
}

/** One objective: its budget over time, how fast it goes, and the alerts that watch it. */
export default function SloPage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const found = useApi("/slos/{name}", { path: { name } }, { everyMs: 10_000 });
  if (found.data !== undefined) return <Detail key={name} slo={found.data} />;
  return (
    <Page title={shown(name, 60)} above={<Go to="/slos">{t("slos.title")}</Go>}>
      <Answer of={found}>{() => null}</Answer>
    </Page>
  );
}
