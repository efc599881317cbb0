import { useMemo, type ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { huesOf } from "../../../ui/chart/hues.ts";
import { lineOfHue, type Marker, type Series, type Threshold } from "../../../ui/chart/series.ts";
import { TimeChart } from "../../../ui/chart/time-chart.tsx";
import { Go } from "../../../ui/go.tsx";
import { Spark } from "../../../ui/spark.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import type { Cell, Frame, Grid, Span } from "./frame.ts";
import { useText } from "./text.ts";
import { drawnOf, scaled, valueWords } from "./unit.ts";

const labelMax = 120;

/** Lines as a chart draws them; a line has the same hue wherever its name is. */
export function seriesOf(frame: Frame, bars: boolean, unnamed: string): readonly Series[] {
  const hues = huesOf(frame.lines.map(({ label }) => label));
  const isAlone = frame.lines.length === 1;
  return frame.lines.map(({ label, values }) => {
    const hue = hues.get(label);
    return {
      key: label,
      label: label === "" ? unnamed : isolated(label, labelMax),
      values,
      tone: "3" as const,
      ...(isAlone || hue === undefined ? {} : lineOfHue(hue)),
      ...(isAlone && !bars ? { area: true } : {}),
      ...(bars ? { bars: true } : {}),
    };
  });
}

interface ChartProps {
  readonly label: string;
  readonly frame: Frame;
  readonly unit: string;
  readonly bars?: boolean;
  readonly span?: Span | undefined;
  readonly height?: number;
  readonly sync?: string;
  readonly markers?: readonly Marker[];
  readonly thresholds?: readonly Threshold[];
  readonly onRange?: ((fromMs: number, toMs: number) => void) | undefined;
}

/** A frame as lines or bars over time. */
export function FrameChart(props: ChartProps): ReactNode {
  const { label, unit, bars = false, span, height = 200, onRange, sync } = props;
  const { t } = useText();
  const frame = useMemo(() => scaled(props.frame, unit), [props.frame, unit]);
  const series = useMemo(() => seriesOf(frame, bars, label), [frame, bars, label]);
  return (
    <div className="frame-chart">
      <TimeChart
        label={label}
        atMs={frame.atMs}
        series={series}
        unit={drawnOf(unit).unit}
        height={height}
        stacked={bars}
        range={span}
        onRange={onRange}
        sync={sync}
        markers={props.markers}
        thresholds={props.thresholds}
      />
      {frame.leftOut > 0 && <p className="hint">{t("panel.leftOut", { count: frame.leftOut })}</p>}
    </div>
  );
}

/** One number, large, with how it came to be. */
export function BigNumber({
  value,
  unit,
  frame,
}: {
  value: number | null;
  unit: string;
  frame: Frame | undefined;
}): ReactNode {
  const { locale } = useText();
  const values = frame?.lines[0]?.values.map((one) => one ?? 0) ?? [];
  return (
    <div className="panel-number">
      <strong title={value === null ? undefined : format.exactNumber(value, locale)}>
        {value === null ? "–" : valueWords(value, unit, locale)}
      </strong>
      <Spark values={values} />
    </div>
  );
}

/** Columns that are shown of a result whose columns nobody knows beforehand. */
const widthOf = (type: string): number =>
  /VARCHAR|MAP|STRUCT|JSON/i.test(type) ? 180 : /TIMESTAMP/i.test(type) ? 200 : 110;

const isNumeric = (type: string): boolean => /INT|DOUBLE|FLOAT|DECIMAL|REAL/i.test(type);

/** Ids of columns, made unique: two may have one name. */
const idOf = (name: string, at: number): string => `${at}-${name.replaceAll(",", " ")}`;

interface GridRow {
  readonly key: string;
  readonly cells: readonly Cell[];
}

/** Rows as they came, in a table that sorts, copies and saves them. */
export function GridTable({
  label,
  name,
  grid,
  unit = "",
  rowsMax = 14,
}: {
  label: string;
  name: string;
  grid: Grid;
  /** Of the last column, where it is a number. */
  unit?: string;
  rowsMax?: number;
}): ReactNode {
  const { t, locale } = useText();
  const rows = useMemo<readonly GridRow[]>(
    () => grid.rows.map((cells, at) => ({ key: String(at), cells })),
    [grid],
  );
  const columns = grid.columns.map(({ name: title, type }, at): Column<GridRow> => {
    const numeric = isNumeric(type);
    return {
      id: idOf(title, at),
      title: shown(title, 60),
      value: ({ cells }) => cells[at],
      cell({ cells }) {
        const value = cells[at];
        if (value === null || value === undefined) return <span className="none">–</span>;
        if (/^trace_?id$/i.test(title) && typeof value === "string") {
          return (
            <Go to={`/traces/${encodeURIComponent(value)}`} className="link mono">
              {shown(value, 40)}
            </Go>
          );
        }
        if (typeof value !== "number") {
          return (
            <bdi className="mono" title={isolated(String(value), 600)}>
              {shown(String(value), 300)}
            </bdi>
          );
        }
        const words =
          unit !== "" && at === grid.columns.length - 1
            ? valueWords(value, unit, locale)
            : format.exactNumber(value, locale);
        return <span title={format.exactNumber(value, locale)}>{words}</span>;
      },
      width: widthOf(type),
      ...(numeric ? { align: "end" as const } : { grows: true }),
      // Numbers stay where there is room for little else.
      priority: at === 0 ? 1 : Math.min(8, numeric ? 2 + Math.floor(at / 3) : at + 3),
    };
  });
  return (
    <Table
      label={label}
      name={name}
      columns={columns}
      rows={rows}
      rowKey={({ key }) => key}
      rowsMax={rowsMax}
      empty={<Empty title={t("panel.noRows")} text={t("panel.noRowsText")} />}
    />
  );
}
