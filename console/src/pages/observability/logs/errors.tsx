import type { ReactNode } from "react";
import type { AnswerOf } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Badge, Tag } from "../../../ui/badge.tsx";
import { Segments } from "../../../ui/field.tsx";
import { useGo } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Spark } from "../../../ui/spark.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { oneOf, text, useView, type Parameters } from "../../../view.ts";
import { useSpan } from "./asked.ts";
import { useText } from "./text.ts";
import "./logs.css";

const statuses = ["open", "resolved", "ignored"] as const;

interface ErrorsView {
  readonly status: (typeof statuses)[number];
  readonly service: string;
}

const view: Parameters<ErrorsView> = { status: oneOf(statuses), service: text(200) };

const sample = `import { instrument } from "morning-ai/observability";
instrument({ service: "my-service" });`;

type Group = AnswerOf<"/telemetry/errors", "get">["groups"][number];

/** What went wrong, in its own words. */
function errorColumn(t: ReturnType<typeof useText>["t"]): Column<Group> {
  return {
    id: "error",
    title: t("errors.error"),
    value: ({ type, message }) => `${type}: ${message}`,
    cell: ({ type, message, regressedAtMs }) => (
      <>
        {regressedAtMs !== null && <Badge health="failing">{t("errors.regressed")}</Badge>}{" "}
        <b>
          <bdi>{shown(type, 80)}</bdi>
        </b>{" "}
        <bdi>{shown(message, 200)}</bdi>
      </>
    ),
    width: 280,
    grows: true,
    priority: 1,
  };
}

function columnsOf(t: ReturnType<typeof useText>["t"]): readonly Column<Group>[] {
  return [
    errorColumn(t),
    {
      id: "culprit",
      title: t("errors.culprit"),
      value: ({ culprit }) => culprit,
      cell: ({ culprit }) => <Tag mono>{shown(culprit, 80) || "–"}</Tag>,
      width: 220,
      priority: 4,
    },
    {
      id: "service",
      title: t("errors.service"),
      value: (row) => row.service,
      width: 110,
      priority: 3,
    },
    {
      id: "trend",
      title: t("errors.trend"),
      value: ({ count }) => count,
      cell: ({ trend }) => <Spark values={trend} tone="failing" />,
      width: 120,
      sorts: false,
      priority: 3,
    },
    {
      id: "count",
      title: t("errors.count"),
      value: ({ count }) => count,
      width: 80,
      align: "end",
      priority: 1,
    },
    {
      id: "users",
      title: t("errors.users"),
      value: ({ users }) => users,
      width: 80,
      align: "end",
      priority: 5,
    },
    {
      id: "last",
      title: t("errors.last"),
      value: ({ lastSeenMs }) => lastSeenMs,
      cell: ({ lastSeenMs }) => <Ago atMs={lastSeenMs} />,
      width: 110,
      priority: 2,
    },
    {
      id: "first",
      title: t("errors.first"),
      value: ({ firstSeenMs }) => firstSeenMs,
      cell: ({ firstSeenMs }) => <Ago atMs={firstSeenMs} />,
      width: 110,
      priority: 6,
    },
    {
      id: "assignee",
      title: t("errors.assignee"),
      value: ({ assignee }) => assignee,
      width: 110,
      priority: 7,
    },
  ];
}

/** Groups of errors: what goes wrong, how often, since when. */
export default function ErrorsPage(): ReactNode {
  const { t } = useText();
  const [{ status = "open", service }, set] = useView(view);
  const [span] = useSpan();
  const go = useGo();
  const found = useApi(
    "/telemetry/errors",
    { query: { status, service, limit: 200, ...span } },
    { keep: true },
  );
  return (
    <Page title={t("errors.title")} sentence={t("errors.sentence")}>
      <Panel
        title={t("errors.groups")}
        flush
        actions={
          <Segments
            label={t("errors.status")}
            value={status}
            options={[
              ["open", t("errors.open")],
              ["resolved", t("errors.resolved")],
              ["ignored", t("errors.ignored")],
            ]}
            onChange={(next) => set({ status: next === "open" ? undefined : next })}
          />
        }
      >
        <Answer of={found}>
          {({ groups }) => (
            <Table
              label={t("errors.groups")}
              name="errors"
              columns={columnsOf(t)}
              rows={groups}
              rowKey={({ fingerprint }) => fingerprint}
              onOpen={({ fingerprint }) => go(`/errors/${fingerprint}`)}
              empty={<Empty title={t("errors.none")} text={t("errors.noneText")} code={sample} />}
            />
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
