import type { ReactNode } from "react";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Tag } from "../../../ui/badge.tsx";
import { Duration, Rate } from "../../../ui/figures.tsx";
import { KindIcon } from "../../../ui/icons.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { kindOf, nameOf, type MapEdge } from "./map-shape.ts";
import { useText } from "./text.ts";

const states = {
  declared: "map.declared",
  undeclared: "map.undeclared",
  unused: "map.unused",
  outside: "map.outside",
} as const;

function End({ id }: { id: string }): ReactNode {
  return (
    <span className="resource">
      <KindIcon kind={kindOf(id)} size={14} />
      <bdi>{shown(nameOf(id), 80)}</bdi>
    </span>
  );
}

function useColumns(): readonly Column<MapEdge>[] {
  const { t } = useText();
  const end = (id: "from" | "to", title: string): Column<MapEdge> => ({
    id,
    title,
    width: 120,
    grows: true,
    priority: 1,
    value: (edge) => edge[id],
    cell: (edge) => <End id={edge[id]} />,
  });
  const isUnused = ({ state }: MapEdge): boolean => state === "unused";
  return [
    end("from", t("map.from")),
    end("to", t("map.to")),
    {
      id: "state",
      title: t("map.stateOf"),
      width: 110,
      priority: 4,
      value: ({ state }) => state,
      cell: ({ state }) => <Tag>{t(states[state])}</Tag>,
    },
    {
      id: "rate",
      title: t("detail.rate"),
      width: 84,
      align: "end",
      priority: 2,
      value: ({ callsPerSecond }) => callsPerSecond,
      cell: (edge) => (isUnused(edge) ? "–" : <Rate perSecond={edge.callsPerSecond} />),
    },
    {
      id: "errors",
      title: t("detail.errors"),
      width: 76,
      align: "end",
      priority: 3,
      value: ({ errorShare }) => errorShare,
      cell: (edge) => (isUnused(edge) ? "–" : format.percent(edge.errorShare)),
    },
    {
      id: "p95",
      title: t("apm.p95"),
      width: 92,
      align: "end",
      priority: 3,
      value: ({ p95Ms }) => p95Ms,
      cell: (edge) => (isUnused(edge) ? "–" : <Duration ms={edge.p95Ms} />),
    },
  ];
}

/** Edges of the map, one a row. */
export function EdgeTable({
  edges,
  name,
  label,
  onOpen,
}: {
  edges: readonly MapEdge[];
  name: string;
  label: string;
  onOpen?: (edge: MapEdge) => void;
}): ReactNode {
  const { t } = useText();
  const columns = useColumns();
  return (
    <Table
      label={label}
      name={name}
      columns={columns}
      rows={edges}
      rowKey={({ from, to, type, state }) => `${from} ${to} ${type} ${state}`}
      {...(onOpen === undefined ? {} : { onOpen })}
      empty={<Empty title={t("map.noEdges")} />}
    />
  );
}
