import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../../api/query.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { placeOf } from "../../places.ts";
import { SearchField } from "../../ui/field.tsx";
import { Count } from "../../ui/figures.tsx";
import { Go, ResourceLink } from "../../ui/go.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { Answer, Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Ago } from "../../ui/time.tsx";
import { oneOf, text, useView, type Parameters } from "../../view.ts";
import { callbacksMax, Inbox, type Callback } from "./inbox.tsx";
import { useRecentFailures, useVerdict } from "./list-data.ts";
import { Runs } from "./runs.tsx";
import { workflowSample } from "./sample.ts";
import { goingOf, type Workflow } from "./status.tsx";
import { useText, type Say } from "./text.ts";

interface ListView {
  readonly tab: "runs";
  readonly name: string;
}

const view: Parameters<ListView> = { tab: oneOf(["runs"]), name: text(100) };

/** Runs of a workflow that stand somehow, counted; the number opens them. */
function Counted({ name, count, look }: { name: string; count: number; look: string }): ReactNode {
  if (count === 0) return <Count value={count} />;
  return (
    <Go
      to={placeOf("workflow", name) ?? "/workflows"}
      search={{ look }}
      className="link"
      onClick={(event) => event.stopPropagation()}
    >
      <Count value={count} />
    </Go>
  );
}

/** What starts runs beside callers. */
function StartedBy({ workflow: { schedule, event } }: { workflow: Workflow }): ReactNode {
  const { t } = useText();
  if (schedule === null && event === null) {
    return <span className="none">{t("workflow.byCallers")}</span>;
  }
  return (
    <>
      {schedule !== null && <ResourceLink kind="schedule" name={schedule} />}
      {event !== null && <ResourceLink kind="event" name={event} />}
    </>
  );
}

const runColumns = (t: Say): readonly Column<Workflow>[] => [
  {
    id: "running",
    title: t("workflow.running"),
    value: (one) => goingOf(one) - one.runs.waiting,
    cell: (one) => <Counted name={one.name} count={goingOf(one) - one.runs.waiting} look="going" />,
    width: 84,
    align: "end",
    priority: 2,
  },
  {
    id: "waiting",
    title: t("workflow.waiting"),
    value: ({ runs }) => runs.waiting,
    cell: ({ name, runs }) => <Counted name={name} count={runs.waiting} look="waiting" />,
    width: 84,
    align: "end",
    priority: 1,
  },
  {
    id: "failed",
    title: t("workflow.failed"),
    value: ({ runs }) => runs.failed,
    cell: ({ name, runs }) => <Counted name={name} count={runs.failed} look="failed" />,
    width: 84,
    align: "end",
    priority: 1,
  },
  {
    id: "completed",
    title: t("workflow.completed"),
    value: ({ runs }) => runs.completed,
    cell: ({ name, runs }) => <Counted name={name} count={runs.completed} look="completed" />,
    width: 100,
    align: "end",
    priority: 3,
  },
  {
    id: "last",
    title: t("workflow.last"),
    value: ({ lastAtMs }) => lastAtMs,
    cell: ({ lastAtMs }) => <Ago atMs={lastAtMs} />,
    width: 116,
    priority: 4,
  },
];

function useColumns(): readonly Column<Workflow>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("workflow.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <ResourceLink kind="workflow" name={name} />,
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "service",
      title: t("workflow.service"),
      value: ({ service }) => service,
      cell: ({ service }) => <ResourceLink kind="service" name={service} />,
      width: 130,
      priority: 4,
    },
    {
      id: "version",
      title: t("workflow.version"),
      value: ({ version }) => version,
      cell: ({ version }) => <bdi>{shown(version, 40)}</bdi>,
      width: 84,
      priority: 5,
    },
    {
      id: "by",
      title: t("workflow.startedBy"),
      value: ({ schedule, event }) => [schedule, event].filter((one) => one !== null).join(" "),
      cell: (one) => <StartedBy workflow={one} />,
      width: 190,
      grows: true,
      priority: 3,
    },
    ...runColumns(t),
    {
      id: "description",
      title: t("workflow.description"),
      value: ({ description }) => description,
      cell: ({ description }) => (
        <bdi title={isolated(description, 300)}>{shown(description, 160)}</bdi>
      ),
      width: 180,
      grows: true,
      priority: 6,
    },
  ];
}

function List({ workflows }: { workflows: readonly Workflow[] }): ReactNode {
  const { t } = useText();
  const [{ name: wanted = "" }, set] = useView(view);
  const navigate = useNavigate();
  const columns = useColumns();
  const rows = workflows.filter(({ name, description, service }) =>
    `${name} ${description} ${service}`.toLowerCase().includes(wanted.toLowerCase()),
  );
  return (
    <Panel title={t("workflows.all")} flush>
      <Table
        label={t("workflows.all")}
        name="workflows"
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
        onOpen={({ name }) =>
          void navigate({ to: (placeOf("workflow", name) ?? "/workflows") as "." })
        }
        filters={
          <SearchField
            label={t("workflows.search")}
            value={wanted}
            onChange={(typed) => set({ name: typed === "" ? undefined : typed })}
          />
        }
        empty={<Empty title={t("workflows.noneSuch")} />}
      />
    </Panel>
  );
}

function Body({
  workflows,
  callbacks,
}: {
  workflows: readonly Workflow[];
  callbacks: readonly Callback[];
}): ReactNode {
  const { t } = useText();
  const [{ tab }, set] = useView(view);
  return (
    <>
      <Inbox callbacks={callbacks} ofAll />
      <Tabs
        label={t("workflows.views")}
        value={tab ?? "workflows"}
        onChange={(next) => set({ tab: next === "runs" ? next : undefined }, { push: true })}
        tabs={[
          {
            name: "workflows",
            label: t("workflows.title"),
            count: workflows.length,
            content: () => <List workflows={workflows} />,
          },
          {
            name: "runs",
            label: t("runs.title"),
            content: () => (
              <Runs none={<Empty title={t("runs.none")} text={t("runs.noneText")} />} />
            ),
          },
        ]}
      />
    </>
  );
}

/** The page of all workflows: what fails, what waits for people, and how runs stand. */
export default function WorkflowsPage(): ReactNode {
  const { t } = useText();
  const query = useApi("/workflows", {}, { everyMs: 2000 });
  const inbox = useApi(
    "/workflow-callbacks",
    { query: { limit: callbacksMax } },
    { everyMs: 2000 },
  );
  const failures = useRecentFailures(undefined);
  const callbacks = inbox.data?.callbacks ?? [];
  const verdict = useVerdict(query.data?.workflows ?? [], callbacks.length, failures);
  return (
    <Page title={t("workflows.title")} {...verdict}>
      <Answer of={query} rows={8}>
        {({ workflows }) =>
          workflows.length === 0 ? (
            <Empty
              title={t("workflows.none")}
              text={t("workflows.noneText")}
              code={workflowSample}
            />
          ) : (
            <Body workflows={workflows} callbacks={callbacks} />
          )
        }
      </Answer>
    </Page>
  );
}
