import type { ReactNode } from "react";
import { useApi } from "../../api/query.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { Bytes, Count, Facts, Figures } from "../../ui/figures.tsx";
import { SchemaPanel } from "../../ui/form/schema-panel.tsx";
import type { SchemaPart } from "../../ui/form/schema.ts";
import { Go, useName } from "../../ui/go.tsx";
import { KindIcon } from "../../ui/icons.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { PageOf } from "../../ui/page-of.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { oneOf, useView, type Parameters } from "../../view.ts";
import { SlowQueries, useSlowQueries } from "../observability/traces/apm/slow-queries.tsx";
import { Browse } from "./browse.tsx";
import { Holders } from "./holders.tsx";
import type { Table } from "./rows.ts";
import { useText } from "./text.ts";

const tabs = ["rows", "schema", "slow"] as const;
const view: Parameters<{ readonly tab: (typeof tabs)[number] }> = { tab: oneOf(tabs) };
const refreshMs = 5_000;

/** How the table is declared: its key, its indexes, its rows. */
function Declared({ table }: { table: Table }): ReactNode {
  const { t } = useText();
  return (
    <>
      <Panel title={t("table.lookUps")} hint={t("table.lookUpsHint")}>
        <Facts
          facts={[
            [
              t("tables.key"),
              <bdi key="key" className="mono">
                {shown(table.key.join(", "), 200)}
              </bdi>,
            ],
            ...table.indexes.map(
              ({ name, fields }) =>
                [
                  shown(name, 80),
                  <bdi key={name} className="mono">
                    {shown(fields.map((one) => `${one.name} ${one.type}`).join(", "), 300)}
                  </bdi>,
                ] as const,
            ),
          ]}
        />
      </Panel>
      <SchemaPanel schema={table.row as SchemaPart} />
    </>
  );
}

function TableView({ table }: { table: Table }): ReactNode {
  const { t, locale } = useText();
  const [{ tab = "rows" }, set] = useView(view);
  const { name, rows, bytes, description } = table;
  const scope = { resource: `table/${name}` };
  // Only an engine that counts its statements has something to tell.
  const counts = useSlowQueries(scope).some(({ engine }) => engine === "postgres");
  return (
    <Page
      title={shown(name, 120)}
      mark={<KindIcon kind="table" size={20} />}
      above={<Go to="/tables">{t("tables.title")}</Go>}
      sentence={t("table.sentence", { count: rows, rows: format.count(rows, locale) })}
    >
      {description !== "" && (
        <p className="prose">
          <bdi>{shown(description, 600)}</bdi>
        </p>
      )}
      <Figures
        figures={[
          { label: t("tables.rows"), value: <Count value={rows} /> },
          ...(bytes === null
            ? []
            : [
                { label: t("tables.bytes"), value: <Bytes size={bytes} /> },
                {
                  label: t("table.bytesEach"),
                  value: <Bytes size={rows === 0 ? null : bytes / rows} />,
                },
              ]),
          { label: t("tables.indexes"), value: <Count value={table.indexes.length} /> },
          { label: t("tables.holders"), value: <Holders id={`table/${name}`} verbs={false} /> },
        ]}
      />
      <Tabs
        label={t("table.views", { name: isolated(name, 80) })}
        value={tab}
        onChange={(next) => set({ tab: next === "rows" ? undefined : next }, { push: true })}
        tabs={[
          { name: "rows", label: t("tables.rows"), content: () => <Browse table={table} /> },
          { name: "schema", label: t("schema.title"), content: () => <Declared table={table} /> },
          ...(counts
            ? [
                {
                  name: "slow" as const,
                  label: t("table.slow"),
                  content: () => <SlowQueries scope={scope} />,
                },
              ]
            : []),
        ]}
      />
    </Page>
  );
}

/** One table: its rows, how they are looked up, what they look like. */
export default function TablePage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const query = useApi("/tables/{name}", { path: { name } }, { everyMs: refreshMs });
  return (
    <PageOf of={query} title={shown(name, 120)} above={<Go to="/tables">{t("tables.title")}</Go>}>
      {(table) => <TableView key={name} table={table} />}
    </PageOf>
  );
}
