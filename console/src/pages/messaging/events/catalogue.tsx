import type { ReactNode } from "react";
import { useLive } from "../../../live.tsx";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Count, Rate } from "../../../ui/figures.tsx";
import { SearchField } from "../../../ui/field.tsx";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Spark } from "../../../ui/spark.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { useView } from "../../../view.ts";
import { useText, type Say } from "../text.ts";
import type { Catalogue, CatalogueEvent } from "./log.ts";
import { eventsView } from "./view.ts";

/** An event of the catalogue, and what flows of it now. */
interface Row extends CatalogueEvent {
  readonly ratePerSecond: number | undefined;
  readonly rates: readonly number[];
}

export const eventSample = `import { event } from "morning-ai/messaging/event";
const paid = event("order.paid", { data: z.object({ orderId: z.string() }) });
const orders = service("orders", { uses: { paid: paid.publisher() } });
const mail = service("mail", {
  uses: { paid: paid.subscriber() },
  handlers: ({ paid }) => [handle(paid, {}, async ({ orderId }) => {})],
});`;

const listedMax = 2;

/** The first of several services, and how many more there are. */
function Services({ names }: { names: readonly string[] }): ReactNode {
  const { t } = useText();
  const each = [...new Set(names)];
  if (each.length === 0) return <span className="none">{t("event.nobody")}</span>;
  const rest = each.slice(listedMax);
  return (
    <span className="row" title={each.map((name) => isolated(name, 60)).join(", ")}>
      {each.slice(0, listedMax).map((name) => (
        <ResourceLink key={name} kind="service" name={name} icon={false} />
      ))}
      {rest.length > 0 && <span className="none">+{rest.length}</span>}
    </span>
  );
}

/** How many events of a type there were, and how many come. */
const trafficColumns = (t: Say): readonly Column<Row>[] => [
  {
    id: "published",
    title: t("event.published"),
    value: ({ published }) => published,
    cell: ({ name, published }) => (
      <Go
        to="/events"
        search={{ tab: "log", type: name }}
        onClick={(press) => press.stopPropagation()}
        className="resource"
      >
        <Count value={published} />
      </Go>
    ),
    width: 96,
    align: "end",
    priority: 3,
  },
  {
    id: "rate",
    title: t("event.rate"),
    value: ({ ratePerSecond }) => ratePerSecond,
    cell: ({ ratePerSecond }) => <Rate perSecond={ratePerSecond} />,
    width: 84,
    align: "end",
    priority: 2,
  },
  {
    id: "spark",
    title: t("event.recent"),
    value: ({ rates }) => rates.at(-1),
    cell: ({ rates }) => <Spark values={rates} />,
    width: 110,
    priority: 4,
    sorts: false,
  },
];

/** Who publishes a type, and who hears of it. */
const serviceColumns = (t: Say): readonly Column<Row>[] => [
  {
    id: "producers",
    title: t("event.producers"),
    value: ({ producers }) => producers.join(" "),
    cell: ({ producers }) => <Services names={producers} />,
    width: 130,
    priority: 5,
  },
  {
    id: "consumers",
    title: t("event.consumers"),
    value: ({ consumers }) => consumers.length,
    cell: ({ consumers }) => <Services names={consumers.map(({ service }) => service)} />,
    width: 170,
    priority: 3,
  },
];

function useColumns(): readonly Column<Row>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("event.type"),
      value: ({ name }) => name,
      cell: ({ name }) => <ResourceLink kind="event" name={name} />,
      width: 170,
      grows: true,
      priority: 1,
    },
    {
      id: "description",
      title: t("event.description"),
      value: ({ description }) => description,
      cell: ({ description }) => <bdi title={isolated(description)}>{shown(description, 200)}</bdi>,
      width: 190,
      grows: true,
      priority: 5,
    },
    {
      id: "version",
      title: t("event.version"),
      value: ({ version }) => version,
      width: 80,
      align: "end",
      priority: 7,
    },
    ...trafficColumns(t),
    ...serviceColumns(t),
  ];
}

/** Every type of event that the app declares. */
export function CatalogueTab({
  catalogue,
  onOpen,
}: {
  catalogue: Catalogue;
  onOpen: (name: string) => void;
}): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const [{ q }, set] = useView(eventsView);
  const columns = useColumns();
  const nodes = new Map(scene?.overview.nodes.map((node) => [node.id, node]));
  const wanted = q?.toLowerCase() ?? "";
  const rows = catalogue.events
    .filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(wanted))
    .map((event) => ({
      ...event,
      ratePerSecond: nodes.get(`event/${event.name}`)?.ratePerSecond,
      rates: scene?.past.rates.get(`event/${event.name}`) ?? [],
    }));
  if (catalogue.events.length === 0) {
    return <Empty title={t("events.none")} text={t("events.noneText")} code={eventSample} />;
  }
  return (
    <Panel title={t("events.catalogue")} flush>
      <Table
        label={t("events.catalogue")}
        name="events"
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
        onOpen={({ name }) => onOpen(name)}
        filters={
          <SearchField
            label={t("events.search")}
            value={q ?? ""}
            onChange={(text) => set({ q: text === "" ? undefined : text })}
          />
        }
        empty={<Empty title={t("events.noneSuch")} />}
      />
    </Panel>
  );
}
