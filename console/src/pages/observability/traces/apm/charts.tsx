import { useMemo, type ReactNode } from "react";
import type { AnswerOf } from "../../../../api/client.ts";
import { useApi } from "../../../../api/query.ts";
import { isolated, shown } from "../../../../i18n/foreign.ts";
import { Segments } from "../../../../ui/field.tsx";
import type { Marker, Series, Unit } from "../../../../ui/chart/series.ts";
import { TimeChart } from "../../../../ui/chart/time-chart.tsx";
import { Panel } from "../../../../ui/page.tsx";
import { Empty } from "../../../../ui/states.tsx";
import { text, useView, type Parameters } from "../../../../view.ts";
import { useSpan, type AskedSpan } from "../../logs/asked.ts";
import { useText } from "../text.ts";

type RedSeries = AnswerOf<"/telemetry/apm/series", "get">;
type Point = RedSeries["points"][number];

const pointsMax = 120;
const sync = "apm";

const lineNames = {
  rate: "apm.rate",
  errors: "apm.errors",
  p50: "apm.p50",
  p95: "apm.p95",
  p99: "apm.p99",
} as const;

/** Values of every step of a time; a step without a call has no duration, and a rate of nought. */
function filled({ stepMs, points }: RedSeries, { fromMs, toMs }: AskedSpan) {
  const byTime = new Map(points.map((point) => [point.timeMs, point]));
  const first = Math.floor(fromMs / stepMs) * stepMs;
  const count = Math.max(0, Math.ceil((toMs - first) / stepMs));
  const atMs = Array.from({ length: count }, (_, at) => first + at * stepMs);
  const values = (of: (point: Point) => number, none: number | null): (number | null)[] =>
    atMs.map((ms) => {
      const point = byTime.get(ms);
      return point === undefined ? none : of(point);
    });
  return { atMs, values };
}

/** First sights of versions as marks on charts. */
export function useDeploys(service: string): {
  readonly deploys: AnswerOf<"/telemetry/apm/deploys", "get">["deploys"];
  readonly markers: readonly Marker[];
} {
  const { t } = useText();
  const [span] = useSpan();
  const found = useApi("/telemetry/apm/deploys", { query: { service, ...span } }, { keep: true });
  const deploys = found.data?.deploys;
  return useMemo(
    () => ({
      deploys: deploys ?? [],
      markers: (deploys ?? []).map(({ atMs, version }) => ({
        atMs,
        label: t("apm.deploy", { version: isolated(version, 40) }),
      })),
    }),
    [deploys, t],
  );
}

/** Rate, errors and durations of a service over time, with its deployments. */
export function RedCharts({ service }: { service: string }): ReactNode {
  const { t } = useText();
  const [span, setRange] = useSpan();
  const query = { service, points: pointsMax, ...span };
  const found = useApi("/telemetry/apm/series", { query }, { keep: true });
  const { markers } = useDeploys(service);
  const { atMs, values } = useMemo(
    () => filled(found.data ?? { stepMs: 60_000, points: [] }, span),
    [found.data],
  );
  const isKnown = (found.data?.points.length ?? 0) > 0;
  const line = (
    key: "rate" | "errors" | "p50" | "p95" | "p99",
    tone: Series["tone"],
    of: (point: Point) => number,
  ): Series => ({
    key,
    label: t(lineNames[key]),
    tone,
    values: isKnown ? values(of, key.startsWith("p") ? null : 0) : [],
  });
  const charts: readonly (readonly [string, Unit, readonly Series[]])[] = [
    [t("apm.rate"), "rate", [line("rate", "1", ({ callsPerSecond }) => callsPerSecond)]],
    [t("apm.errors"), "percent", [line("errors", "failing", ({ errorShare }) => errorShare)]],
    [
      t("apm.durations"),
      "ms",
      [
        line("p50", "2", ({ p50Ms }) => p50Ms),
        line("p95", "3", ({ p95Ms }) => p95Ms),
        line("p99", "4", ({ p99Ms }) => p99Ms),
      ],
    ],
  ];
  return (
    <div className="columns small">
      {charts.map(([label, unit, series]) => (
        <Panel key={label} title={label} flush>
          <TimeChart
            label={label}
            height={150}
            unit={unit}
            atMs={atMs}
            series={series}
            markers={markers}
            sync={sync}
            onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
          />
        </Panel>
      ))}
    </div>
  );
}

