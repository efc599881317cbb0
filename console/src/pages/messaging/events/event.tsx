import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useHistory } from "../../../api/history.ts";
import type { Health } from "../../../api/overview.ts";
import { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { useLive } from "../../../live.tsx";
import { useRange } from "../../../range.ts";
import { TimeChart } from "../../../ui/chart/time-chart.tsx";
import { Count, Duration, Figures, Rate } from "../../../ui/figures.tsx";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { HealthIcon, KindIcon } from "../../../ui/icons.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty, Failure } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Tabs, type Tab } from "../../../ui/tabs.tsx";
import { oneOf, text, useView, type Parameters } from "../../../view.ts";
import { useText } from "../text.ts";
import { EventDrawer } from "./drawer.tsx";
import { happeningOf, type CatalogueEvent, type Consumer } from "./log.ts";
import { Publish } from "./publish.tsx";
import { useEventColumns } from "./rows.tsx";
import { SchemaTab } from "./schema.tsx";

const tabNames = ["overview", "schema", "publish"] as const;
type TabName = (typeof tabNames)[number];

interface EventView {
  readonly tab: TabName;
  readonly event: string;
}

const eventView: Parameters<EventView> = { tab: oneOf(tabNames), event: text(80) };
const samplesMax = 20;
const everyMs = 5000;

/** The figures of one type of event. */
function EventFigures({ event }: { event: CatalogueEvent }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const { name, published, version, producers, consumers } = event;
  const node = scene?.overview.nodes.find(({ id }) => id === `event/${name}`);
  return (
    <Figures
      figures={[
        { label: t("event.rate"), value: <Rate perSecond={node?.ratePerSecond} /> },
        {
          label: t("event.published"),
          value: (
            <Go to="/events" search={{ tab: "log", type: name }} className="resource">
              <Count value={published} />
            </Go>
          ),
        },
        { label: t("event.version"), value: version },
        { label: t("event.producers"), value: producers.length },
        { label: t("event.consumers"), value: consumers.length },
      ]}
    />
  );
}

function Traffic({ name }: { name: string }): ReactNode {
  const { t } = useText();
  const [, setRange] = useRange();
  const id = `event/${name}`;
  const history = useHistory([id], ["ratePerSecond"]);
  if (history === undefined) return null;
  const values = history.values(id, "ratePerSecond");
  return (
    <Panel title={t("event.overTime")} flush>
      <TimeChart
        atMs={history.atMs}
        series={[{ key: "rate", label: t("event.rate"), values, tone: "3", area: true }]}
        unit="rate"
        label={t("event.overTimeOf", { name: isolated(name, 80) })}
        height={180}
        onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
      />
    </Panel>
  );
}

function Producers({ names }: { names: readonly string[] }): ReactNode {
  const { t } = useText();
  return (
    <Panel title={t("event.producers")}>
      {names.length === 0 ? (
        <p className="none">{t("event.noProducers")}</p>
      ) : (
        <ul className="row">
          {names.map((name) => (
            <li key={name}>
              <ResourceLink kind="service" name={name} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function useConsumerColumns(): readonly Column<Consumer>[] {
  const { t } = useText();
  const { scene } = useLive();
  const bad = new Map(scene?.overview.problems.map((one) => [one.subject, one.severity]));
  return [
    {
      id: "service",
      title: t("event.subscriber"),
      value: ({ service }) => service,
      cell: ({ service }) => <ResourceLink kind="service" name={service} />,
      width: 120,
      priority: 1,
    },
    {
      id: "queue",
      title: t("event.queue"),
      value: ({ queue }) => queue,
      cell: ({ queue }) => {
        const health: Health = bad.get(`queue/${queue}`) ?? "ok";
        return (
          <span className="resource">
            <HealthIcon health={health} />
            <span className="hidden">{t(`health.${health}`)}</span>
            <ResourceLink kind="queue" name={queue} icon={false} />
          </span>
        );
      },
      width: 180,
      grows: true,
      priority: 1,
    },
    {
      id: "pattern",
      title: t("event.pattern"),
      value: ({ pattern }) => JSON.stringify(pattern),
      cell: ({ pattern }) => (
        <bdi className="mono" title={isolated(JSON.stringify(pattern), 1000)}>
          {shown(JSON.stringify(pattern), 300)}
        </bdi>
      ),
      width: 180,
      grows: true,
      priority: 3,
    },
    {
      id: "attempts",
      title: t("event.attempts"),
      value: ({ attemptsMax }) => attemptsMax,
      width: 90,
      align: "end",
      priority: 4,
    },
    {
      id: "kept",
      title: t("event.kept"),
      value: ({ ageMsMax }) => ageMsMax,
      cell: ({ ageMsMax }) => <Duration ms={ageMsMax} />,
      width: 90,
      align: "end",
      priority: 5,
    },
    {
      id: "webhook",
      title: t("event.webhook"),
      value: ({ webhook }) => webhook,
      cell: ({ webhook }) =>
        webhook === undefined ? (
          <span className="none">–</span>
        ) : (
          <bdi title={isolated(webhook)}>{shown(webhook, 120)}</bdi>
        ),
      width: 130,
      priority: 6,
    },
  ];
}

function Consumers({ consumers }: { consumers: readonly Consumer[] }): ReactNode {
  const { t } = useText();
  const columns = useConsumerColumns();
  return (
    <Panel title={t("event.consumers")} flush>
      <Table
        label={t("event.consumers")}
        name="consumers"
        columns={columns}
        rows={consumers}
        rowKey={({ subscription }) => subscription}
        empty={<Empty title={t("event.noConsumers")} text={t("event.noConsumersText")} />}
      />
    </Panel>
  );
}

function Samples({ name, hasLog }: { name: string; hasLog: boolean }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const [{ event }, set] = useView(eventView);
  const query = useApi(
    "/events/log",
    { query: { type: name, limit: samplesMax } },
    { everyMs, enabled: hasLog },
  );
  const app = scene?.overview.app ?? "";
  const nodes = scene?.overview.nodes ?? [];
  const services = new Set(nodes.filter(({ kind }) => kind === "service").map((one) => one.name));
  const columns = useEventColumns(services).filter(({ id }) => id !== "type");
  if (!hasLog) return null;
  return (
    <Panel
      title={t("event.samples")}
      flush
      actions={
        <Go to="/events" search={{ tab: "log", type: name }} className="button small">
          {t("event.allOfThem")}
        </Go>
      }
    >
      <Answer of={query}>
        {({ events }) => (
          <Table
            label={t("event.samples")}
            name="samples"
            columns={columns}
            rows={events.map((one) => happeningOf(one, app))}
            rowKey={({ id }) => id}
            opened={event}
            onOpen={({ id }) => set({ event: id }, { push: true })}
            rowsMax={10}
            empty={<Empty title={t("event.noSamples")} text={t("event.noSamplesText")} />}
          />
        )}
      </Answer>
    </Panel>
  );
}

/** Whom it reaches, and whether that goes well. */
function useVerdict({ name, consumers }: CatalogueEvent): { health: Health; sentence: string } {
  const { t } = useText();
  const { scene } = useLive();
  const subjects = new Set([`event/${name}`, ...consumers.map(({ queue }) => `queue/${queue}`)]);
  const found = scene?.overview.problems.filter(({ subject }) => subjects.has(subject)) ?? [];
  const count = consumers.length;
  if (found.length === 0) {
    return count === 0
      ? { health: "unknown", sentence: t("event.unheard") }
      : { health: "ok", sentence: t("event.ok", { count }) };
  }
  const isFailing = found.some(({ severity }) => severity === "failing");
  const stuck = new Set(found.map(({ subject }) => subject)).size;
  return {
    health: isFailing ? "failing" : "warning",
    sentence: t("event.stuck", { stuck, count }),
  };
}

function Event({ event, hasLog }: { event: CatalogueEvent; hasLog: boolean }): ReactNode {
  const { t } = useText();
  const [{ tab = "overview", event: opened }, set] = useView(eventView);
  const { name, description, producers, consumers } = event;
  const verdict = useVerdict(event);
  const tabs: readonly Tab<TabName>[] = [
    {
      name: "overview",
      label: t("event.overview"),
      content: () => (
        <>
          <EventFigures event={event} />
          <Traffic name={name} />
          <Consumers consumers={consumers} />
          <Producers names={producers} />
          <Samples name={name} hasLog={hasLog} />
        </>
      ),
    },
    { name: "schema", label: t("event.schema"), content: () => <SchemaTab name={name} /> },
    {
      name: "publish",
      label: t("event.publish"),
      content: () => (
        <Publish event={event} onPublished={(id) => hasLog && set({ event: id }, { push: true })} />
      ),
    },
  ];
  return (
    <Page
      title={shown(name, 160)}
      mark={<KindIcon kind="event" size={20} />}
      above={<Go to="/events">{t("kinds.event")}</Go>}
      {...verdict}
    >
      {description !== "" && (
        <p className="prose">
          <bdi>{shown(description, 600)}</bdi>
        </p>
      )}
      <Tabs
        label={shown(name, 160)}
        tabs={tabs}
        value={tab}
        onChange={(next) => set({ tab: next, event: undefined }, { push: true })}
      />
      {opened !== undefined && (
        <EventDrawer id={opened} onClose={() => set({ event: undefined })} />
      )}
    </Page>
  );
}

/** The page of one type of event. */
export default function EventPage(): ReactNode {
  const { t } = useText();
  const { name = "" }: { name?: string } = useParams({ strict: false });
  const query = useApi("/events", {}, { everyMs });
  const event = query.data?.events.find((one) => one.name === name);
  if (event !== undefined) {
    return <Event event={event} hasLog={query.data?.driver["log"] === true} />;
  }
  const missing = new Problem({
    status: 404,
    code: "MOR_NOT_FOUND",
    detail: t("event.unknown", { name: isolated(name, 120) }),
    fix: "",
  });
  return (
    <Page title={shown(name, 160)} above={<Go to="/events">{t("kinds.event")}</Go>}>
      <Answer of={query}>{() => <Failure problem={missing} />}</Answer>
    </Page>
  );
}
