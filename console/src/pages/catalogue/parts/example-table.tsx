import { useMemo, type ReactNode } from "react";
import * as format from "../../../i18n/format.ts";
import { Count } from "../../../ui/figures.tsx";
import { KindIcon } from "../../../ui/icons.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { text, useView, type Parameters } from "../../../view.ts";
import { useText } from "../text.ts";
import { rowsOf, type Row } from "./rows.ts";

interface Opened {
  readonly row: string;
}
const view: Parameters<Opened> = { row: text() };

/** A table of made-up rows, with everything that tables do. */
export function ExampleTable({ count, rowsMax }: { count: number; rowsMax?: number }): ReactNode {
  const { t } = useText();
  const [{ row: opened }, set] = useView(view);
  const rows = useMemo(() => rowsOf(count), [count]);
  const columns: readonly Column<Row>[] = [
    {
      id: "name",
      title: t("ui.name"),
      value: ({ name }) => name,
      cell: ({ kind, name }) => (
        <>
          <KindIcon kind={kind} size={14} />
          <bdi>{name}</bdi>
        </>
      ),
      width: 160,
      priority: 1,
    },
    {
      id: "depth",
      title: t("ui.depth"),
      value: ({ depth }) => depth,
      cell: ({ depth }) => <Count value={depth} />,
      width: 96,
      align: "end",
      priority: 1,
    },
    {
      id: "share",
      title: t("ui.share"),
      value: ({ share }) => share,
      cell: ({ share }) => format.percent(share),
      width: 88,
      align: "end",
      priority: 3,
    },
    { id: "text", title: t("ui.text"), value: (row) => row.text, width: 180, grows: true },
    { id: "kind", title: t("ui.kind"), value: ({ kind }) => kind, width: 100, priority: 9 },
  ];
  return (
    <Table
      label={t("ui.rows", { count })}
      name="rows"
      columns={columns}
      rows={rows}
      rowKey={({ name }) => name}
      onOpen={({ name }) => set({ row: name === opened ? undefined : name })}
      opened={opened}
      empty={<Empty title={t("ui.noRows")} />}
      {...(rowsMax === undefined ? {} : { rowsMax })}
    />
  );
}
