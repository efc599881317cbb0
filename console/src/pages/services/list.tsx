import { lazy, Suspense, type ReactNode } from "react";
import type { AnswerOf } from "../../api/client.ts";
import { useHistory } from "../../api/history.ts";
import type { Health, Part } from "../../api/overview.ts";
import { useApi } from "../../api/query.ts";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { useLive } from "../../live.tsx";
import { useRange } from "../../range.ts";
import { Badge, Tag } from "../../ui/badge.tsx";
import { TimeChart } from "../../ui/chart/time-chart.tsx";
import { Count, Duration, Rate } from "../../ui/figures.tsx";
import { placeOf } from "../../places.ts";
import { ResourceLink, useGo } from "../../ui/go.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { PageOf } from "../../ui/page-of.tsx";
import { Spark } from "../../ui/spark.tsx";
import { Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { insistent } from "../../ui/loaded.ts";
import { useText, type Say } from "./text.ts";

const ObservedServices = lazy(() =>
  insistent(() => import("../observability/traces/apm/performance.tsx")).then((found) => ({
    default: found.ObservedServices,
  })),
);

type Service = AnswerOf<"/services", "get">["services"][number];

/** A service with its live figures. */
interface Row {
  readonly service: Service;
  readonly part: Part | undefined;
  readonly rates: readonly number[];
  readonly health: Health;
  readonly running: number;
}

const refreshMs = 5_000;
/** As many as there are colours of series. */
const linesMax = 4;
const tones = ["1", "2", "3", "4"] as const;

const sample = `import { app, config, get, service } from "morning-ai";

const hello = service("hello", {
  routes: () => [get("/greetings/:name", ({ params }) => ({ text: params.name }))],
});
export default config({ app: app("shop", { services: [hello] }) });`;

function healthOf({ instances }: Service, part: Part | undefined, running: number): Health {
  if (running === 0) return "failing";
  if (running < instances.length && part?.health !== "failing") return "warning";
  return part?.health ?? "unknown";
}

function useRows(services: readonly Service[]): readonly Row[] {
  const { scene } = useLive();
  return services.map((service) => {
    const id = `service/${service.name}`;
    const part = scene?.overview.nodes.find((node) => node.id === id);
    const running = service.instances.filter(({ state }) => state === "running").length;
    const health = healthOf(service, part, running);
    return { service, part, rates: scene?.past.rates.get(id) ?? [], health, running };
  });
}

/** How a service fares: what comes in, how much of it fails, how long it takes. */
const trafficColumns = (t: Say): readonly Column<Row>[] => [
  {
    id: "rate",
    title: t("detail.rate"),
    value: ({ part }) => part?.ratePerSecond,
    cell: ({ part }) => <Rate perSecond={part?.ratePerSecond} />,
    width: 84,
    align: "end",
    priority: 1,
  },
  {
    id: "trend",
    title: t("services.trend"),
    value: ({ rates }) => rates.at(-1),
    cell: ({ rates }) => <Spark values={rates} />,
    width: 120,
    sorts: false,
    priority: 5,
  },
  {
    id: "errors",
    title: t("detail.errors"),
    value: ({ part }) => part?.errorRate,
    cell: ({ part }) => (part === undefined ? "–" : format.percent(part.errorRate)),
    width: 76,
    align: "end",
    priority: 2,
  },
  {
    id: "p95",
    title: t("detail.p95"),
    value: ({ part }) => part?.p95Ms,
    cell: ({ part }) => <Duration ms={part?.p95Ms} />,
    width: 110,
    align: "end",
    priority: 3,
  },
];

/** What a service is: where it runs, what it offers and to whom. */
const declaredColumns = (t: Say): readonly Column<Row>[] => [
  {
    id: "instances",
    title: t("services.instances"),
    value: ({ running }) => running,
    cell: ({ running, service }) =>
      t("services.running", { running, count: service.instances.length }),
    width: 100,
    align: "end",
    priority: 3,
  },
  {
    id: "routes",
    title: t("services.routes"),
    value: ({ service }) => service.routes.length,
    cell: ({ service }) => <Count value={service.routes.length} />,
    width: 76,
    align: "end",
    priority: 6,
  },
  {
    id: "access",
    title: t("services.access"),
    value: ({ service }) => service.open,
    cell: ({ service }) => <Tag>{t(service.open ? "services.open" : "services.keyed")}</Tag>,
    width: 100,
    priority: 7,
  },
  {
    id: "description",
    title: t("services.description"),
    value: ({ service }) => service.description,
    cell: ({ service }) => <bdi>{shown(service.description, 200)}</bdi>,
    width: 200,
    grows: true,
    priority: 6,
  },
];

function useColumns(): readonly Column<Row>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("services.name"),
      value: ({ service }) => service.name,
      cell: ({ service }) => <ResourceLink kind="service" name={service.name} />,
      width: 130,
      grows: true,
      priority: 1,
    },
    {
      id: "health",
      title: t("services.health"),
      value: ({ health }) => health,
      cell: ({ health }) => <Badge health={health}>{t(`health.${health}`)}</Badge>,
      width: 118,
      priority: 1,
    },
    ...trafficColumns(t),
    ...declaredColumns(t),
  ];
}

