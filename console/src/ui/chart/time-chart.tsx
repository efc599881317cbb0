import { useState, type ReactNode } from "react";
import * as format from "../../i18n/format.ts";
import { usePreferences } from "../../preferences.tsx";
import { loadedOnce } from "../loaded.ts";
import type { PlotProps } from "./plot.tsx";
import {
  colourOf,
  dashOf,
  summaryOf,
  valueText,
  type Marker,
  type Series,
  type Unit,
} from "./series.ts";
import "./chart.css";

const usePlot = loadedOnce(() => import("./plot.tsx"));

interface TimeChartProps extends Omit<PlotProps, "onIndex"> {
  /** What the chart shows, already made safe to show. */
  readonly label: string;
  /** Pixels of the canvas; as much as its place gives if left out. */
  readonly height?: number;
}

function Legend({
  series,
  unit,
  index,
}: {
  series: readonly Series[];
  unit: Unit;
  index: number | undefined;
}): ReactNode {
  const { t, locale } = usePreferences();
  return (
    <ul className="chart-legend">
      {series.map((one) => {
        const value = one.values[index ?? one.values.length - 1] ?? null;
        return (
          <li key={one.key}>
            <svg className="chart-line" viewBox="0 0 18 4" aria-hidden="true">
              <path
                d="M0 2h18"
                stroke={`var(${colourOf(one.tone)})`}
                strokeDasharray={dashOf(one).join(" ") || "none"}
              />
            </svg>
            <bdi>{one.label}</bdi>
            <strong title={value === null ? undefined : format.exactNumber(value, locale)}>
              {value === null ? "–" : valueText(unit, value, locale, t)}
            </strong>
          </li>
        );
      })}
    </ul>
  );
}

/** What the picture says, for those who cannot see it. */
function Words({
  label,
  series,
  unit,
  markers,
}: {
  label: string;
  series: readonly Series[];
  unit: Unit;
  markers: readonly Marker[];
}): ReactNode {
  const { t, locale } = usePreferences();
  return (
    <div className="hidden">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">{t("chart.series")}</th>
            <th scope="col">{t("chart.least")}</th>
            <th scope="col">{t("chart.most")}</th>
            <th scope="col">{t("chart.last")}</th>
          </tr>
        </thead>
        <tbody>
          {series.map(({ key, label: name, values }) => {
            const summary = summaryOf(values);
            const said = (value: number | undefined): string =>
              value === undefined ? t("chart.none") : valueText(unit, value, locale, t);
            return (
              <tr key={key}>
                <th scope="row">{name}</th>
                <td>{said(summary?.least)}</td>
                <td>{said(summary?.most)}</td>
                <td>{said(summary?.last)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {markers.length > 0 && (
        <ul>
          {markers.map((marker) => (
            <li key={`${marker.atMs} ${marker.label}`}>
              {t("chart.marker", {
                time: format.dateTime(marker.atMs, locale),
                label: marker.label,
              })}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/**
 * Values over time: gaps for nulls, a legend that says the values under the cursor, and, with
 * `onRange`, a range chosen by dragging. Times are those of the reader's zone, UTC beside them at
 * the cursor.
 */
export function TimeChart({ label, height, ...plot }: TimeChartProps): ReactNode {
  const { t } = usePreferences();
  const Plot = usePlot();
  const [index, setIndex] = useState<number>();
  const { atMs, series, unit, markers = [] } = plot;
  const isEmpty =
    atMs.length === 0 || series.every(({ values }) => values.every((one) => one === null));
  return (
    <div className="time-chart">
      <Legend series={series} unit={unit} index={index} />
      <div className="plot" role="img" aria-label={label} style={{ height }}>
        {Plot !== undefined && (!isEmpty || plot.range !== undefined) && (
          <Plot {...plot} onIndex={setIndex} />
        )}
        {isEmpty && <p className="chart-none">{t("chart.none")}</p>}
      </div>
      <Words label={label} series={series} unit={unit} markers={markers} />
    </div>
  );
}
