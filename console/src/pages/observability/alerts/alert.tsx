import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { useMay } from "../../../api/session.tsx";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Tag } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Code } from "../../../ui/copy.tsx";
import { Duration, Facts } from "../../../ui/figures.tsx";
import { Go, useGo, useName } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer } from "../../../ui/states.tsx";
import { Ago } from "../../../ui/time.tsx";
import { oneOf, useView, type Parameters } from "../../../view.ts";
import {
  firingsOf,
  healthOf,
  sourceOf,
  unitOfCondition,
  type AlertDetail,
  type AlertSpec,
  type Condition,
} from "./alert-data.ts";
import { AlertForm } from "./alert-form.tsx";
import { HistoryTable } from "./alert-history.tsx";
import { JudgedChart, useBacktest } from "./backtest.tsx";
import { conditionWords } from "./condition-words.ts";
import { declaration, type PanelSource } from "./dashboard-spec.ts";
import { FiringLanes } from "./firing-lanes.tsx";
import { Instances } from "./instances.tsx";
import { PanelContent } from "./panel.tsx";
import { matchersOf, SilenceForm } from "./silence-form.tsx";
import { useSpan } from "./span.ts";
import { SeverityTag, StateBadge } from "./state-marks.tsx";
import { useText } from "./text.ts";
import "./alerts.css";

interface AlertPageView {
  readonly mode: "edit" | "code";
}

const view: Parameters<AlertPageView> = { mode: oneOf(["edit", "code"]) };

/** Where the records are that an alert looks at. */
function recordsOf(condition: Condition): { to: string; q: string } | undefined {
  if (condition.type === "new-pattern") return { to: "/logs", q: condition.q };
  if (condition.type === "error-group") return { to: "/errors", q: condition.service };
  if (!("source" in condition)) return undefined;
  const { source } = condition;
  if (source.type === "promql") return { to: "/metrics", q: source.expr };
  const to =
    source.signal === "logs" ? "/logs" : source.signal === "errors" ? "/errors" : "/traces";
  return source.signal === "points" ? undefined : { to, q: source.q };
}

const steady = ["rate", "error-share", "avg", "p50", "p95", "p99"] as const;

/** The source of a condition as a panel asks it, where it has groups and a panel knows how. */
function panelSourceOf(condition: Condition): PanelSource | undefined {
  const source = sourceOf(condition);
  if (source === undefined || source.type === "promql") return source;
  const { signal, by, q, field } = source;
  const measure = steady.find((one) => one === source.measure);
  if (by.length === 0 || signal === "points" || measure === undefined) return undefined;
  return { type: "records", signal, q, measure, field, by: by.slice(0, 3) };
}

/** What can be done with an alert. */
function Acts({ alert, onSilence }: { alert: AlertDetail; onSilence: () => void }): ReactNode {
  const { t } = useText();
  const [, set] = useView(view);
  const go = useGo();
  const may = useMay("operator");
  const { name, origin, spec } = alert;
  const isOwn = origin === "console";
  return (
    <>
      {may && (
        <Button size="small" icon="pause" onClick={onSilence}>
          {t("silence.new")}
        </Button>
      )}
      <ActionButton
        label={t("alert.test")}
        icon="send"
        run={() => call("post", "/alerts/{name}/test", { path: { name } })}
        done={() => t("alert.tested")}
      />
      <Button size="small" onClick={() => set({ mode: "code" }, { push: true })}>
        {t("dashboard.code")}
      </Button>
      {isOwn && may && (
        <Button size="small" icon="edit" onClick={() => set({ mode: "edit" }, { push: true })}>
          {t("dashboard.edit")}
        </Button>
      )}
      {isOwn && (
        <ActionButton
          label={t("dashboard.delete")}
          icon="trash"
          confirm={{
            title: t("alert.delete"),
            text: t("alert.deleteText", { name: isolated(name, 60), firing: alert.firing }),
            button: t("dashboard.delete"),
          }}
          run={() => call("delete", "/alerts/{name}", { path: { name } })}
          done={() => t("alert.deleted")}
          undo={() => call("put", "/alerts/{name}", { path: { name }, body: spec })}
          then={() => go("/alerts")}
        />
      )}
    </>
  );
}

/** What the alert judged within the console's time range, by the code that judges it live. */
function Judged({ spec }: { spec: AlertSpec }): ReactNode {
  const { t } = useText();
  const [span] = useSpan();
  const result = useBacktest(spec, span, true);
  const records = recordsOf(spec.condition);
  return (
    <Panel
      title={t("alert.judged")}
      hint={t("alert.judgedHint")}
      actions={
        records !== undefined && (
          <Go
            to={records.to}
            search={records.q === "" ? {} : { q: records.q }}
            className="button small"
          >
            {t("panel.open")}
          </Go>
        )
      }
    >
      <Answer of={result} rows={4}>
        {(answer) => <JudgedChart spec={spec} result={answer} label={t("alert.judged")} />}
      </Answer>
    </Panel>
  );
}

