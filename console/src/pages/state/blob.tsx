import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { useApi } from "../../api/query.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { SearchField } from "../../ui/field.tsx";
import { Bytes, Count, Figures } from "../../ui/figures.tsx";
import { Go, useName } from "../../ui/go.tsx";
import { Icon, KindIcon } from "../../ui/icons.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { PageOf } from "../../ui/page-of.tsx";
import { Empty, Failure, Loading } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { text, useView, type Parameters } from "../../view.ts";
import { entriesOf, folderOf, pathOf, type Entry } from "./folders.ts";
import { Holders } from "./holders.tsx";
import { ObjectDrawer } from "./object-drawer.tsx";
import { useText } from "./text.ts";

type BlobSet = AnswerOf<"/blobs/{name}", "get">;

interface BlobView {
  /** Where we are, and what is looked for there: `2026/` or `2026/inv`. */
  readonly prefix: string;
  /** The key of the object that is open. */
  readonly object: string;
}

const view: Parameters<BlobView> = { prefix: text(1024), object: text(1024) };
const pageMax = 1000;

function useObjects(name: string, prefix: string) {
  return useInfiniteQuery<AnswerOf<"/blobs/{name}/objects", "get">, Problem>({
    queryKey: ["api", "/blobs/{name}/objects", name, prefix],
    queryFn: ({ pageParam, signal }) => {
      const query = { prefix, limit: pageMax, cursor: pageParam as string | undefined };
      return call("get", "/blobs/{name}/objects", { path: { name }, query }, signal);
    },
    initialPageParam: undefined,
    getNextPageParam: ({ cursor }) => cursor,
    placeholderData: keepPreviousData,
  });
}

/** Where we are, every folder of it a link. */
function Path({ name, prefix }: { name: string; prefix: string }): ReactNode {
  const { t } = useText();
  const path = pathOf(prefix);
  const link = (to: string | undefined, words: ReactNode): ReactNode => (
    <Go to="." search={{ prefix: to }} className="link">
      {words}
    </Go>
  );
  return (
    <nav className="row" aria-label={t("blob.path")}>
      {link(undefined, <bdi>{shown(name, 60)}</bdi>)}
      {path.map((folder) => (
        <span key={folder.prefix} className="row">
          <Icon name="next" size={12} />
          {link(folder.prefix, <bdi>{shown(folder.name, 60) || "/"}</bdi>)}
        </span>
      ))}
    </nav>
  );
}

/** What an entry is called within its folder. */
const nameIn = (folder: string, entry: Entry): string =>
  (entry.kind === "folder" ? entry.prefix : entry.object.key).slice(folder.length);

function useColumns(folder: string, isWhole: boolean): readonly Column<Entry>[] {
  const { t, locale } = useText();
  return [
    {
      id: "name",
      title: t("tables.name"),
      value: (entry) => nameIn(folder, entry),
      cell: (entry) => (
        <span className="resource" title={isolated(nameIn(folder, entry), 600)}>
          <Icon name={entry.kind === "folder" ? "folder" : "blob"} size={14} />
          <bdi>{shown(nameIn(folder, entry), 200)}</bdi>
        </span>
      ),
      width: 190,
      grows: true,
      priority: 1,
    },
    {
      id: "objects",
      title: t("blobs.objects"),
      value: (entry) => (entry.kind === "folder" ? entry.objects : undefined),
      cell: (entry) =>
        entry.kind !== "folder" ? (
          ""
        ) : isWhole ? (
          <Count value={entry.objects} />
        ) : (
          t("blobs.atLeast", { count: format.count(entry.objects, locale) })
        ),
      width: 100,
      align: "end",
      priority: 3,
    },
    {
      id: "size",
      title: t("blob.size"),
      value: (entry) => (entry.kind === "folder" ? entry.bytes : entry.object.size),
      cell: (entry) => <Bytes size={entry.kind === "folder" ? entry.bytes : entry.object.size} />,
      width: 90,
      align: "end",
      priority: 1,
    },
    {
      id: "updated",
      title: t("blob.updated"),
      value: (entry) => (entry.kind === "folder" ? undefined : entry.object.updatedAtMs),
      cell: (entry) => (entry.kind === "folder" ? "" : <Ago atMs={entry.object.updatedAtMs} />),
      width: 120,
      priority: 2,
    },
    {
      id: "type",
      title: t("blob.type"),
      value: (entry) => (entry.kind === "folder" ? undefined : entry.object.contentType),
      cell: (entry) =>
        entry.kind === "folder" ? "" : <bdi>{shown(entry.object.contentType ?? "–", 80)}</bdi>,
      width: 150,
      priority: 4,
    },
  ];
}

