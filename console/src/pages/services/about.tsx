import { lazy, Suspense, type ReactNode } from "react";
import { useHistory } from "../../api/history.ts";
import type { Health } from "../../api/overview.ts";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { useLive } from "../../live.tsx";
import { placeOfId } from "../../places.ts";
import { useRange } from "../../range.ts";
import { Badge } from "../../ui/badge.tsx";
import { TimeChart } from "../../ui/chart/time-chart.tsx";
import { Count, Duration, Figures, Rate } from "../../ui/figures.tsx";
import { ResourceLink, useGo } from "../../ui/go.tsx";
import { insistent } from "../../ui/loaded.ts";
import { kindName, verbName } from "../../ui/names.ts";
import { useNarrow } from "../../ui/narrow.ts";
import { Panel } from "../../ui/page.tsx";
import { Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Ago } from "../../ui/time.tsx";
import type { Service } from "./service.tsx";
import { useText } from "./text.ts";

const LiveMap = lazy(() => insistent(() => import("../../ui/graph/live-map.tsx")));

type Instance = Service["instances"][number];

const states = {
  running: ["ok", "instance.state.running"],
  starting: ["unknown", "instance.state.starting"],
  draining: ["warning", "instance.state.draining"],
  down: ["failing", "instance.state.down"],
} as const satisfies Readonly<Record<Instance["state"], readonly [Health, string]>>;

/** Rate, share of errors and latency over the time range. */
function Charts({ id }: { id: string }): ReactNode {
  const { t } = useText();
  const [, setRange] = useRange();
  const history = useHistory([id], ["ratePerSecond", "errorRate", "p95Ms"]);
  const charts = [
    ["ratePerSecond", "rate", t("detail.rate"), "1"],
    ["errorRate", "percent", t("detail.errors"), "failing"],
    ["p95Ms", "ms", t("detail.p95"), "3"],
  ] as const;
  return (
    <div className="columns small">
      {charts.map(([metric, unit, label, tone]) => (
        <Panel key={metric} title={label} flush>
          <TimeChart
            label={label}
            height={130}
            unit={unit}
            atMs={history?.atMs ?? []}
            series={[{ key: metric, label, values: history?.values(id, metric) ?? [], tone }]}
            sync={id}
            onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
          />
        </Panel>
      ))}
    </div>
  );
}

/** The service and all that it is joined to, drawn. */
function Neighbours({ id }: { id: string }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const go = useGo();
  const isNarrow = useNarrow();
  if (scene === undefined || isNarrow) return null;
  const links = scene.overview.edges.filter(({ from, to }) => from === id || to === id);
  const ids = new Set([id, ...links.flatMap(({ from, to }) => [from, to])]);
  const parts = scene.overview.nodes.filter((part) => ids.has(part.id));
  if (parts.length < 2) return null;
  const open = (to: string | undefined): void => {
    const place = to === undefined ? undefined : placeOfId(to);
    if (place !== undefined) go(place);
  };
  return (
    <Panel title={t("service.map")} hint={t("service.mapHint")}>
      <Suspense fallback={<div className="map bone" />}>
        <LiveMap parts={parts} links={links} selected={id} onOpen={open} />
      </Suspense>
    </Panel>
  );
}

function Instances({ instances }: { instances: readonly Instance[] }): ReactNode {
  const { t } = useText();
  const columns: readonly Column<Instance>[] = [
    {
      id: "state",
      title: t("instance.state"),
      value: ({ state }) => state,
      cell: ({ state }) => <Badge health={states[state][0]}>{t(states[state][1])}</Badge>,
      width: 116,
      priority: 1,
    },
    {
      id: "pid",
      title: t("instance.pid"),
      value: ({ pid }) => pid,
      cell: ({ pid }) => <span className="mono">{pid ?? "–"}</span>,
      width: 90,
      priority: 1,
    },
    {
      id: "started",
      title: t("instance.started"),
      value: ({ startedAtMs }) => startedAtMs,
      cell: ({ startedAtMs }) => <Ago atMs={startedAtMs} />,
      width: 120,
      priority: 2,
    },
    {
      id: "restarts",
      title: t("instance.restarts"),
      value: ({ restarts }) => restarts,
      cell: ({ restarts }) => <Count value={restarts} />,
      width: 90,
      align: "end",
      priority: 3,
    },
    {
      id: "exit",
      title: t("instance.lastExit"),
      value: ({ lastExit }) => lastExit,
      cell: ({ lastExit }) => <bdi>{lastExit === null ? "–" : shown(lastExit, 200)}</bdi>,
      width: 130,
      grows: true,
      priority: 4,
    },
  ];
  return (
    <Panel title={t("instance.title")} flush>
      <Table
        label={t("instance.title")}
        name="instances"
        columns={columns}
        rows={instances}
        rowKey={({ pid, startedAtMs }) => `${pid} ${startedAtMs}`}
        empty={<Empty title={t("instance.none")} text={t("instance.noneText")} />}
      />
    </Panel>
  );
}

