import type { ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { Table, type Column } from "../table/table.tsx";
import { useText } from "./text.ts";
import "./traces.css";

/** How often a value of an attribute comes among some spans, and among the rest. */
export interface AttributeRow {
  readonly attribute: string;
  readonly value: string;
  /** A value, one side of numbers that were split, or that there is none; a value if left out. */
  readonly kind?: "value" | "split" | "absent";
  /** Shares of 1. */
  readonly inSet: number;
  readonly inRest: number;
  /** How much the value tells the two apart, from 0 to 1. */
  readonly score: number;
}

function Share({ share, tone }: { share: number; tone: "set" | "rest" }): ReactNode {
  const width = `${Math.min(1, Math.max(0, share)) * 100}%`;
  return (
    <span className="compare-share">
      <span className={`compare-bar ${tone}`}>
        <span style={{ width }} />
      </span>
      <span className="compare-number">{format.percent(share)}</span>
    </span>
  );
}

interface CompareProps {
  /** What is compared, already made safe to show: "Slower than 1 s", "All others". */
  readonly setLabel: string;
  readonly restLabel: string;
  readonly rows: readonly AttributeRow[];
  /** Begins the names of its parameters in the URL. */
  readonly name: string;
  /** Looks at the spans that have this value. */
  readonly onPick?: ((row: AttributeRow) => void) | undefined;
}

/** Which attribute tells some spans from the others: those that explain most at the top. */
export function AttributeCompare({
  setLabel,
  restLabel,
  rows,
  name,
  onPick,
}: CompareProps): ReactNode {
  const { t } = useText();
  const share = (
    id: "inSet" | "inRest",
    title: string,
    tone: "set" | "rest",
  ): Column<AttributeRow> => ({
    id,
    title,
    width: 120,
    grows: true,
    priority: tone === "set" ? 1 : 2,
    value: (row) => row[id],
    cell: (row) => <Share share={row[id]} tone={tone} />,
  });
  const columns: readonly Column<AttributeRow>[] = [
    {
      id: "attribute",
      title: t("compare.attribute"),
      width: 104,
      priority: 1,
      grows: true,
      value: ({ attribute }) => attribute,
      cell: ({ attribute }) => <bdi className="mono">{shown(attribute, 120)}</bdi>,
    },
    {
      id: "value",
      title: t("compare.value"),
      width: 104,
      priority: 1,
      grows: true,
      value: ({ value }) => value,
      cell: ({ value, kind }) =>
        kind === "absent" ? (
          <span className="none">{t("compare.absent")}</span>
        ) : (
          <bdi className="mono">{shown(value, 160)}</bdi>
        ),
    },
    share("inSet", setLabel, "set"),
    share("inRest", restLabel, "rest"),
    {
      id: "score",
      title: t("compare.score"),
      width: 96,
      priority: 3,
      align: "end",
      value: ({ score }) => score,
      cell: ({ score }) => <span>{score.toFixed(2)}</span>,
    },
  ];
  return (
    <Table
      label={t("compare.label")}
      name={name}
      columns={columns}
      rows={rows}
      rowKey={({ attribute, value, kind = "value" }) => `${attribute}\u0000${kind}\u0000${value}`}
      empty={<p className="nothing">{t("compare.none")}</p>}
      {...(onPick === undefined ? {} : { onOpen: onPick })}
    />
  );
}
