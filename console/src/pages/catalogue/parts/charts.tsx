import { useMemo, useState, type ReactNode } from "react";
import * as format from "../../../i18n/format.ts";
import { Histogram, type Bucket } from "../../../ui/chart/histogram.tsx";
import type { Series } from "../../../ui/chart/series.ts";
import { TimeChart } from "../../../ui/chart/time-chart.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Timeline, type TimelineEntry } from "../../../ui/timeline.tsx";
import { useText } from "../text.ts";

const endMs = Date.UTC(2026, 0, 2, 4);
const minuteMs = 60_000;
const points = 240;
const atMs = Array.from({ length: points }, (_, at) => endMs - (points - at) * minuteMs);

/** A wave with a gap and a lone point in it. */
const wave = (period: number, size: number, gap = false): (number | null)[] =>
  atMs.map((_, at) => {
    if (gap && at > 100 && at < 130 && at !== 115) return null;
    return Math.max(0, Math.round((1 + Math.sin(at / period) + ((at * 7919) % 13) / 20) * size));
  });

const buckets: readonly Bucket[] = atMs.slice(0, 60).map((fromMs, at) => ({
  fromMs,
  toMs: fromMs + minuteMs,
  count: at % 17 === 0 ? 0 : Math.round(60 + 50 * Math.sin(at / 6)),
  failing: at % 9 === 0 ? 8 : 0,
}));

function useLines(): readonly Series[] {
  const { t } = useText();
  return useMemo<readonly Series[]>(
    () => [
      { key: "requests", label: t("counter.requests"), values: wave(20, 50, true), tone: "1" },
      { key: "messages", label: t("counter.messages"), values: wave(33, 40), tone: "2" },
      { key: "events", label: t("counter.events"), values: wave(11, 30), tone: "3", area: true },
      { key: "first", label: t("ui.first"), values: wave(50, 15), tone: "4" },
      { key: "second", label: t("ui.second"), values: wave(27, 9), tone: "warning" },
      { key: "errors", label: t("counter.errors"), values: wave(15, 4), tone: "failing" },
    ],
    [t],
  );
}

/** Values over time, counts over time, and what happened. */
export default function Charts(): ReactNode {
  const { t, locale } = useText();
  const [chosen, setChosen] = useState<string>();
  const choose = (fromMs: number, toMs: number): void =>
    setChosen(
      t("ui.chosen", { from: format.dateTime(fromMs, locale), to: format.dateTime(toMs, locale) }),
    );
  const series = useLines();
  const latency = useMemo<readonly Series[]>(
    () => [{ key: "p95", label: t("ui.latency"), values: wave(9, 800), tone: "3", area: true }],
    [t],
  );
  const markers = useMemo(
    () => [
      { atMs: endMs - 90 * minuteMs, label: t("ui.marker") },
      { atMs: endMs - 30 * minuteMs, label: t("ui.alarm"), tone: "failing" as const },
    ],
    [t],
  );
  const entries: readonly TimelineEntry[] = [
    { id: "5", atMs: endMs, title: t("ui.done"), tone: "ok", href: "/console/ui/states" },
    {
      id: "4",
      atMs: endMs - minuteMs,
      title: t("ui.refused"),
      text: t("ui.sampleText"),
      tone: "failing",
    },
    { id: "3", atMs: endMs - 900 * minuteMs, title: t("ui.busy"), tone: "warning" },
    { id: "2", atMs: endMs - 901 * minuteMs, title: t("ui.depth"), icon: "queue" },
    { id: "1", atMs: endMs - 902 * minuteMs, title: t("ui.first") },
  ];
  return (
    <>
      <Panel title={t("ui.overTime")} hint={chosen ?? t("ui.drag")} flush>
        <TimeChart
          atMs={atMs}
          series={series}
          unit="rate"
          label={t("ui.overTime")}
          height={240}
          sync="catalogue"
          markers={markers}
          onRange={choose}
        />
      </Panel>
      <div className="columns">
        <Panel title={t("ui.together")} flush>
          <TimeChart
            atMs={atMs}
            series={latency}
            unit="ms"
            label={t("ui.together")}
            height={180}
            sync="catalogue"
          />
        </Panel>
        <Panel title={t("ui.absent")} flush>
          <TimeChart atMs={[]} series={[]} unit="percent" label={t("ui.absent")} height={180} />
        </Panel>
        <Panel title={t("ui.counts")} flush>
          <Histogram buckets={buckets} label={t("ui.counts")} onPick={choose} />
        </Panel>
        <Panel title={t("ui.happened")}>
          <Timeline entries={entries} />
        </Panel>
      </div>
    </>
  );
}
