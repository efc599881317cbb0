import { useEffect, useRef, useState, type ReactNode } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Point } from "../../api/overview.ts";
import * as format from "../../i18n/format.ts";
import type { Locale } from "../../i18n/messages.ts";
import { usePreferences } from "../../preferences.tsx";

const names = ["requests", "messages", "events", "errors"] as const;
const dashes: Readonly<Record<(typeof names)[number], number[]>> = {
  requests: [],
  messages: [5, 3],
  events: [],
  errors: [2, 2],
};

function options(
  canvas: HTMLElement,
  locale: Locale,
  onPoint: (index: number | undefined) => void,
): uPlot.Options {
  const style = getComputedStyle(canvas);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: token("--text-3"),
    font: `11px ${token("--font")}`,
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
  };
  const seconds = (at: number): string => format.timeOfDay(at * 1000, locale);
  const clock = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return {
    width: canvas.clientWidth,
    height: canvas.clientHeight,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      {
        ...axis,
        space: 70,
        grid: { show: false },
        values: (_, splits, __, ___, step) =>
          splits.map((at) => (step < 60 ? seconds(at) : clock.format(at * 1000))),
      },
      {
        ...axis,
        size: 44,
        values: (_, splits) => splits.map((value) => format.shortNumber(value)),
      },
    ],
    series: [
      {},
      ...names.map((name) => ({
        stroke: token(`--series-${name}`),
        width: 1.5,
        dash: dashes[name],
        points: { show: false },
        ...(name === "events" ? { fill: token("--accent-wash") } : {}),
      })),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
  };
}

const dataOf = (history: readonly Point[]): uPlot.AlignedData => [
  history.map(({ atMs }) => atMs / 1000),
  ...names.map((name) => history.map((point) => point[name])),
];

/** The theme as it looks now: the choice, or the system's. */
function useDark(): boolean {
  const { theme } = usePreferences();
  const [system, setSystem] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const changed = (): void => setSystem(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return theme === "system" ? system : theme === "dark";
}

/** Requests, messages, events and errors, a point a second. */
export default function Traffic({ history }: { history: readonly Point[] }): ReactNode {
  const { t, locale } = usePreferences();
  const dark = useDark();
  const canvas = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const newest = useRef(history);
  const [index, setIndex] = useState<number>();
  newest.current = history;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const chart = new uPlot(options(element, locale, setIndex), dataOf(newest.current), element);
    plot.current = chart;
    const sizes = new ResizeObserver(() =>
      chart.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      chart.destroy();
    };
  }, [locale, dark]);
  useEffect(() => plot.current?.setData(dataOf(history)), [history]);
  const point = (index === undefined ? undefined : history[index]) ?? history.at(-1);
  const values = Object.fromEntries(
    names.map((name) => [name, format.shortNumber(point?.[name] ?? 0)]),
  );
  return (
    <section className="panel traffic" aria-labelledby="traffic-title">
      <div className="panel-head">
        <h2 id="traffic-title">{t("traffic.title")}</h2>
        <span className="hint">
          {index === undefined || point === undefined
            ? t("traffic.hint")
            : format.timeOfDay(point.atMs, locale)}
        </span>
      </div>
      <ul className="legend">
        {names.map((name) => (
          <li key={name}>
            <svg className={`legend-line ${name}`} viewBox="0 0 18 4" aria-hidden="true">
              <path d="M0 2h18" strokeDasharray={dashes[name].join(" ") || "none"} />
            </svg>
            {t(`counter.${name}`)}
            <strong>{values[name]}</strong>
          </li>
        ))}
      </ul>
      <div className="plot" role="img" aria-label={t("traffic.label", values)}>
        <div className="plot-canvas" ref={canvas} />
      </div>
    </section>
  );
}
