import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { useTicking } from "../../api/query.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { SearchField, Select } from "../../ui/field.tsx";
import { typesOf, type Schema, type SchemaPart } from "../../ui/form/schema.ts";
import { Panel } from "../../ui/page.tsx";
import { Empty, Failure, Loading } from "../../ui/states.tsx";
import { Table as Grid, type Column } from "../../ui/table/table.tsx";
import { At } from "../../ui/time.tsx";
import { oneOf, text, useView, type Parameters } from "../../view.ts";
import { RowDrawer } from "./row-drawer.tsx";
import {
  fieldsOf,
  keyOf,
  keyParameter,
  lookUpFields,
  typedTexts,
  whereOf,
  type Row,
  type Table,
} from "./rows.ts";
import { useText } from "./text.ts";

interface BrowseView {
  /** The index; by key if left out. */
  readonly by: string;
  /** What was typed for its fields, as a list. */
  readonly where: readonly string[];
  readonly prefix: string;
  readonly order: "desc";
  /** The key of the row that is open. */
  readonly row: string;
}

const view: Parameters<BrowseView> = {
  by: text(200),
  where: typedTexts,
  prefix: text(400),
  order: oneOf(["desc"]),
  row: keyParameter,
};
const pageMax = 100;
const refreshMs = 5_000;
/** Beyond these a table shows a column only when it is asked to. */
const columnsMax = 8;
/** Numbers of fields that are named so are moments. */
const momentForm = /(^at|At)Ms$/;

type Asked = Readonly<Record<string, string | undefined>>;

/** Pages of rows; the first is kept fresh as long as it is the only one. */
function useRows(table: string, asked: Asked | undefined) {
  const result = useInfiniteQuery<AnswerOf<"/tables/{name}/rows", "get">, Problem>({
    queryKey: ["api", "/tables/{name}/rows", table, asked],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...asked, limit: pageMax, cursor: pageParam as string | undefined };
      return call("get", "/tables/{name}/rows", { path: { name: table }, query } as never, signal);
    },
    initialPageParam: undefined,
    getNextPageParam: ({ cursor }) => cursor,
    placeholderData: keepPreviousData,
    enabled: asked !== undefined,
  });
  const isOne = result.data === undefined || result.data.pages.length === 1;
  useTicking(refreshMs, asked !== undefined && isOne, () => void result.refetch());
  return result;
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const isPlain = (value: unknown): value is string | number | boolean | null =>
  value === null || ["string", "number", "boolean"].includes(typeof value);

function columnOf(name: string, schema: Schema, priority: number): Column<Row> {
  const types = typesOf(schema);
  const isNumber = types.includes("number") || types.includes("integer");
  const isMoment = isNumber && momentForm.test(name);
  return {
    id: name,
    title: shown(name, 60),
    value: (row) => (isPlain(row[name]) ? row[name] : JSON.stringify(row[name])),
    cell(row) {
      const value = row[name];
      if (isMoment && typeof value === "number") return <At atMs={value} />;
      const words = cellText(value);
      return (
        <bdi className={isNumber ? "mono" : undefined} title={isolated(words, 600)}>
          {shown(words, 160)}
        </bdi>
      );
    },
    width: isMoment ? 176 : isNumber || types.includes("boolean") ? 110 : 150,
    grows: !isNumber && !types.includes("boolean"),
    ...(isNumber && !isMoment ? { align: "end" as const } : {}),
    priority,
  };
}

/** A column for each field; where the schema names none, the key and the whole row. */
function columnsOf({ key, row }: Table, whole: string): readonly Column<Row>[] {
  const fields = fieldsOf(row as SchemaPart);
  const names = fields.map(([name]) => name);
  const keys = key.filter((name) => !names.includes(name)).map((name) => [name, {}] as const);
  const columns = [...keys, ...fields].map(([name, schema], index) => {
    if (key.includes(name)) return columnOf(name, schema, 1);
    return columnOf(name, schema, index < columnsMax ? Math.min(index + 2, 8) : 9);
  });
  if (fields.length > 0) return columns;
  const value = (one: Row): string => JSON.stringify(one);
  return [
    ...columns,
    {
      id: "row",
      title: whole,
      value,
      cell: (one) => <bdi>{shown(value(one), 300)}</bdi>,
      width: 240,
      grows: true,
    },
  ];
}

interface FiltersProps {
  readonly table: Table;
  readonly asked: Partial<BrowseView>;
  readonly set: (change: { [K in keyof BrowseView]?: BrowseView[K] | undefined }) => void;
}

