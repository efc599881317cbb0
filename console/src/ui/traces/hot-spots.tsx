import { useMemo, type ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import { Count, Duration } from "../figures.tsx";
import { Table, type Column } from "../table/table.tsx";
import { flameOf } from "./flame.ts";
import type { Trace } from "./span.ts";
import { useText } from "./text.ts";

interface Spot {
  readonly service: string;
  readonly name: string;
  count: number;
  errors: number;
  selfMs: number;
}

/** Operations by the time that they took themselves, wherever they were called from. */
export function spotsOf(traces: readonly Trace[]): readonly Spot[] {
  const spots = new Map<string, Spot>();
  for (const { service, name, count, errors, selfMs } of flameOf(traces.map(({ spans }) => spans))
    .nodes) {
    const key = `${service}\u0000${name}`;
    const spot = spots.get(key) ?? { service, name, count: 0, errors: 0, selfMs: 0 };
    spot.count += count;
    spot.errors += errors;
    spot.selfMs += selfMs;
    spots.set(key, spot);
  }
  return [...spots.values()].toSorted((one, other) => other.selfMs - one.selfMs);
}

/** The operations of some traces, the one that took most time itself first. */
export function HotSpots({
  traces,
  name,
}: {
  traces: readonly Trace[];
  /** Begins the names of its parameters in the URL. */
  name: string;
}): ReactNode {
  const { t } = useText();
  const rows = useMemo(() => spotsOf(traces), [traces]);
  const columns: readonly Column<Spot>[] = [
    {
      id: "operation",
      title: t("trace.span"),
      width: 180,
      priority: 1,
      grows: true,
      value: (spot) => spot.name,
      cell: (spot) => <bdi>{shown(spot.name, 160)}</bdi>,
    },
    {
      id: "service",
      title: t("spots.service"),
      width: 120,
      value: ({ service }) => service,
      cell: ({ service }) => <bdi>{shown(service, 60)}</bdi>,
    },
    {
      id: "self",
      title: t("spots.self"),
      width: 110,
      priority: 1,
      align: "end",
      value: ({ selfMs }) => selfMs,
      cell: ({ selfMs }) => <Duration ms={selfMs} />,
    },
    {
      id: "count",
      title: t("spots.count"),
      width: 90,
      priority: 3,
      align: "end",
      value: ({ count }) => count,
      cell: ({ count }) => <Count value={count} />,
    },
    {
      id: "errors",
      title: t("spots.errors"),
      width: 90,
      priority: 3,
      align: "end",
      value: ({ errors }) => errors,
      cell: ({ errors }) => <Count value={errors} />,
    },
  ];
  return (
    <Table
      label={t("spots.label")}
      name={name}
      columns={columns}
      rows={rows}
      rowKey={({ service, name: operation }) => `${service}\u0000${operation}`}
      empty={<p className="nothing">{t("trace.none")}</p>}
    />
  );
}
