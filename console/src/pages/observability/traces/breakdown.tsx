import type { ReactNode } from "react";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Count, Duration } from "../../../ui/figures.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import type { TraceDetail } from "./summary.ts";
import { useText } from "./text.ts";

type Analysis = TraceDetail["analysis"];
type Part = Analysis["byService"][number];

const categories = {
  own: "parts.own",
  db: "parts.db",
  cache: "parts.cache",
  blob: "parts.blob",
  messaging: "parts.messaging",
  model: "parts.model",
  external: "parts.external",
  missing: "parts.missing",
  "queue-wait": "parts.queue-wait",
} as const;

const isCategory = (key: string): key is keyof typeof categories => Object.hasOwn(categories, key);

function useColumns(
  named: (key: string) => string,
  title: string,
  allMs: number,
): readonly Column<Part>[] {
  const { t } = useText();
  return [
    {
      id: "key",
      title,
      width: 120,
      grows: true,
      priority: 1,
      value: ({ key }) => named(key),
      cell: ({ key }) => <bdi>{named(key)}</bdi>,
    },
    {
      id: "critical",
      title: t("parts.critical"),
      width: 120,
      align: "end",
      priority: 1,
      value: ({ criticalMs }) => criticalMs,
      cell: ({ criticalMs }) => (
        <span>
          <Duration ms={criticalMs} />{" "}
          <span className="hint">{format.percent(criticalMs / Math.max(allMs, 1e-9))}</span>
        </span>
      ),
    },
    {
      id: "self",
      title: t("parts.self"),
      width: 96,
      align: "end",
      priority: 2,
      value: ({ selfMs }) => selfMs,
      cell: ({ selfMs }) => <Duration ms={selfMs} />,
    },
    {
      id: "spans",
      title: t("list.spans"),
      width: 70,
      align: "end",
      priority: 3,
      value: ({ spans }) => spans,
      cell: ({ spans }) => <Count value={spans} />,
    },
    {
      id: "errors",
      title: t("list.errors"),
      width: 78,
      align: "end",
      priority: 4,
      value: ({ errors }) => errors,
      cell: ({ errors }) => (errors === 0 ? "–" : <Count value={errors} />),
    },
  ];
}

function Parts({
  parts,
  name,
  title,
  named,
  allMs,
}: {
  parts: readonly Part[];
  name: string;
  title: string;
  named: (key: string) => string;
  allMs: number;
}): ReactNode {
  const columns = useColumns(named, title, allMs);
  return (
    <Panel title={title} flush>
      <Table label={title} name={name} columns={columns} rows={parts} rowKey={({ key }) => key} />
    </Panel>
  );
}

/** Which service and what kind of work the time of a trace went to. */
export function Breakdowns({ analysis }: { analysis: Analysis }): ReactNode {
  const { t } = useText();
  const { byService, byCategory, criticalPath } = analysis;
  const allMs = criticalPath.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return (
    <div className="columns">
      <Parts
        parts={byService}
        name="by-service"
        title={t("parts.byService")}
        named={(key) => shown(key, 80)}
        allMs={allMs}
      />
      <Parts
        parts={byCategory}
        name="by-work"
        title={t("parts.byWork")}
        named={(key) => (isCategory(key) ? t(categories[key]) : shown(key, 40))}
        allMs={allMs}
      />
    </div>
  );
}