/** What the values of all groups are, where their size does not hang on the window. */
function ByGroup({ spec }: { spec: AlertSpec }): ReactNode {
  const { t } = useText();
  const [span, setRange] = useSpan();
  const source = panelSourceOf(spec.condition);
  const unit = unitOfCondition(spec.condition);
  if (source === undefined) return null;
  return (
    <Panel title={t("alert.groups")} hint={t("alert.groupsHint")}>
      <PanelContent
        panel={{ title: t("alert.groups"), source, draw: "lines", unit, width: 12 }}
        name="groups"
        span={span}
        onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
      />
    </Panel>
  );
}

function Definition({ alert }: { alert: AlertDetail }): ReactNode {
  const { t } = useText();
  const { spec, status } = alert;
  return (
    <Panel title={t("alert.definition")}>
      <Facts
        facts={[
          spec.description !== "" && [
            t("dashboards.about"),
            <bdi key="about">{shown(spec.description, 2000)}</bdi>,
          ],
          spec.runbook !== "" && [
            t("form.runbook"),
            /^https?:\/\//.test(spec.runbook) ? (
              <a key="book" className="link" href={spec.runbook} rel="noreferrer" target="_blank">
                {shown(spec.runbook, 200)}
              </a>
            ) : (
              <bdi key="book">{shown(spec.runbook, 300)}</bdi>
            ),
          ],
          [t("form.every"), <Duration key="every" ms={spec.everyMs} />],
          [t("form.for"), <Duration key="for" ms={spec.forMs} />],
          [t("form.noData"), t(`noData.${spec.noData}`)],
          [t("form.notify"), <bdi key="notify">{shown(spec.notify.join(", "), 300)}</bdi>],
          [t("form.groupBy"), <bdi key="by">{shown(spec.groupBy.join(", "), 300)}</bdi>],
          [t("form.repeat"), <Duration key="repeat" ms={spec.repeatMs} />],
          [t("alert.evaluated"), <Ago key="at" atMs={status?.evaluatedAtMs} />],
          [t("alert.took"), <Duration key="took" ms={status?.tookMs} />],
        ]}
      />
    </Panel>
  );
}

function Detail({ alert }: { alert: AlertDetail }): ReactNode {
  const text = useText();
  const { t } = text;
  const [{ mode }, set] = useView(view);
  const [span] = useSpan();
  const [isSilencing, setSilencing] = useState(false);
  const may = useMay("operator");
  const { name, spec, state, status, origin } = alert;
  const above = <Go to="/alerts">{t("alerts.title")}</Go>;
  if (mode === "edit" && origin === "console" && may) {
    return (
      <Page title={shown(name, 60)} above={above}>
        <AlertForm name={name} first={spec} onClose={() => set({ mode: undefined })} />
      </Page>
    );
  }
  return (
    <Page
      title={shown(name, 60)}
      above={above}
      health={healthOf[state]}
      sentence={<bdi>{conditionWords(spec.condition, text)}</bdi>}
      actions={<Acts alert={alert} onSilence={() => setSilencing(true)} />}
    >
      <div className="row">
        <StateBadge state={state} />
        <SeverityTag severity={spec.severity} />
        <Tag>{t(`origin.${origin}`)}</Tag>
        {alert.sinceMs !== null && (
          <span className="hint">
            {t("alerts.since")} <Ago atMs={alert.sinceMs} />
          </span>
        )}
      </div>
      {status !== null && status.error !== "" && (
        <p className="field-problem" role="alert">
          {t("alert.cannot", { error: isolated(status.error, 600) })}
        </p>
      )}
      {mode === "code" && (
        <Panel
          title="TypeScript"
          actions={
            <Button size="small" onClick={() => set({ mode: undefined })}>
              {t("dashboard.done")}
            </Button>
          }
        >
          <Code code={declaration("alert", name, spec)} label="TypeScript" />
        </Panel>
      )}
      <Judged spec={spec} />
      <ByGroup spec={spec} />
      <Panel title={t("instances.title")} flush>
        <Instances alert={alert} />
      </Panel>
      <Panel title={t("lanes.title")}>
        <FiringLanes firings={firingsOf(alert.history, span)} span={span} />
      </Panel>
      <Panel title={t("alerts.history")} flush>
        <HistoryTable history={alert.history} />
      </Panel>
      <Definition alert={alert} />
      {isSilencing && (
        <SilenceForm matchers={matchersOf(name)} onClose={() => setSilencing(false)} />
      )}
    </Page>
  );
}

/** One alert: what it judges, what fires of it, and what became of it. */
export default function AlertPage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const found = useApi("/alerts/{name}", { path: { name } }, { everyMs: 5000 });
  if (found.data !== undefined) return <Detail key={name} alert={found.data} />;
  return (
    <Page title={shown(name, 60)} above={<Go to="/alerts">{t("alerts.title")}</Go>}>
      <Answer of={found}>{() => null}</Answer>
    </Page>
  );
}
