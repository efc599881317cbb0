import type { ReactNode } from "react";
import { useApi } from "../../api/query.ts";
import { shown } from "../../i18n/foreign.ts";
import { Count, Figures } from "../../ui/figures.tsx";
import { Go, ResourceLink, useName } from "../../ui/go.tsx";
import { Tag } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { KindIcon } from "../../ui/icons.tsx";
import { Page } from "../../ui/page.tsx";
import { PageOf } from "../../ui/page-of.tsx";
import { Empty } from "../../ui/states.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { oneOf, useView, type Parameters } from "../../view.ts";
import { useMay } from "../../api/session.tsx";
import { About } from "./about.tsx";
import { Calendar } from "./calendar.tsx";
import { callbacksMax, Inbox } from "./inbox.tsx";
import { useRecentFailures } from "./list-data.ts";
import { Runs } from "./runs.tsx";
import { workflowSample } from "./sample.ts";
import { Start } from "./start.tsx";
import { goingOf, type Workflow } from "./status.tsx";
import { useText } from "./text.ts";

const tabs = ["runs", "calendar", "start", "about"] as const;

interface WorkflowPageView {
  readonly tab: (typeof tabs)[number];
}

const view: Parameters<WorkflowPageView> = { tab: oneOf(tabs) };

function Views({ workflow }: { workflow: Workflow }): ReactNode {
  const { t } = useText();
  const [{ tab = "runs" }, set] = useView(view);
  const { name } = workflow;
  return (
    <Tabs
      label={t("workflow.views")}
      value={tab}
      onChange={(next) => set({ tab: next === "runs" ? undefined : next }, { push: true })}
      tabs={[
        {
          name: "runs",
          label: t("runs.title"),
          content: () => (
            <Runs
              workflow={name}
              none={
                <Empty title={t("runs.none")} text={t("runs.noneText")} code={workflowSample} />
              }
            />
          ),
        },
        {
          name: "calendar",
          label: t("calendar.title"),
          content: () => <Calendar workflow={workflow} />,
        },
        { name: "start", label: t("start.tab"), content: () => <Start workflow={workflow} /> },
        { name: "about", label: t("about.tab"), content: () => <About workflow={workflow} /> },
      ]}
    />
  );
}

/** How the runs of a workflow stand, each figure a search of them. */
function Standing({ workflow: one }: { workflow: Workflow }): ReactNode {
  const { t } = useText();
  const { runs } = one;
  const counted = (count: number, look: string): ReactNode =>
    count === 0 ? (
      <Count value={count} />
    ) : (
      <Go to="." search={{ look }} className="link">
        <Count value={count} />
      </Go>
    );
  return (
    <Figures
      figures={[
        { label: t("workflow.running"), value: counted(goingOf(one) - runs.waiting, "going") },
        { label: t("workflow.waiting"), value: counted(runs.waiting, "waiting") },
        { label: t("workflow.completed"), value: counted(runs.completed, "completed") },
        {
          label: t("workflow.failed"),
          value: counted(runs.failed, "failed"),
          ...(runs.failed > 0 ? { tone: "failing" as const } : {}),
        },
        {
          label: t("workflow.stopped"),
          value: counted(runs.cancelled + runs.terminated, "stopped"),
        },
      ]}
    />
  );
}

function Opened({ workflow }: { workflow: Workflow }): ReactNode {
  const { t } = useText();
  const [, set] = useView(view);
  const may = useMay("operator");
  const { name, description, service, version } = workflow;
  const inbox = useApi(
    "/workflow-callbacks",
    { query: { limit: callbacksMax } },
    { everyMs: 2000 },
  );
  const callbacks = (inbox.data?.callbacks ?? []).filter((one) => one.workflow === name);
  const failures = useRecentFailures(name);
  const values = { going: goingOf(workflow), people: callbacks.length };
  const failed = failures?.runs ?? 0;
  const more = failures?.isMore === true ? "yes" : "no";
  return (
    <Page
      title={shown(name, 160)}
      mark={<KindIcon kind="workflow" size={20} />}
      above={<Go to="/workflows">{t("workflows.title")}</Go>}
      {...(failures === undefined
        ? {}
        : {
            health: failed > 0 ? ("failing" as const) : ("ok" as const),
            sentence:
              failed > 0
                ? t("workflow.failing", { ...values, failed, more })
                : t("workflow.ok", values),
          })}
      actions={
        <>
          <ResourceLink kind="service" name={service} />
          <Tag>{t("workflow.versionTag", { version: shown(version, 40) })}</Tag>
          {may && (
            <Button
              size="small"
              tone="main"
              icon="play"
              onClick={() => set({ tab: "start" }, { push: true })}
            >
              {t("start.tab")}
            </Button>
          )}
        </>
      }
    >
      {description !== "" && (
        <p className="prose">
          <bdi>{shown(description, 600)}</bdi>
        </p>
      )}
      <Standing workflow={workflow} />
      <Inbox callbacks={callbacks} ofAll={false} />
      <Views workflow={workflow} />
    </Page>
  );
}

/** The page of one workflow: its runs, when they ran and will run, and how to start one. */
export default function WorkflowPage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const query = useApi("/workflows/{name}", { path: { name } }, { everyMs: 2000 });
  return (
    <PageOf
      of={query}
      title={shown(name, 160)}
      above={<Go to="/workflows">{t("workflows.title")}</Go>}
    >
      {(workflow) => <Opened key={name} workflow={workflow} />}
    </PageOf>
  );
}
