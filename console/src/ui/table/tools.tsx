import type { ReactNode } from "react";
import { usePreferences } from "../../preferences.tsx";
import { useCopy } from "../copy.tsx";
import { Menu, type MenuItem } from "../menu.tsx";
import type { Column } from "./column.ts";
import { csv, download, json } from "./export.ts";

interface ToolsProps<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly shown: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly filters: ReactNode;
  readonly isChosen: boolean;
  /** The ids of the columns to show; undefined lets the width decide again. */
  readonly onChoose: (ids: readonly string[] | undefined) => void;
}

function columnItems<Row>({ columns, shown, onChoose }: ToolsProps<Row>): readonly MenuItem[] {
  const visible = new Set(shown.map(({ id }) => id));
  return columns.map(({ id, title }) => ({
    id,
    label: title,
    checked: visible.has(id),
    onPick() {
      const next = columns
        .map((column) => column.id)
        .filter((one) => (one === id ? !visible.has(id) : visible.has(one)));
      if (next.length > 0) onChoose(next);
    },
  }));
}

/** What can be done with a whole table: filtering, choosing columns, copying, saving. */
export function Tools<Row>(props: ToolsProps<Row>): ReactNode {
  const { name, columns, shown, rows, filters, isChosen, onChoose } = props;
  const { t } = usePreferences();
  const [copied, copy] = useCopy();
  const exports: readonly MenuItem[] = [
    { id: "copy-csv", label: t("table.copyCsv"), onPick: () => copy(csv(shown, rows)) },
    { id: "copy-json", label: t("table.copyJson"), onPick: () => copy(json(shown, rows)) },
    {
      id: "csv",
      label: t("table.saveCsv"),
      onPick: () => download(`${name}.csv`, "text/csv", csv(columns, rows)),
    },
    {
      id: "json",
      label: t("table.saveJson"),
      onPick: () => download(`${name}.json`, "application/json", json(columns, rows)),
    },
  ];
  const reset: MenuItem = {
    id: "reset",
    label: t("table.reset"),
    onPick: () => onChoose(undefined),
  };
  return (
    <div className={filters === undefined ? "table-tools bare" : "table-tools"}>
      {filters}
      <span className="spring" />
      <span className="hidden" role="status">
        {copied ? t("copy.done") : ""}
      </span>
      {rows.length > 0 && (
        <>
          <Menu
            label={t("table.columns")}
            icon="columns"
            groups={[columnItems(props), isChosen ? [reset] : []]}
          />
          <Menu label={t("table.export")} icon={copied ? "check" : "download"} groups={[exports]} />
        </>
      )}
    </div>
  );
}