const sample = `import { metric } from "morning-ai";

export const orders = metric("orders", { kind: "counter", unit: "{order}" });`;

const metricView: Parameters<{ readonly metric: string }> = { metric: text(100) };

type Business = AnswerOf<"/telemetry/apm/business", "get">;

const kinds = { calls: "calls", "latency-p95": "latency", "error-share": "errors" } as const;

/** How a business metric goes with what the service does, in a sentence. */
function Correlations({ metric, business }: { metric: string; business: Business }): ReactNode {
  const { t } = useText();
  const found = business.correlations.find((one) => one.metric === metric)?.with ?? [];
  const sure = found.filter(({ significant }) => significant);
  const name = isolated(metric, 60);
  if (sure.length === 0) return <p className="prose">{t("apm.uncorrelated", { metric: name })}</p>;
  return (
    <ul className="compare-words">
      {sure.map((one) => (
        <li key={one.name}>
          {t("apm.correlated", {
            metric: name,
            other: kinds[one.name as keyof typeof kinds] ?? "other",
            way: one.pearson > 0 ? "up" : "down",
            lag: Math.max(0, one.lagSteps),
            r: one.pearson.toFixed(2),
            p: one.p < 0.001 ? "< 0.001" : `= ${one.p.toFixed(3)}`,
          })}
        </li>
      ))}
    </ul>
  );
}

/** A business metric on the time axis of the charts above, and how it goes with them. */
export function BusinessChart({ service }: { service: string }): ReactNode {
  const { t } = useText();
  const [span, setRange] = useSpan();
  const [{ metric }, set] = useView(metricView);
  const known = useApi("/telemetry/metrics", { query: span }, { keep: true });
  const names = (known.data?.metrics ?? [])
    .filter(({ business }) => business)
    .map(({ name }) => name)
    .slice(0, 10);
  const chosen = metric ?? names[0];
  const query = { metrics: chosen ?? "", service, points: pointsMax, ...span };
  const found = useApi(
    "/telemetry/apm/business",
    { query },
    { keep: true, enabled: chosen !== undefined },
  );
  const { markers } = useDeploys(service);
  const series = found.data?.metrics[0];
  const { startMs = 0, stepMs = 0 } = found.data ?? {};
  return (
    <Panel
      title={t("apm.business")}
      hint={t("apm.businessHint")}
      flush
      actions={
        names.length > 1 && (
          <Segments
            label={t("apm.metric")}
            value={chosen ?? ""}
            options={names.map((name) => [name, shown(name, 30)] as const)}
            onChange={(name) => set({ metric: name })}
          />
        )
      }
    >
      {known.data !== undefined && names.length === 0 && (
        <Empty title={t("apm.noMetrics")} text={t("apm.noMetricsText")} code={sample} />
      )}
      {chosen !== undefined && (
        <>
          <TimeChart
            label={shown(chosen, 60)}
            height={150}
            unit="count"
            atMs={(series?.values ?? []).map((_, at) => startMs + at * stepMs)}
            series={[
              { key: chosen, label: shown(chosen, 60), tone: "1", values: series?.values ?? [] },
            ]}
            markers={markers}
            sync={sync}
            onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
          />
          {found.data !== undefined && (
            <div className="why-words">
              <Correlations metric={chosen} business={found.data} />
            </div>
          )}
        </>
      )}
    </Panel>
  );
}