type Use = Service["uses"][number];

/** The name in an id: `queue/mail`. */
const nameOf = (id: string): string => id.slice(id.indexOf("/") + 1);

function useUseColumns(name: string): readonly Column<Use>[] {
  const { t } = useText();
  const { scene } = useLive();
  const id = `service/${name}`;
  const rateOf = ({ resource, verb }: Use): number | undefined =>
    scene?.overview.edges.find(
      (edge) =>
        edge.verb === verb &&
        ((edge.from === id && edge.to === resource) || (edge.to === id && edge.from === resource)),
    )?.ratePerSecond;
  return [
    {
      id: "resource",
      title: t("uses.resource"),
      value: ({ resource }) => resource,
      cell: ({ kind, resource }) => <ResourceLink kind={kind} name={nameOf(resource)} />,
      width: 160,
      grows: true,
      priority: 1,
    },
    {
      id: "kind",
      title: t("uses.kind"),
      value: ({ kind }) => kind,
      cell: ({ kind }) => kindName(t, kind),
      width: 100,
      priority: 3,
    },
    {
      id: "verb",
      title: t("uses.verb"),
      value: ({ verb }) => verb,
      cell: ({ verb }) => verbName(t, verb),
      width: 132,
      priority: 2,
    },
    {
      id: "key",
      title: t("uses.key"),
      value: ({ key }) => key,
      cell: ({ key }) => <bdi className="mono">{shown(key, 80)}</bdi>,
      width: 130,
      priority: 4,
    },
    {
      id: "rate",
      title: t("detail.rate"),
      value: rateOf,
      cell: (use) => <Rate perSecond={rateOf(use) || undefined} />,
      width: 84,
      align: "end",
      priority: 3,
    },
  ];
}

/** What the service's code can reach, and nothing else. */
function Uses({ service }: { service: Service }): ReactNode {
  const { t } = useText();
  const columns = useUseColumns(service.name);
  return (
    <Panel title={t("uses.title")} hint={t("uses.hint")} flush>
      <Table
        label={t("uses.title")}
        name="uses"
        columns={columns}
        rows={service.uses}
        rowKey={({ key }) => key}
        empty={<Empty title={t("uses.none")} text={t("uses.noneText")} />}
      />
    </Panel>
  );
}

function Callers({ usedBy }: Pick<Service, "usedBy">): ReactNode {
  const { t } = useText();
  const names = [...new Set(usedBy.map(({ service }) => service))];
  return (
    <Panel title={t("callers.title")}>
      {names.length === 0 ? (
        <p className="prose">{t("callers.none")}</p>
      ) : (
        <div className="row">
          {names.map((name) => (
            <ResourceLink key={name} kind="service" name={name} />
          ))}
        </div>
      )}
    </Panel>
  );
}

/** How a service fares and what it holds. */
export function About({ service }: { service: Service }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const id = `service/${service.name}`;
  const part = scene?.overview.nodes.find((node) => node.id === id);
  const running = service.instances.filter(({ state }) => state === "running").length;
  return (
    <>
      <Figures
        figures={[
          { label: t("detail.rate"), value: <Rate perSecond={part?.ratePerSecond} /> },
          {
            label: t("detail.errors"),
            value: part === undefined ? "–" : format.percent(part.errorRate),
            ...((part?.errorRate ?? 0) >= 0.05 ? { tone: "failing" as const } : {}),
          },
          { label: t("detail.p95"), value: <Duration ms={part?.p95Ms} /> },
          {
            label: t("services.instances"),
            value: t("services.running", { running, count: service.instances.length }),
            ...(running === 0 ? { tone: "failing" as const } : {}),
          },
        ]}
      />
      <Charts id={id} />
      <Neighbours id={id} />
      <Uses service={service} />
      <Instances instances={service.instances} />
      <Callers usedBy={service.usedBy} />
    </>
  );
}
