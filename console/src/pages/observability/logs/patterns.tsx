import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Tag } from "../../../ui/badge.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Spark } from "../../../ui/spark.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import type { AskedSpan } from "./asked.ts";
import { withCondition } from "./lines.ts";
import { useText } from "./text.ts";

/** A template with its variables marked. */
function Template({ text }: { text: string }): ReactNode {
  const parts = shown(text, 400).split("<*>");
  return (
    <span className="template">
      {parts.map((part, at) => (
        <span key={at}>
          {at > 0 && <span className="template-value">‹…›</span>}
          <bdi>{part}</bdi>
        </span>
      ))}
    </span>
  );
}

/** What kinds of lines there are, how often, and which of them are new. */
export function Patterns({
  q,
  span,
  onQuery,
}: {
  q: string;
  span: AskedSpan;
  onQuery: (q: string) => void;
}): ReactNode {
  const { t, locale } = useText();
  const found = useApi("/telemetry/logs/patterns", { query: { q, ...span } }, { keep: true });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  return (
    <Panel title={t("logs.patterns")} hint={t("logs.patternsHint")} flush>
      <Answer of={found}>
        {({ patterns }) => (
          <Table
            label={t("logs.patterns")}
            name="patterns"
            columns={[
              {
                id: "count",
                title: t("logs.count"),
                value: ({ count }) => count,
                width: 90,
                align: "end",
                priority: 1,
              },
              {
                id: "trend",
                title: t("logs.trend"),
                value: ({ count }) => count,
                cell: ({ trend }) => <Spark values={trend} />,
                width: 120,
                sorts: false,
                priority: 3,
              },
              {
                id: "share",
                title: t("logs.share"),
                value: ({ share }) => share,
                cell: ({ share }) => percent.format(share),
                width: 90,
                align: "end",
                priority: 4,
              },
              {
                id: "template",
                title: t("logs.pattern"),
                value: ({ template, id }) => template || id,
                cell: ({ template, id, isNew }) => (
                  <>
                    {isNew && <Tag>{t("logs.new")}</Tag>}{" "}
                    <Template text={template === "" ? id : template} />
                  </>
                ),
                width: 260,
                grows: true,
                priority: 1,
              },
              {
                id: "first",
                title: t("logs.firstSeen"),
                value: ({ firstSeenMs }) => firstSeenMs,
                cell: ({ firstSeenMs }) => <Ago atMs={firstSeenMs} />,
                width: 120,
                priority: 5,
              },
            ]}
            rows={patterns}
            rowKey={({ id }) => id}
            onOpen={({ id }) => onQuery(withCondition(q, "pattern", id, false))}
            empty={<Empty title={t("logs.noPatterns")} text={t("logs.noPatternsText")} />}
          />
        )}
      </Answer>
    </Panel>
  );
}
