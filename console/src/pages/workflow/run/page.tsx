import { useParams } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import type { Locale } from "../../../i18n/messages.ts";
import { Id } from "../../../ui/copy.tsx";
import { Progress } from "../../../ui/field.tsx";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { Page } from "../../../ui/page.tsx";
import { PageOf } from "../../../ui/page-of.tsx";
import { Failure, Loading } from "../../../ui/states.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { oneOf, text, useView, type Parameters } from "../../../view.ts";
import { healthOfRun, StatusBadge, type Run, type RunDetail, type RunStatus } from "../status.tsx";
import { useText, type Say } from "../text.ts";
import { RunStates } from "../machine/states.tsx";
import { RunActions } from "./actions.tsx";
import { EntryDrawer } from "./drawer.tsx";
import { useHistoryOf, type History } from "./entries.ts";
import { Gantt } from "./gantt.tsx";
import { Graph } from "./graph.tsx";
import { OpenAnswers, RunAbout, RunError, RunFigures } from "./head.tsx";
import { isWait, type Entry } from "./places.ts";
import { Queries } from "./queries.tsx";
import { HistoryTable } from "./table.tsx";
import { entryName } from "./words.ts";
import "../workflow.css";

const tabs = ["gantt", "graph", "history", "queries", "about"] as const;

interface RunView {
  readonly tab: (typeof tabs)[number];
  /** The position of the entry whose details are open. */
  readonly entry: string;
}

const view: Parameters<RunView> = { tab: oneOf(tabs), entry: text(300) };

const childrenMax = 100;
const none: readonly Run[] = [];

/** How far the history is read. */
function Reading({ history, all }: { history: History; all: number }): ReactNode {
  const { t, locale } = useText();
  const { isWhole, read, problem, retry } = history;
  if (problem !== null) return <Failure problem={problem} onRetry={retry} />;
  if (isWhole) return null;
  const counts = { read: format.count(read, locale), all: format.count(all, locale) };
  const words = t("run.reading", counts);
  return (
    <div className="run-reading" role="status">
      <span className="hint">{words}</span>
      <Progress label={words} done={read} total={Math.max(read, all)} />
    </div>
  );
}

interface ViewsProps {
  readonly run: RunDetail;
  readonly history: History;
  readonly children: readonly Run[];
  /** Runs that go on for this one, or were forked from it. */
  readonly later: readonly Run[];
}

function Views({ run, history, children, later }: ViewsProps): ReactNode {
  const { t } = useText();
  const [{ tab = "gantt", entry: selected }, set] = useView(view);
  const onSelect = (at: string): void => set({ entry: at }, { push: true });
  return (
    <Tabs
      label={t("run.views")}
      value={tab}
      onChange={(next) => set({ tab: next === "gantt" ? undefined : next }, { push: true })}
      tabs={[
        {
          name: "gantt",
          label: t("gantt.title"),
          content: () => <Gantt history={history} selected={selected} onSelect={onSelect} />,
        },
        {
          name: "graph",
          label: t("graph.title"),
          content: () => (
            <>
              <RunStates run={run} />
              <Graph
                run={run}
                history={history}
                selected={selected}
                onSelect={onSelect}
                onAll={() => set({ tab: undefined }, { push: true })}
              />
            </>
          ),
        },
        {
          name: "history",
          label: t("history.title"),
          count: run.entries,
          content: () => (
            <HistoryTable run={run} history={history} selected={selected} onSelect={onSelect} />
          ),
        },
        {
          name: "queries",
          label: t("query.title"),
          content: () => <Queries run={run} />,
        },
        {
          name: "about",
          label: t("run.about"),
          content: () => <RunAbout run={run} children={children} later={later} />,
        },
      ]}
    />
  );
}

/** What a run does or waits for, in words: the first of what is open. */
function goesOnWith(t: Say, locale: Locale, status: RunStatus, open: readonly Entry[]): string {
  const first = open.find((one) => !isWait(one)) ?? open[0];
  if (first === undefined) return t(status === "waiting" ? "run.waitsNothing" : "run.is.running");
  const name = isolated(entryName(t, locale, first), 80);
  return t(isWait(first) ? "run.waitsFor" : "run.does", { name, more: open.length - 1 });
}