function Objects({ name }: { name: string }): ReactNode {
  const { t } = useText();
  const [{ prefix = "", object }, set] = useView(view);
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useObjects(
    name,
    prefix,
  );
  const folder = folderOf(prefix);
  const columns = useColumns(folder, !hasNextPage);
  const entries =
    data &&
    entriesOf(
      data.pages.flatMap(({ blobs }) => blobs),
      folder,
    );
  const open = (entry: Entry): void => {
    const change =
      entry.kind === "folder" ? { prefix: entry.prefix } : { object: entry.object.key };
    set(change, { push: true });
  };
  return (
    <Panel title={t("blobs.objects")} hint={<Path name={name} prefix={folder} />} flush>
      {error !== null && entries === undefined ? (
        <Failure problem={error} onRetry={() => void refetch()} />
      ) : entries === undefined ? (
        <Loading rows={8} />
      ) : (
        <Table
          label={t("blobs.objects")}
          name="objects"
          columns={columns}
          rows={entries}
          rowKey={(entry) => (entry.kind === "folder" ? entry.prefix : entry.object.key)}
          opened={object}
          onOpen={open}
          filters={
            <SearchField
              label={t("blob.begins")}
              value={prefix.slice(folder.length)}
              onChange={(typed) => {
                const next = folder + typed;
                set({ prefix: next === "" ? undefined : next });
              }}
            />
          }
          empty={
            prefix === "" ? (
              <Empty title={t("blob.none")} text={t("blob.noneText")} />
            ) : (
              <Empty title={t("blob.noneOf", { prefix: isolated(prefix, 80) })} />
            )
          }
          more={
            hasNextPage ? { load: () => void fetchNextPage(), busy: isFetchingNextPage } : undefined
          }
        />
      )}
      {object !== undefined && (
        <ObjectDrawer set={name} objectKey={object} onClose={() => set({ object: undefined })} />
      )}
    </Panel>
  );
}

function SetView({ set }: { set: BlobSet }): ReactNode {
  const { t, locale } = useText();
  const { name, description, objects, bytes, bytesMax, complete } = set;
  const values = {
    count: objects,
    objects: format.count(objects, locale),
    bytes: format.bytes(bytes),
  };
  const isOver = (words: string): string =>
    complete ? words : t("blobs.atLeast", { count: words });
  return (
    <Page
      title={shown(name, 120)}
      mark={<KindIcon kind="blob" size={20} />}
      above={<Go to="/blobs">{t("blobs.title")}</Go>}
      sentence={t(complete ? "blob.sentence" : "blob.sentenceOver", values)}
    >
      {description !== "" && (
        <p className="prose">
          <bdi>{shown(description, 600)}</bdi>
        </p>
      )}
      <Figures
        figures={[
          { label: t("blobs.objects"), value: isOver(values.objects) },
          { label: t("tables.bytes"), value: isOver(values.bytes) },
          { label: t("blobs.max"), value: <Bytes size={bytesMax} /> },
          { label: t("tables.holders"), value: <Holders id={`blob/${name}`} verbs={false} /> },
        ]}
      />
      <Objects name={name} />
    </Page>
  );
}

/** One set of blobs: its objects, folder by folder. */
export default function BlobPage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const query = useApi("/blobs/{name}", { path: { name } });
  return (
    <PageOf of={query} title={shown(name, 120)} above={<Go to="/blobs">{t("blobs.title")}</Go>}>
      {(set) => <SetView key={name} set={set} />}
    </PageOf>
  );
}
