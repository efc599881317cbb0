import type { ReactNode } from "react";
import { isolated, shown } from "../../i18n/foreign.ts";
import { useNow } from "../../now.ts";
import { Duration } from "../../ui/figures.tsx";
import { Go, ResourceLink } from "../../ui/go.tsx";
import type { Column } from "../../ui/table/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { runPath, StatusBadge, statuses, type Run } from "./status.tsx";
import { useText, type Say } from "./text.ts";

/** A run by its id, linked. */
export function RunLink({ id, max = 60 }: { id: string; max?: number }): ReactNode {
  return (
    <Go
      to={runPath(id)}
      search={{}}
      className="resource mono"
      title={isolated(id)}
      onClick={(event) => event.stopPropagation()}
    >
      <bdi>{shown(id, max)}</bdi>
    </Go>
  );
}

/** How long a run took, or has been going on. */
export function Took({ run }: { run: Pick<Run, "createdAtMs" | "endedAtMs"> }): ReactNode {
  const nowMs = useNow(run.endedAtMs === null);
  return <Duration ms={(run.endedAtMs ?? nowMs) - run.createdAtMs} />;
}

const attributesText = ({ attributes }: Run): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}:${value}`)
    .join(" ");

/** What a run is found by; each finds the others that have it too. */
function Attributes({ run, onPick }: { run: Run; onPick: (text: string) => void }): ReactNode {
  const { t } = useText();
  return (
    <span className="run-attributes">
      {Object.entries(run.attributes).map(([name, value]) => (
        <button
          key={name}
          type="button"
          className="tag"
          title={t("runs.sameAttribute", { text: isolated(`${name}:${value}`, 120) })}
          onClick={(event) => {
            event.stopPropagation();
            onPick(`${name}:${value}`);
          }}
        >
          <bdi>{shown(`${name}: ${value}`, 60)}</bdi>
        </button>
      ))}
    </span>
  );
}

const timeColumns = (t: Say): readonly Column<Run>[] => [
  {
    id: "created",
    title: t("runs.created"),
    value: ({ createdAtMs }) => createdAtMs,
    cell: ({ createdAtMs }) => <Ago atMs={createdAtMs} />,
    width: 112,
    priority: 2,
  },
  {
    id: "took",
    title: t("runs.took"),
    value: ({ createdAtMs, endedAtMs }) => (endedAtMs ?? Infinity) - createdAtMs,
    cell: (run) => <Took run={run} />,
    width: 96,
    align: "end",
    priority: 3,
  },
  {
    id: "wake",
    title: t("runs.wakes"),
    value: ({ wakeAtMs }) => wakeAtMs,
    cell: ({ wakeAtMs, endedAtMs }) => <Ago atMs={endedAtMs === null ? wakeAtMs : null} />,
    width: 112,
    priority: 5,
  },
];

const errorColumn = (t: Say): Column<Run> => ({
  id: "error",
  title: t("runs.error"),
  value: ({ error }) => error?.message,
  cell: ({ error }) =>
    error === null ? (
      <span className="none">–</span>
    ) : (
      <bdi title={isolated(`${error.name}: ${error.message}`)}>{shown(error.message, 160)}</bdi>
    ),
  width: 150,
  grows: true,
  priority: 4,
});

/** The columns of a list of runs. */
export function useRunColumns(
  ofAll: boolean,
  onPick: (text: string) => void,
): readonly Column<Run>[] {
  const { t } = useText();
  return [
    {
      id: "id",
      title: t("runs.id"),
      value: ({ id }) => id,
      cell: ({ id }) => <RunLink id={id} />,
      width: 190,
      grows: true,
      priority: 1,
    },
    ...(ofAll
      ? [
          {
            id: "workflow",
            title: t("workflow.one"),
            value: ({ workflow }: Run) => workflow,
            cell: ({ workflow }: Run) => <ResourceLink kind="workflow" name={workflow} />,
            width: 140,
            priority: 2,
          },
        ]
      : []),
    {
      id: "status",
      title: t("runs.status"),
      value: ({ status }) => statuses.indexOf(status),
      cell: (run) => <StatusBadge run={run} />,
      width: 128,
      priority: 1,
    },
    errorColumn(t),
    {
      id: "attributes",
      title: t("runs.attributes"),
      value: attributesText,
      cell: (run) => <Attributes run={run} onPick={onPick} />,
      width: 190,
      grows: true,
      priority: 4,
      sorts: false,
    },
    ...timeColumns(t),
    {
      id: "version",
      title: t("workflow.version"),
      value: ({ version }) => version,
      cell: ({ version }) => <bdi>{shown(version, 40)}</bdi>,
      width: 84,
      priority: 6,
    },
    {
      id: "priority",
      title: t("runs.priority"),
      value: ({ priority }) => priority,
      width: 84,
      align: "end",
      priority: 9,
    },
  ];
}