function useSentence(run: RunDetail, open: readonly Entry[]): string {
  const { t, locale } = useText();
  const { status, createdAtMs, endedAtMs, error, cancelling } = run;
  const took = format.duration((endedAtMs ?? createdAtMs) - createdAtMs, locale);
  if (cancelling) return t("run.is.cancelling");
  // One that only waits is kept in memory for a moment, and is called running as long.
  if (status === "waiting" || status === "running") return goesOnWith(t, locale, status, open);
  const message = isolated(error?.message ?? "", 240);
  if (status === "failed" || status === "terminated") {
    return t(`run.is.${status}`, { took, message });
  }
  return t(`run.is.${status}`, { took });
}

/** The stable code of what a run failed with. */
function ErrorCode({ run: { status, error } }: { run: RunDetail }): ReactNode {
  if (status !== "failed" || error?.code === undefined) return null;
  return <code className="problem-code">{shown(error.code, 80)}</code>;
}

function Opened({ run }: { run: RunDetail }): ReactNode {
  const { t } = useText();
  const [{ entry: selected }, set] = useView(view);
  const history = useHistoryOf(run);
  const { data } = useApi(
    "/workflow-runs",
    { query: { parent: run.id, limit: childrenMax } },
    { everyMs: 5000 },
  );
  const children = data?.runs ?? none;
  const later = useApi(
    "/workflow-runs",
    { query: { origin: run.id, limit: childrenMax } },
    { everyMs: 5000 },
  );
  const places = history?.places;
  const place = useMemo(
    () => (selected === undefined ? undefined : places?.find(({ at }) => at === selected)),
    [places, selected],
  );
  const open = useMemo(
    () => (history?.entries ?? []).filter(({ status }) => status === "open"),
    [history?.entries],
  );
  const sentence = useSentence(run, open);
  const select = (at: string): void => set({ entry: at }, { push: true });
  return (
    <Page
      title={shown(run.id, 160)}
      above={
        <>
          <Go to="/workflows">{t("workflows.title")}</Go> ›{" "}
          <ResourceLink kind="workflow" name={run.workflow} icon={false} />
        </>
      }
      health={healthOfRun(run.status)}
      sentence={
        <>
          {sentence} <ErrorCode run={run} />
        </>
      }
      actions={
        <>
          <StatusBadge run={run} />
          <Id id={run.id} max={16} />
          <RunActions run={run} open={open} />
        </>
      }
    >
      <RunTags run={run} />
      <RunFigures run={run} />
      <OpenAnswers run={run} open={open} onSelect={select} />
      <RunError run={run} />
      {history === undefined ? (
        <Loading rows={8} />
      ) : (
        <>
          <Reading history={history} all={run.entries} />
          <Views run={run} history={history} children={children} later={later.data?.runs ?? none} />
        </>
      )}
      {place !== undefined && (
        <EntryDrawer run={run} place={place} onClose={() => set({ entry: undefined })} />
      )}
    </Page>
  );
}

/** What a run is found by, each a search of the runs that have it too. */
function RunTags({ run: { attributes, workflow } }: { run: RunDetail }): ReactNode {
  const { t } = useText();
  const all = Object.entries(attributes);
  if (all.length === 0) return null;
  return (
    <p className="row" role="group" aria-label={t("runs.attributes")}>
      {all.map(([name, value]) => (
        <Go
          key={name}
          to={`/workflows/${encodeURIComponent(workflow)}`}
          search={{ q: `${name}:${value}` }}
          className="tag"
          title={t("runs.sameAttribute", { text: isolated(`${name}:${value}`, 120) })}
        >
          <bdi>{shown(`${name}: ${value}`, 80)}</bdi>
        </Go>
      ))}
    </p>
  );
}

/** One run: how it stands, what it did over its time, and what can be done with it. */
export default function RunPage(): ReactNode {
  const { t } = useText();
  const { id = "" } = useParams({ strict: false }) as { readonly id?: string };
  const query = useApi("/workflow-runs/{id}", { path: { id } }, { everyMs: 1000 });
  return (
    <PageOf
      of={query}
      title={shown(id, 160)}
      above={<Go to="/workflows">{t("workflows.title")}</Go>}
    >
      {(run) => <Opened key={id} run={run} />}
    </PageOf>
  );
}
