import type { ReactNode } from "react";
import type { AnswerOf } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { placeOf } from "../../places.ts";
import { Bytes, Count, Duration } from "../../ui/figures.tsx";
import { ResourceLink, useGo } from "../../ui/go.tsx";
import { Icon, KindIcon } from "../../ui/icons.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { PageOf } from "../../ui/page-of.tsx";
import { Answer, Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { SlowQueries } from "../observability/traces/apm/slow-queries.tsx";
import { Holders } from "./holders.tsx";
import { useText } from "./text.ts";

type Declared = AnswerOf<"/tables", "get">["tables"][number];
type Cache = AnswerOf<"/caches", "get">["caches"][number];
type Secret = AnswerOf<"/secrets", "get">["secrets"][number];

const refreshMs = 5_000;

const sample = `import { table } from "morning-ai/state/table";
import { z } from "zod";

const orders = table("orders", {
  key: "id",
  row: z.object({ id: z.string(), total: z.number() }),
});
// A service holds it: uses: { orders: orders.readWriter() }`;

function useTableColumns(): readonly Column<Declared>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("tables.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <ResourceLink kind="table" name={name} />,
      width: 140,
      grows: true,
      priority: 1,
    },
    {
      id: "rows",
      title: t("tables.rows"),
      value: ({ rows }) => rows,
      cell: ({ rows }) => <Count value={rows} />,
      width: 90,
      align: "end",
      priority: 1,
    },
    {
      id: "bytes",
      title: t("tables.bytes"),
      value: ({ bytes }) => bytes,
      cell: ({ bytes }) => <Bytes size={bytes} />,
      width: 90,
      align: "end",
      priority: 3,
    },
    {
      id: "key",
      title: t("tables.key"),
      value: ({ key }) => key.join(", "),
      cell: ({ key }) => <bdi className="mono">{shown(key.join(", "), 100)}</bdi>,
      width: 130,
      priority: 2,
    },
    {
      id: "indexes",
      title: t("tables.indexes"),
      value: ({ indexes }) => indexes.map(({ name }) => name).join(", "),
      cell: ({ indexes }) => (
        <bdi className="mono">{shown(indexes.map(({ name }) => name).join(", ") || "–", 200)}</bdi>
      ),
      width: 150,
      priority: 4,
    },
    {
      id: "holders",
      title: t("tables.holders"),
      value: () => undefined,
      cell: ({ name }) => <Holders id={`table/${name}`} verbs={false} />,
      width: 170,
      sorts: false,
      priority: 5,
    },
    {
      id: "description",
      title: t("tables.description"),
      value: ({ description }) => description,
      cell: ({ description }) => <bdi title={isolated(description)}>{shown(description, 200)}</bdi>,
      width: 180,
      grows: true,
      priority: 6,
    },
  ];
}

function Tables({ tables }: { tables: readonly Declared[] }): ReactNode {
  const { t } = useText();
  const go = useGo();
  const columns = useTableColumns();
  return (
    <Panel title={t("tables.tables")} flush>
      <Table
        label={t("tables.tables")}
        name="tables"
        columns={columns}
        rows={tables}
        rowKey={({ name }) => name}
        onOpen={({ name }) => go(placeOf("table", name) ?? "")}
      />
    </Panel>
  );
}

