import { useMemo, type ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Go, useName } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { PageOf } from "../../../ui/page-of.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { FlameGraph } from "../../../ui/traces/flame-graph.tsx";
import { HotSpots } from "../../../ui/traces/hot-spots.tsx";
import { Waterfall } from "../../../ui/traces/waterfall.tsx";
import { oneOf, text, useView, type Parameters } from "../../../view.ts";
import { PlanList, useTracePlans, type Plan } from "./apm/databases.tsx";
import { Breakdowns } from "./breakdown.tsx";
import { Failures } from "./failures.tsx";
import { Oddities } from "./oddities.tsx";
import { SpanDrawer } from "./span-drawer.tsx";
import type { TraceDetail } from "./summary.ts";
import { useText } from "./text.ts";
import { ErrorsOf, LogsOf, Related, useRelated } from "./together.tsx";
import "./traces.css";

const tabs = ["waterfall", "flame", "table", "plans", "logs", "errors", "related"] as const;

interface TraceView {
  readonly tab: (typeof tabs)[number];
  /** The span whose details are open. */
  readonly span: string;
}

const view: Parameters<TraceView> = { tab: oneOf(tabs), span: text(16) };

/** Hands the trace to the reader as the file that the API gave. */
function download(traceId: string, detail: TraceDetail): void {
  const file = new Blob([JSON.stringify(detail, null, 2)], { type: "application/json" });
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = `trace-${traceId}.json`;
  link.click();
  URL.revokeObjectURL(url);
}

interface ViewsProps {
  readonly id: string;
  readonly detail: TraceDetail;
  /** How Postgres ran the statements of the trace, as far as it logged that. */
  readonly plans: readonly Plan[];
}

function Views({ id, detail, plans }: ViewsProps): ReactNode {
  const { t } = useText();
  const [{ tab = "waterfall", span }, set] = useView(view);
  const related = useRelated(id);
  const { analysis, logs, errors } = detail;
  const { spans } = analysis;
  // The drawings keep what they worked out as long as the trace is the same object.
  const trace = useMemo(() => ({ spans }), [spans]);
  const traces = useMemo(() => [trace], [trace]);
  return (
    <Tabs
      label={t("trace.views")}
      value={tab}
      onChange={(next) => set({ tab: next === "waterfall" ? undefined : next }, { push: true })}
      tabs={[
        {
          name: "waterfall",
          label: t("trace.waterfall"),
          content: () => (
            <Panel title={t("trace.waterfall")} flush>
              <Waterfall
                trace={trace}
                selected={span}
                onSelect={({ spanId }) => set({ span: spanId }, { push: true })}
              />
            </Panel>
          ),
        },
        {
          name: "flame",
          label: t("trace.flame"),
          content: () => (
            <Panel title={t("trace.flame")} flush>
              <FlameGraph traces={traces} />
            </Panel>
          ),
        },
        {
          name: "table",
          label: t("trace.table"),
          content: () => (
            <>
              <Breakdowns analysis={analysis} />
              <Panel title={t("trace.operations")} flush>
                <HotSpots traces={traces} name="spots" />
              </Panel>
            </>
          ),
        },
        ...(plans.length === 0
          ? []
          : [
              {
                name: "plans" as const,
                label: t("trace.plans"),
                count: plans.length,
                content: () => (
                  <Panel title={t("apm.plans")} hint={t("apm.plansHint")}>
                    <PlanList plans={plans} open />
                  </Panel>
                ),
              },
            ]),
        {
          name: "logs",
          label: t("trace.logs"),
          count: logs.length,
          content: () => <LogsOf logs={logs} />,
        },
        {
          name: "errors",
          label: t("trace.errors"),
          count: errors.length,
          content: () => <ErrorsOf errors={errors} onSpan={(next) => set({ span: next })} />,
        },
        {
          name: "related",
          label: t("trace.related"),
          count: related.hits?.length,
          content: () => <Related id={id} related={related} />,
        },
      ]}
    />
  );
}

function Opened({ id, detail }: { id: string; detail: TraceDetail }): ReactNode {
  const { t, locale } = useText();
  const [{ span }, set] = useView(view);
  const { analysis } = detail;
  const { counts, rootSpanId, spans } = analysis;
  const root = spans.find(({ spanId }) => spanId === rootSpanId);
  const opened = span === undefined ? undefined : spans.find(({ spanId }) => spanId === span);
  const startMs = Number(BigInt(analysis.startNs) / 1_000_000n);
  const plans = useTracePlans(id, startMs, analysis.durationMs);
  return (
    <Page
      title={root === undefined || root.name === "" ? t("trace.title") : shown(root.name, 120)}
      above={<Go to="/traces">{t("search.title")}</Go>}
      health={counts.errors > 0 ? "failing" : "ok"}
      sentence={t("trace.sentence", {
        service: isolated(root?.service ?? "", 60),
        duration: format.duration(analysis.durationMs, locale),
        spans: counts.spans,
        services: counts.services,
        failed: counts.errors,
        time: format.dateTime(startMs, locale),
      })}
      actions={
        <>
          <Id id={id} max={16} />
          <Button size="small" icon="download" onClick={() => download(id, detail)}>
            {t("trace.download")}
          </Button>
        </>
      }
    >
      <Failures detail={detail} onSpan={(next) => set({ span: next }, { push: true })} />
      <Oddities counts={counts} leftOut={detail.spansLeftOut} />
      <Views id={id} detail={detail} plans={plans} />
      {opened !== undefined && (
        <SpanDrawer
          id={id}
          span={opened}
          detail={detail}
          plans={plans.filter(({ spanId }) => spanId === opened.spanId)}
          startMs={startMs}
          onSpan={(next) => set({ span: next }, { push: true })}
          onClose={() => set({ span: undefined })}
        />
      )}
    </Page>
  );
}

/** One trace: where its time went, where it failed, and all that bears its id. */
export default function TracePage(): ReactNode {
  const { t } = useText();
  const id = useName();
  const query = useApi("/telemetry/traces/{id}", { path: { id } });
  return (
    <PageOf of={query} title={t("trace.title")} above={<Go to="/traces">{t("search.title")}</Go>}>
      {(detail) => <Opened key={id} id={id} detail={detail} />}
    </PageOf>
  );
}