/** By what rows are looked for: the key or an index, exact values of its fields, a beginning. */
function Filters({ table, asked, set }: FiltersProps): ReactNode {
  const { t } = useText();
  const fields = lookUpFields(table, asked.by);
  const typed = asked.where ?? [];
  const found = whereOf({ fields, typed });
  const next = "next" in found ? found.next : undefined;
  const known = fields.findIndex((_, at) => (typed[at] ?? "") === "");
  const offered = known === -1 ? fields : fields.slice(0, known + 1);
  const type = (at: number, value: string): void => {
    const all = fields.map((_, index) => (index === at ? value : (typed[index] ?? "")));
    // Without a value of an earlier field those of later ones mean nothing.
    const end = all.indexOf("");
    const where = end === -1 ? all : all.slice(0, end);
    set({ where: where.length === 0 ? undefined : where, prefix: undefined });
  };
  return (
    <>
      {table.indexes.length > 0 && (
        <Select
          label={t("browse.by")}
          value={asked.by ?? ""}
          options={[
            ["", t("browse.byKey", { fields: isolated(table.key.join(", "), 60) })],
            ...table.indexes.map(
              ({ name }) => [name, t("browse.byIndex", { name: isolated(name, 60) })] as const,
            ),
          ]}
          onChange={(by) =>
            set({ by: by === "" ? undefined : by, where: undefined, prefix: undefined })
          }
        />
      )}
      {offered.map((field, at) => (
        <SearchField
          key={`${asked.by} ${field.name}`}
          label={t("browse.is", { field: isolated(field.name, 40) })}
          value={typed[at] ?? ""}
          onChange={(value) => type(at, value)}
        />
      ))}
      {next?.type === "text" && (
        <SearchField
          key={`${asked.by} ${next.name} prefix`}
          label={t("browse.begins", { field: isolated(next.name, 40) })}
          value={asked.prefix ?? ""}
          onChange={(prefix) => set({ prefix: prefix === "" ? undefined : prefix })}
        />
      )}
      <Select
        label={t("browse.order")}
        value={asked.order ?? "asc"}
        options={[
          ["asc", t("browse.asc")],
          ["desc", t("browse.desc")],
        ]}
        onChange={(order) => set({ order: order === "desc" ? order : undefined })}
      />
    </>
  );
}

/** The rows of a table, a page at a time. */
export function Browse({ table }: { table: Table }): ReactNode {
  const { t } = useText();
  const [asked, set] = useView(view);
  const found = whereOf({ fields: lookUpFields(table, asked.by), typed: asked.where ?? [] });
  const wrong = "wrong" in found ? found.wrong : undefined;
  const isBound = "next" in found && found.next?.type === "text";
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useRows(
    table.name,
    "wrong" in found
      ? undefined
      : {
          index: asked.by,
          where: Object.keys(found.where).length === 0 ? undefined : JSON.stringify(found.where),
          prefix: isBound ? asked.prefix : undefined,
          order: asked.order,
        },
  );
  const rows = data?.pages.flatMap((page) => page.rows);
  const isFiltered = asked.where !== undefined || asked.prefix !== undefined;
  const filters = <Filters table={table} asked={asked} set={set} />;
  const empty =
    wrong !== undefined ? (
      <Empty
        title={t(wrong.type === "number" ? "browse.wrong.number" : "browse.wrong.boolean", {
          field: isolated(wrong.name, 60),
        })}
      />
    ) : isFiltered ? (
      <Empty title={t("browse.noneOf")} text={t("browse.noneOfText")} />
    ) : (
      <Empty title={t("browse.none")} text={t("browse.noneText")} />
    );
  return (
    <Panel title={t("tables.rows")} flush>
      {error !== null ? (
        <>
          <div className="table-tools">{filters}</div>
          <Failure problem={error} onRetry={() => void refetch()} />
        </>
      ) : rows === undefined && wrong === undefined ? (
        <Loading rows={8} />
      ) : (
        <Grid
          label={t("browse.label", { name: isolated(table.name, 80) })}
          name="rows"
          columns={columnsOf(table, t("browse.whole"))}
          rows={wrong === undefined ? (rows ?? []) : []}
          rowKey={(row) => keyOf(table.key, row)}
          opened={asked.row}
          onOpen={(row) => set({ row: keyOf(table.key, row) }, { push: true })}
          filters={filters}
          empty={empty}
          more={
            hasNextPage && wrong === undefined
              ? { load: () => void fetchNextPage(), busy: isFetchingNextPage }
              : undefined
          }
        />
      )}
      {asked.row !== undefined && (
        <RowDrawer table={table} rowKey={asked.row} onClose={() => set({ row: undefined })} />
      )}
    </Panel>
  );
}
