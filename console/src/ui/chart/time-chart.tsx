import { useMemo, useState, type ReactNode } from "react";
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

/** From this on lines can be left out, by pressing their names. */
const switchedFrom = 6;

function LegendLine({ one, children }: { one: Series; children: ReactNode }): ReactNode {
  return (
    <>
      {one.bars === true ? (
        <svg className="chart-block" viewBox="0 0 10 10" aria-hidden="true">
          <rect width="10" height="10" rx="2" style={{ fill: `var(${colourOf(one.tone)})` }} />
        </svg>
      ) : (
        <svg className="chart-line" viewBox="0 0 18 4" aria-hidden="true">
          <path
            d="M0 2h18"
            stroke={`var(${colourOf(one.tone)})`}
            strokeDasharray={dashOf(one).join(" ") || "none"}
          />
        </svg>
      )}
      <bdi>{one.label}</bdi>
      {children}
    </>
  );
}

function Legend({
  series,
  unit,
  index,
  left,
  onTurn,
}: {
  series: readonly Series[];
  unit: Unit;
  index: number | undefined;
  /** The keys of those that are left out. */
  left: ReadonlySet<string>;
  onTurn: (key: string) => void;
}): ReactNode {
  const { t, locale } = usePreferences();
  const isSwitched = series.length > switchedFrom;
  return (
    <ul className={isSwitched ? "chart-legend many" : "chart-legend"}>
      {series.map((one) => {
        const value = one.values[index ?? one.values.length - 1] ?? null;
        const said = (
          <strong title={value === null ? undefined : format.exactNumber(value, locale)}>
            {value === null ? "–" : valueText(unit, value, locale, t)}
          </strong>
        );
        if (isSwitched) {
          return (
            <li key={one.key}>
              <button
                type="button"
                aria-pressed={!left.has(one.key)}
                onClick={() => onTurn(one.key)}
              >
                <LegendLine one={one}>{said}</LegendLine>
              </button>
            </li>
          );
        }
        return (
          <li key={one.key}>
            <LegendLine one={one}>{said}</LegendLine>
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
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const { atMs, series, unit, markers = [] } = plot;
  const drawn = useMemo(
    () => (left.size === 0 ? series : series.filter(({ key }) => !left.has(key))),
    [series, left],
  );
  const turn = (key: string): void =>
    setLeft((old) => {
      const next = new Set(old);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  const isEmpty =
    atMs.length === 0 || series.every(({ values }) => values.every((one) => one === null));
  return (
    <div className="time-chart">
      <Legend series={series} unit={unit} index={index} left={left} onTurn={turn} />
      <div className="plot" role="img" aria-label={label} style={{ height }}>
        {Plot !== undefined && (!isEmpty || plot.range !== undefined) && (
          <Plot {...plot} series={drawn} onIndex={setIndex} />
        )}
        {isEmpty && <p className="chart-none">{t("chart.none")}</p>}
      </div>
      <Words label={label} series={series} unit={unit} markers={markers} />
    </div>
  );
}
