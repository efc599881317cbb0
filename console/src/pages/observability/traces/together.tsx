import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { shown } from "../../../i18n/foreign.ts";
import { placeOfHit } from "../../../shell/hits.ts";
import { Tag } from "../../../ui/badge.tsx";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { LogView } from "../../../ui/logs/log-view.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { lineOf } from "../logs/lines.ts";
import type { TraceDetail } from "./summary.ts";
import { useText, type Say } from "./text.ts";

type Found = AnswerOf<"/find", "get">;
type Hit = Found["hits"][number];
type ErrorOf = TraceDetail["errors"][number];

/** What the services logged while they worked on a trace. */
export function LogsOf({ logs }: { logs: TraceDetail["logs"] }): ReactNode {
  const { t } = useText();
  const lines = useMemo(() => logs.map((record) => lineOf(record)).toReversed(), [logs]);
  return (
    <Panel title={t("trace.logs")} flush>
      <LogView
        label={t("trace.logs")}
        lines={lines}
        empty={<Empty title={t("logs.none")} text={t("logs.noneText")} />}
      />
    </Panel>
  );
}

/** Errors that were told while a trace ran. */
export function ErrorsOf({
  errors,
  onSpan,
}: {
  errors: readonly ErrorOf[];
  onSpan: (spanId: string) => void;
}): ReactNode {
  const { t } = useText();
  const columns: readonly Column<ErrorOf>[] = [
    {
      id: "type",
      title: t("errors.type"),
      width: 150,
      priority: 1,
      value: ({ type }) => type,
      cell: ({ type, group }) => (
        <Go to={`/errors/${group}`} className="link" onClick={(event) => event.stopPropagation()}>
          <bdi>{shown(type, 80)}</bdi>
        </Go>
      ),
    },
    {
      id: "message",
      title: t("errors.message"),
      width: 220,
      grows: true,
      priority: 1,
      value: ({ message }) => message,
      cell: ({ message }) => <bdi>{shown(message, 200)}</bdi>,
    },
    {
      id: "service",
      title: t("search.service"),
      width: 110,
      priority: 2,
      value: ({ service }) => service,
      cell: ({ service }) => <bdi>{shown(service, 60)}</bdi>,
    },
    {
      id: "at",
      title: t("list.start"),
      width: 168,
      priority: 3,
      value: ({ atMs }) => atMs,
      cell: ({ atMs }) => <At atMs={atMs} />,
    },
  ];
  return (
    <Panel title={t("trace.errors")} flush>
      <Table
        label={t("trace.errors")}
        name="errors"
        columns={columns}
        rows={errors}
        rowKey={({ id }) => id}
        onOpen={({ spanId }) => onSpan(spanId)}
        empty={<Empty title={t("errors.none")} text={t("errors.noneText")} />}
      />
    </Panel>
  );
}

/** Everything else that bears the id of a trace. */
export function useRelated(id: string) {
  const query = useQuery<Found, Problem>({
    queryKey: ["find", id],
    queryFn: ({ signal }) => call("get", "/find", { query: { id } }, signal),
    staleTime: 5_000,
  });
  return { query, hits: query.data?.hits.filter(({ kind }) => kind !== "trace") };
}

const kindKeys = {
  message: "related.message",
  event: "related.event",
  row: "related.row",
  key: "related.key",
  action: "related.action",
  mail: "related.mail",
  model: "related.model",
  run: "related.run",
} as const;

const kindOf = (t: Say, kind: string): string =>
  Object.hasOwn(kindKeys, kind) ? t(kindKeys[kind as keyof typeof kindKeys]) : shown(kind, 30);

function useHitColumns(): readonly Column<Hit>[] {
  const { t } = useText();
  return [
    {
      id: "kind",
      title: t("related.kind"),
      width: 100,
      priority: 1,
      value: ({ kind }) => kindOf(t, kind),
      cell: ({ kind }) => <Tag>{kindOf(t, kind)}</Tag>,
    },
    {
      id: "title",
      title: t("related.what"),
      width: 200,
      grows: true,
      priority: 1,
      value: ({ title }) => title,
      cell: (hit) => (
        <Go {...placeOfHit(hit)} className="link" onClick={(event) => event.stopPropagation()}>
          <bdi>{shown(hit.title, 200)}</bdi>
        </Go>
      ),
    },
    {
      id: "where",
      title: t("related.where"),
      width: 170,
      priority: 2,
      value: ({ resource }) => resource,
      cell: ({ resource }) => {
        const [kind = "", ...name] = resource.split("/");
        return name.length === 0 ? "–" : <ResourceLink kind={kind} name={name.join("/")} />;
      },
    },
    {
      id: "at",
      title: t("list.start"),
      width: 110,
      priority: 3,
      value: ({ atMs }) => atMs,
      cell: ({ atMs }) => <Ago atMs={atMs} />,
    },
  ];
}

/** Messages, events, rows, mails and actions that bear the id of a trace. */
export function Related({
  id,
  related: { query, hits = [] },
}: {
  id: string;
  related: ReturnType<typeof useRelated>;
}): ReactNode {
  const { t } = useText();
  const navigate = useNavigate();
  const columns = useHitColumns();
  return (
    <Panel title={t("related.title")} hint={t("related.hint")} flush>
      <Answer of={query}>
        {() => (
          <Table
            label={t("related.title")}
            name="related"
            columns={columns}
            rows={hits}
            rowKey={(hit) => `${hit.kind} ${hit.resource} ${hit.id} ${id}`}
            onOpen={(hit) => void navigate(placeOfHit(hit) as never)}
            empty={<Empty title={t("related.none")} text={t("related.noneText")} />}
          />
        )}
      </Answer>
    </Panel>
  );
}
