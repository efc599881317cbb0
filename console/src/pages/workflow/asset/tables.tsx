import type { ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Facts } from "../../../ui/figures.tsx";
import { ResourceLink } from "../../../ui/go.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { RunLink } from "../runs-columns.tsx";
import { useText } from "../text.ts";
import type { Asset } from "./grid.ts";

type Check = Asset["checks"][number];
type Made = Asset["past"][number];

interface Dated {
  readonly partition: string | null;
  readonly atMs: number;
  readonly run: string;
}

/** What checks and makings have in common: which partition, when, by which run. */
function useDated<Row extends Dated>(): readonly Column<Row>[] {
  const { t } = useText();
  return [
    {
      id: "partition",
      title: t("asset.partition"),
      value: ({ partition }) => partition,
      cell: ({ partition }) =>
        partition === null ? (
          <span className="none">–</span>
        ) : (
          <bdi className="mono">{shown(partition, 60)}</bdi>
        ),
      width: 130,
      priority: 2,
    },
    {
      id: "at",
      title: t("asset.when"),
      value: ({ atMs }) => atMs,
      cell: ({ atMs }) => <Ago atMs={atMs} />,
      width: 116,
      priority: 1,
    },
    {
      id: "run",
      title: t("runs.id"),
      value: ({ run }) => run,
      cell: ({ run }) => <RunLink id={run} />,
      width: 180,
      grows: true,
      priority: 3,
    },
  ];
}

/** Whether a check passed, by shape and word. */
function CheckBadge({ check: { passed, severity } }: { check: Check }): ReactNode {
  const { t } = useText();
  if (passed) return <Badge health="ok">{t("check.passed")}</Badge>;
  return <Badge health={severity === "warn" ? "warning" : "failing"}>{t("check.failed")}</Badge>;
}

/** What checks found of one partition, for its details. */
export function CheckFacts({ checks }: { checks: readonly Check[] }): ReactNode {
  const { t } = useText();
  if (checks.length === 0) return null;
  return (
    <section>
      <h3>{t("check.title")}</h3>
      <Facts
        facts={checks.map((check) => [
          shown(check.name, 80),
          <span key={check.name} className="row">
            <CheckBadge check={check} />
            <bdi>{shown(check.note, 300)}</bdi>
          </span>,
        ])}
      />
    </section>
  );
}

/** What checks found last. */
export function Checks({ checks }: { checks: readonly Check[] }): ReactNode {
  const { t } = useText();
  const dated = useDated<Check>();
  if (checks.length === 0) return null;
  const columns: readonly Column<Check>[] = [
    {
      id: "name",
      title: t("check.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <bdi>{shown(name, 80)}</bdi>,
      width: 140,
      grows: true,
      priority: 1,
    },
    {
      id: "passed",
      title: t("runs.status"),
      value: ({ passed }) => passed,
      cell: (check) => <CheckBadge check={check} />,
      width: 112,
      priority: 1,
    },
    {
      id: "note",
      title: t("check.note"),
      value: ({ note }) => note,
      cell: ({ note }) => <bdi title={isolated(note)}>{shown(note, 200)}</bdi>,
      width: 160,
      grows: true,
      priority: 3,
    },
    ...dated,
  ];
  return (
    <Panel title={t("check.title")} flush>
      <Table
        label={t("check.title")}
        name="checks"
        columns={columns}
        rows={checks}
        rowKey={({ name, partition, atMs }) => `${name} ${partition} ${atMs}`}
        rowsMax={10}
      />
    </Panel>
  );
}

/** When an asset was made, and by what. */
export function Past({ past }: { past: readonly Made[] }): ReactNode {
  const { t } = useText();
  const dated = useDated<Made>();
  if (past.length === 0) return null;
  const columns: readonly Column<Made>[] = [
    ...dated,
    {
      id: "workflow",
      title: t("workflow.one"),
      value: ({ workflow }) => workflow,
      cell: ({ workflow }) => <ResourceLink kind="workflow" name={workflow} />,
      width: 150,
      priority: 3,
    },
  ];
  return (
    <Panel title={t("asset.past")} flush>
      <Table
        label={t("asset.past")}
        name="past"
        columns={columns}
        rows={past}
        rowKey={({ partition, atMs, run }) => `${partition} ${atMs} ${run}`}
        rowsMax={10}
      />
    </Panel>
  );
}
