import { useQueries } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { placeOf } from "../../places.ts";
import { Bytes, Count } from "../../ui/figures.tsx";
import { ResourceLink, useGo } from "../../ui/go.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { PageOf } from "../../ui/page-of.tsx";
import { Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Holders } from "./holders.tsx";
import { useText } from "./text.ts";

type Declared = AnswerOf<"/blobs", "get">["sets"][number];
type Counted = AnswerOf<"/blobs/{name}", "get">;

/** A set of blobs and, once it has been counted, what is in it. */
interface Row {
  readonly set: Declared;
  readonly counted: Counted | undefined;
}

const sample = `import { blob } from "morning-ai/state/blob";

const invoices = blob("invoices", { bytesMax: 2 ** 20 });
// A service holds it: uses: { invoices: invoices.readWriter() }
await held.invoices.put("2026/17.pdf", bytes, { contentType: "application/pdf" });`;

/** Counts every set; each is a call of its own, since counting a large one takes its time. */
function useCounted(sets: readonly Declared[]): readonly Row[] {
  const results = useQueries({
    queries: sets.map(({ name }) => ({
      queryKey: ["api", "/blobs/{name}", { path: { name } }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call("get", "/blobs/{name}", { path: { name } }, signal),
    })),
  });
  return sets.map((set, at) => ({ set, counted: results[at]?.data }));
}

function useColumns(): readonly Column<Row>[] {
  const { t, locale } = useText();
  return [
    {
      id: "name",
      title: t("tables.name"),
      value: ({ set }) => set.name,
      cell: ({ set }) => <ResourceLink kind="blob" name={set.name} />,
      width: 140,
      grows: true,
      priority: 1,
    },
    {
      id: "objects",
      title: t("blobs.objects"),
      value: ({ counted }) => counted?.objects,
      cell: ({ counted }) =>
        counted?.complete === false ? (
          t("blobs.atLeast", { count: format.count(counted.objects, locale) })
        ) : (
          <Count value={counted?.objects} />
        ),
      width: 110,
      align: "end",
      priority: 1,
    },
    {
      id: "bytes",
      title: t("tables.bytes"),
      value: ({ counted }) => counted?.bytes,
      cell: ({ counted }) =>
        counted?.complete === false ? (
          t("blobs.atLeast", { count: format.bytes(counted.bytes) })
        ) : (
          <Bytes size={counted?.bytes} />
        ),
      width: 110,
      align: "end",
      priority: 2,
    },
    {
      id: "max",
      title: t("blobs.max"),
      value: ({ set }) => set.bytesMax,
      cell: ({ set }) => <Bytes size={set.bytesMax} />,
      width: 130,
      align: "end",
      priority: 4,
    },
    {
      id: "holders",
      title: t("tables.holders"),
      value: () => undefined,
      cell: ({ set }) => <Holders id={`blob/${set.name}`} />,
      width: 220,
      sorts: false,
      priority: 3,
    },
    {
      id: "description",
      title: t("tables.description"),
      value: ({ set }) => set.description,
      cell: ({ set }) => <bdi title={isolated(set.description)}>{shown(set.description, 200)}</bdi>,
      width: 180,
      grows: true,
      priority: 5,
    },
  ];
}

function Sets({ sets }: { sets: readonly Declared[] }): ReactNode {
  const { t, locale } = useText();
  const rows = useCounted(sets);
  const columns = useColumns();
  const go = useGo();
  const sum = (of: (counted: Counted) => number): number =>
    rows.reduce((total, { counted }) => total + (counted === undefined ? 0 : of(counted)), 0);
  const values = {
    sets: sets.length,
    objects: format.count(
      sum(({ objects }) => objects),
      locale,
    ),
    bytes: format.bytes(sum(({ bytes }) => bytes)),
  };
  return (
    <Page title={t("blobs.title")} sentence={t("blobs.sentence", values)}>
      <Panel title={t("blobs.sets")} flush>
        <Table
          label={t("blobs.sets")}
          name="blobs"
          columns={columns}
          rows={rows}
          rowKey={({ set }) => set.name}
          onOpen={({ set }) => go(placeOf("blob", set.name) ?? "")}
          empty={<Empty title={t("blobs.none")} text={t("blobs.noneText")} code={sample} />}
        />
      </Panel>
    </Page>
  );
}

function Nothing(): ReactNode {
  const { t } = useText();
  return (
    <Page title={t("blobs.title")}>
      <Empty title={t("blobs.none")} text={t("blobs.noneText")} code={sample} />
    </Page>
  );
}

function List(): ReactNode {
  const { t } = useText();
  const query = useApi("/blobs", {});
  return (
    <PageOf of={query} title={t("blobs.title")}>
      {({ sets }) => <Sets sets={sets} />}
    </PageOf>
  );
}

/** Every set of blobs, how much is in it. */
export default function BlobsPage(): ReactNode {
  const { t } = useText();
  const query = useApi("/platform", {});
  return (
    <PageOf of={query} title={t("blobs.title")}>
      {({ kinds }) => (kinds.includes("blob") ? <List /> : <Nothing />)}
    </PageOf>
  );
}