function Caches({ caches }: { caches: readonly Cache[] }): ReactNode {
  const { t } = useText();
  const columns: readonly Column<Cache>[] = [
    {
      id: "name",
      title: t("tables.name"),
      value: ({ name }) => name,
      cell: ({ name }) => (
        <span className="resource">
          <KindIcon kind="cache" size={14} />
          <bdi>{shown(name, 120)}</bdi>
        </span>
      ),
      width: 140,
      grows: true,
      priority: 1,
    },
    {
      id: "ttl",
      title: t("caches.ttl"),
      value: ({ ttlMs }) => ttlMs,
      cell: ({ ttlMs }) => <Duration ms={ttlMs} />,
      width: 110,
      align: "end",
      priority: 1,
    },
    {
      id: "holders",
      title: t("tables.holders"),
      value: () => undefined,
      cell: ({ name }) => <Holders id={`cache/${name}`} />,
      width: 220,
      sorts: false,
      priority: 2,
    },
    {
      id: "description",
      title: t("tables.description"),
      value: ({ description }) => description,
      cell: ({ description }) => <bdi>{shown(description, 200)}</bdi>,
      width: 180,
      grows: true,
      priority: 3,
    },
  ];
  return (
    <Panel title={t("caches.title")} hint={t("caches.hint")} flush>
      <Table
        label={t("caches.title")}
        name="caches"
        columns={columns}
        rows={caches}
        rowKey={({ name }) => name}
      />
    </Panel>
  );
}

function Secrets({ secrets }: { secrets: readonly Secret[] }): ReactNode {
  const { t } = useText();
  const columns: readonly Column<Secret>[] = [
    {
      id: "name",
      title: t("tables.name"),
      value: ({ name }) => name,
      cell: ({ name }) => (
        <span className="resource">
          <Icon name="secret" size={14} />
          <bdi>{shown(name, 120)}</bdi>
        </span>
      ),
      width: 140,
      grows: true,
      priority: 1,
    },
    {
      id: "holders",
      title: t("tables.holders"),
      value: () => undefined,
      cell: ({ name }) => <Holders id={`secret/${name}`} />,
      width: 220,
      sorts: false,
      priority: 2,
    },
    {
      id: "description",
      title: t("tables.description"),
      value: ({ description }) => description,
      cell: ({ description }) => <bdi>{shown(description, 200)}</bdi>,
      width: 180,
      grows: true,
      priority: 3,
    },
  ];
  return (
    <Panel title={t("secrets.title")} hint={t("secrets.hint")} flush>
      <Table
        label={t("secrets.title")}
        name="secrets"
        columns={columns}
        rows={secrets}
        rowKey={({ name }) => name}
      />
    </Panel>
  );
}

interface Kinds {
  readonly table: boolean;
  readonly cache: boolean;
  readonly secret: boolean;
}

function All({ has }: { has: Kinds }): ReactNode {
  const { t, locale } = useText();
  const tables = useApi("/tables", {}, { enabled: has.table, everyMs: refreshMs });
  const caches = useApi("/caches", {}, { enabled: has.cache });
  const secrets = useApi("/secrets", {}, { enabled: has.secret });
  const rows = tables.data?.tables.reduce((sum, one) => sum + one.rows, 0) ?? 0;
  const sentence = t("tables.sentence", {
    tables: tables.data?.tables.length ?? 0,
    rows: format.count(rows, locale),
    caches: caches.data?.caches.length ?? 0,
    secrets: secrets.data?.secrets.length ?? 0,
  });
  const none = !has.table && !has.cache && !has.secret;
  return (
    <Page title={t("tables.title")} sentence={none ? undefined : sentence}>
      {none && <Empty title={t("tables.none")} text={t("tables.noneText")} code={sample} />}
      {has.table && <Answer of={tables}>{(data) => <Tables {...data} />}</Answer>}
      {has.cache && <Answer of={caches}>{(data) => <Caches {...data} />}</Answer>}
      <SlowQueries scope={{}} />
      {has.secret && <Answer of={secrets}>{(data) => <Secrets {...data} />}</Answer>}
    </Page>
  );
}

/** What the app keeps: tables, caches, and secrets by their names alone. */
export default function TablesPage(): ReactNode {
  const { t } = useText();
  const query = useApi("/platform", {});
  return (
    <PageOf of={query} title={t("tables.title")}>
      {({ kinds }) => (
        <All
          has={{
            table: kinds.includes("table"),
            cache: kinds.includes("cache"),
            secret: kinds.includes("secret"),
          }}
        />
      )}
    </PageOf>
  );
}
