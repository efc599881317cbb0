import { useMemo, useState, type ReactNode } from "react";
import * as format from "../../../i18n/format.ts";
import { huesOf } from "../../../ui/chart/hues.ts";
import { lineOfHue, type Series, type Threshold } from "../../../ui/chart/series.ts";
import { TimeChart } from "../../../ui/chart/time-chart.tsx";
import { Panel } from "../../../ui/page.tsx";
import { seeded } from "../../../ui/traces/sample.ts";
import { useText } from "../text.ts";

const endMs = Date.UTC(2026, 0, 2, 4);
const minuteMs = 60_000;
const points = 60;
const atMs = Array.from({ length: points }, (_, at) => endMs - (points - at) * minuteMs);
const names =
  "orders payments stock users mail search gateway reports billing notify models sync audit";
const services = names.split(" ");

/** A walk from one value on, the same for the same seed. */
function walk(seed: number, start: number, swing: number): number[] {
  const random = seeded(seed);
  let value = start;
  return atMs.map(() => {
    value = Math.max(start * 0.2, value + (random() - 0.5) * swing);
    return value;
  });
}

function useSeries() {
  const { t } = useText();
  return useMemo(() => {
    const hues = huesOf(services);
    const many = services.map<Series>((name, at) => ({
      key: name,
      label: name,
      values: walk(at + 1, 20 + at * 6, 14),
      ...lineOfHue(hues.get(name) ?? { number: 1, hollow: false }),
    }));
    const bars = many.slice(0, 4).map<Series>((one) => ({ ...one, bars: true }));
    const slow = walk(40, 900, 500).map((value, at) => (at > 42 && at < 48 ? value * 9 : value));
    const percentiles: readonly Series[] = [
      { key: "p50", label: "p50", values: walk(41, 12, 5), tone: "2" },
      { key: "p95", label: "p95", values: walk(42, 140, 60), tone: "3" },
      { key: "p99", label: "p99", values: slow, tone: "1" },
    ];
    const objective: Threshold = { from: 2000, label: t("ui.objective"), tone: "failing" };
    return { many, bars, percentiles, thresholds: [objective] };
  }, [t]);
}

/**
 * Charts with many lines, stacks, percentiles on a scale of powers, and what must not be crossed.
 */
export default function ChartsMore(): ReactNode {
  const { t, locale } = useText();
  const [chosen, setChosen] = useState<string>();
  const { many, bars, percentiles, thresholds } = useSeries();
  const markers = useMemo(() => [{ atMs: endMs - 18 * minuteMs, label: t("ui.marker") }], [t]);
  const shared = { atMs, markers, sync: "more", height: 220 } as const;
  return (
    <div className="columns">
      <Panel title={t("ui.percentiles")} hint={chosen ?? t("ui.drag")} flush>
        <TimeChart
          {...shared}
          series={percentiles}
          unit="ms"
          label={t("ui.percentiles")}
          thresholds={thresholds}
          log
          onRange={(fromMs, toMs) =>
            setChosen(
              t("ui.chosen", {
                from: format.dateTime(fromMs, locale),
                to: format.dateTime(toMs, locale),
              }),
            )
          }
        />
      </Panel>
      <Panel title={t("ui.crossed")} flush>
        <TimeChart
          {...shared}
          series={percentiles}
          unit="ms"
          label={t("ui.crossed")}
          thresholds={thresholds}
        />
      </Panel>
      <Panel title={t("ui.stacked")} flush>
        <TimeChart {...shared} series={bars} unit="rate" label={t("ui.stacked")} stacked />
      </Panel>
      <Panel title={t("ui.many")} flush>
        <TimeChart {...shared} series={many} unit="rate" label={t("ui.many")} />
      </Panel>
    </div>
  );
}
