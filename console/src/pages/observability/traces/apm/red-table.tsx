import type { ReactNode } from "react";
import type { AnswerOf } from "../../../../api/client.ts";
import { useApi } from "../../../../api/query.ts";
import { shown } from "../../../../i18n/foreign.ts";
import * as format from "../../../../i18n/format.ts";
import { Tag } from "../../../../ui/badge.tsx";
import { Duration, Rate } from "../../../../ui/figures.tsx";
import { Go } from "../../../../ui/go.tsx";
import { Panel } from "../../../../ui/page.tsx";
import { Answer, Empty } from "../../../../ui/states.tsx";
import { Table, type Column } from "../../../../ui/table/table.tsx";
import { useSpan } from "../../logs/asked.ts";
import { quoted } from "../../logs/lines.ts";
import { useText } from "../text.ts";

type Red = AnswerOf<"/telemetry/apm", "get">;
type RedRow = Red["rows"][number];

/** What figures are told of. */
export type Subject = "service" | "endpoint" | "query" | "queue" | "external";

/** What is told apart from before: ratios that are far from 1. */
function Beside({ row }: { row: RedRow }): ReactNode {
  const { t } = useText();
  const { before, rateRatio, p95Ratio, errorsDiffer } = row;
  if (before === undefined) return "–";
  const far = (ratio: number | undefined): ratio is number =>
    ratio !== undefined && (ratio > 1.25 || ratio < 0.8);
  const said = [
    far(rateRatio) && t("apm.rateTimes", { ratio: format.shortNumber(rateRatio) }),
    far(p95Ratio) && t("apm.p95Times", { ratio: format.shortNumber(p95Ratio) }),
    errorsDiffer && t("apm.errorsDiffer"),
  ].filter((one) => one !== false);
  return said.length === 0 ? (
    <span className="hint">{t("apm.same")}</span>
  ) : (
    <span className="row">
      {said.map((words) => (
        <Tag key={words}>{words}</Tag>
      ))}
    </span>
  );
}

/** The query that finds the traces of a row. */
function queryOf(subject: Subject, { service, name }: RedRow): string {
  const of = `service:${quoted(service)}`;
  if (subject === "service") return of;
  const field = { endpoint: "name", query: "name", queue: "messaging.destination.name" };
  const key = subject === "external" ? "server.address" : field[subject];
  return `${of} ${key}:${quoted(name)}`;
}

function useColumns(subject: Subject): readonly Column<RedRow>[] {
  const { t, locale } = useText();
  const duration = (id: "p50Ms" | "p95Ms" | "p99Ms", priority: number): Column<RedRow> => ({
    id,
    title: t(id === "p50Ms" ? "apm.p50" : id === "p95Ms" ? "apm.p95" : "apm.p99"),
    width: 82,
    align: "end",
    priority,
    value: (row) => row[id],
    cell: (row) => <Duration ms={row[id]} />,
  });
  return [
    {
      id: "name",
      title: t("apm.name"),
      width: 150,
      grows: true,
      priority: 1,
      value: ({ name }) => name,
      cell: (row) => (
        <Go
          className="resource"
          onClick={(event) => event.stopPropagation()}
          {...(subject === "service"
            ? {
                to: `/services/${encodeURIComponent(row.service)}`,
                search: { tab: "performance" },
              }
            : { to: "/traces", search: { q: queryOf(subject, row) } })}
        >
          <bdi>{shown(row.name, 120)}</bdi>
        </Go>
      ),
    },
    {
      id: "rate",
      title: t("apm.rate"),
      width: 80,
      align: "end",
      priority: 1,
      value: ({ callsPerSecond }) => callsPerSecond,
      cell: ({ callsPerSecond }) => <Rate perSecond={callsPerSecond} />,
    },
    {
      id: "errors",
      title: t("apm.errors"),
      width: 72,
      align: "end",
      priority: 2,
      value: ({ errorShare }) => errorShare,
      cell: ({ errorShare }) => format.percent(errorShare),
    },
    duration("p50Ms", 5),
    duration("p95Ms", 2),
    duration("p99Ms", 4),
    {
      id: "apdex",
      title: t("apm.apdex"),
      width: 72,
      align: "end",
      priority: 4,
      value: ({ apdex }) => apdex,
      cell: ({ apdex, apdexMs }) => (
        <span
          title={t("apm.apdexHint", {
            apdex: format.exactNumber(apdex, locale),
            target: format.duration(apdexMs, locale),
          })}
        >
          {apdex.toFixed(2)}
        </span>
      ),
    },
    {
      id: "before",
      title: t("apm.before"),
      width: 190,
      priority: 6,
      sorts: false,
      value: ({ rateRatio }) => rateRatio,
      cell: (row) => <Beside row={row} />,
    },
  ];
}

/** Rate, errors, durations and Apdex of each service, endpoint, query, queue or external call. */
export function RedTable({
  subject,
  title,
  hint,
  service,
  optional = false,
}: {
  subject: Subject;
  title: string;
  hint?: string;
  service?: string;
  /** Not there at all where it has no rows. */
  optional?: boolean;
}): ReactNode {
  const { t } = useText();
  const [span] = useSpan();
  const query = { subject, service, orderBy: "total" as const, limit: 50, ...span };
  const found = useApi("/telemetry/apm", { query }, { keep: true });
  const columns = useColumns(subject);
  if (optional && found.data?.rows.length === 0) return null;
  const left = found.data?.leftOut ?? 0;
  const words = left > 0 ? t("apm.leftOut", { count: left }) : hint;
  return (
    <Panel title={title} flush {...(words === undefined ? {} : { hint: words })}>
      <Answer of={found} rows={3}>
        {({ rows }) => (
          <Table
            label={title}
            name={`apm-${subject}`}
            columns={columns}
            rows={rows}
            rowKey={(row) => `${row.service} ${row.name} ${row.system}`}
            rowsMax={10}
            empty={<Empty title={t("apm.none")} text={t("apm.noneText")} />}
          />
        )}
      </Answer>
    </Panel>
  );
}
