import { useMemo, type ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { hueVariable, type Hue } from "../../../ui/chart/hues.ts";
import { Id } from "../../../ui/copy.tsx";
import { Count, Duration } from "../../../ui/figures.tsx";
import { Go } from "../../../ui/go.tsx";
import { HealthIcon } from "../../../ui/icons.tsx";
import { Table, type Column, type Selection } from "../../../ui/table/table.tsx";
import { At } from "../../../ui/time.tsx";
import type { Summary } from "./summary.ts";
import { useText } from "./text.ts";

/** Which services a trace went through, each as wide as its share of the spans. */
function Services({ trace, hues }: { trace: Summary; hues: ReadonlyMap<string, Hue> }): ReactNode {
  const words = trace.services.map(({ name, spans }) => `${isolated(name, 40)} ${spans}`);
  return (
    <span className="trace-services" title={words.join(", ")}>
      {trace.services.map(({ name, spans }) => {
        const hue = hues.get(name);
        const color = hue === undefined ? "var(--unknown)" : `var(${hueVariable(hue)})`;
        return <span key={name} style={{ flexGrow: spans, background: color }} />;
      })}
    </span>
  );
}

function useColumns(hues: ReadonlyMap<string, Hue>, longestMs: number): readonly Column<Summary>[] {
  const { t } = useText();
  return useMemo(
    () => [
      {
        id: "name",
        title: t("list.name"),
        width: 220,
        grows: true,
        priority: 1,
        value: ({ rootName }) => rootName,
        cell: ({ traceId, rootName, errors }) => (
          <Go
            to={`/traces/${traceId}`}
            className="resource"
            onClick={(event) => event.stopPropagation()}
          >
            {errors > 0 && <HealthIcon health="failing" size={13} />}
            <bdi>{shown(rootName, 120) || t("list.noRoot")}</bdi>
          </Go>
        ),
      },
      {
        id: "service",
        title: t("search.service"),
        width: 110,
        priority: 3,
        value: ({ rootService }) => rootService,
        cell: ({ rootService }) => <bdi>{shown(rootService, 60)}</bdi>,
      },
      {
        id: "duration",
        title: t("list.duration"),
        width: 118,
        priority: 1,
        value: ({ durationMs }) => durationMs,
        cell: ({ durationMs }) => (
          <span className="trace-duration">
            <span style={{ width: `${(durationMs / Math.max(longestMs, 1e-9)) * 100}%` }} />
            <Duration ms={durationMs} />
          </span>
        ),
      },
      {
        id: "errors",
        title: t("list.errors"),
        width: 74,
        align: "end",
        priority: 2,
        value: ({ errors }) => errors,
        cell: ({ errors }) => (errors === 0 ? "–" : <Count value={errors} />),
      },
      {
        id: "spans",
        title: t("list.spans"),
        width: 74,
        align: "end",
        priority: 4,
        value: ({ spans }) => spans,
        cell: ({ spans }) => <Count value={spans} />,
      },
      {
        id: "services",
        title: t("list.services"),
        width: 140,
        priority: 5,
        sorts: false,
        value: ({ services }) => services.map(({ name }) => name).join(" "),
        cell: (trace) => <Services trace={trace} hues={hues} />,
      },
      {
        id: "start",
        title: t("list.start"),
        width: 168,
        priority: 3,
        value: ({ startMs }) => startMs,
        cell: ({ startMs }) => <At atMs={startMs} />,
      },
      {
        id: "trace",
        title: t("list.id"),
        width: 170,
        priority: 6,
        value: ({ traceId }) => traceId,
        cell: ({ traceId }) => <Id id={traceId} max={12} />,
      },
    ],
    [t, hues, longestMs],
  );
}

/** Traces, one a row. */
export function TraceList({
  traces,
  hues,
  selection,
  onOpen,
  empty,
}: {
  traces: readonly Summary[];
  hues: ReadonlyMap<string, Hue>;
  selection: Selection;
  onOpen: (trace: Summary) => void;
  empty: ReactNode;
}): ReactNode {
  const { t } = useText();
  const longestMs = traces.reduce((most, { durationMs }) => Math.max(most, durationMs), 0);
  const columns = useColumns(hues, longestMs);
  return (
    <Table
      label={t("list.label")}
      name="traces"
      columns={columns}
      rows={traces}
      rowKey={({ traceId }) => traceId}
      selection={selection}
      onOpen={onOpen}
      empty={empty}
    />
  );
}