/** The rates of the busiest services over the time range. */
function Rates({ rows }: { rows: readonly Row[] }): ReactNode {
  const { t } = useText();
  const [, setRange] = useRange();
  // Few services keep their order, and with it their colours.
  const busiest =
    rows.length <= linesMax
      ? rows
      : rows
          .toSorted((a, b) => (b.part?.ratePerSecond ?? 0) - (a.part?.ratePerSecond ?? 0))
          .slice(0, linesMax);
  const names = busiest.map(({ service }) => service.name).toSorted();
  const history = useHistory(
    names.map((name) => `service/${name}`),
    ["ratePerSecond"],
  );
  return (
    <Panel
      flush
      title={t("services.rates")}
      hint={rows.length > linesMax ? t("services.busiest", { count: linesMax }) : undefined}
    >
      <TimeChart
        label={t("services.rates")}
        height={180}
        unit="rate"
        atMs={history?.atMs ?? []}
        series={names.map((name, index) => ({
          key: name,
          label: shown(name, 60),
          values: history?.values(`service/${name}`, "ratePerSecond") ?? [],
          tone: tones[index] ?? "1",
        }))}
        onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
      />
    </Panel>
  );
}

function List({ services }: { services: readonly Service[] }): ReactNode {
  const { t } = useText();
  const rows = useRows(services);
  const columns = useColumns();
  const go = useGo();
  if (services.length === 0) {
    return (
      <Page title={t("services.title")}>
        <Empty title={t("services.none")} text={t("services.noneText")} code={sample} />
      </Page>
    );
  }
  const failing = rows.filter(({ health }) => health === "failing").length;
  const bad = rows.filter(({ health }) => health === "warning").length;
  const health = failing > 0 ? "failing" : bad > 0 ? "warning" : "ok";
  return (
    <Page
      title={t("services.title")}
      health={health}
      sentence={t("services.sentence", { count: rows.length, failing, bad })}
    >
      <Rates rows={rows} />
      <Panel title={t("services.all")} flush>
        <Table
          label={t("services.title")}
          name="services"
          columns={columns}
          rows={rows}
          rowKey={({ service }) => service.name}
          onOpen={({ service }) => go(placeOf("service", service.name) ?? "")}
        />
      </Panel>
      <Suspense>
        <ObservedServices />
      </Suspense>
    </Page>
  );
}

/** Every service of the app, how it fares and what runs it. */
export default function ServicesPage(): ReactNode {
  const { t } = useText();
  const query = useApi("/services", {}, { everyMs: refreshMs });
  return (
    <PageOf of={query} title={t("services.title")}>
      {({ services }) => <List services={services} />}
    </PageOf>
  );
}
