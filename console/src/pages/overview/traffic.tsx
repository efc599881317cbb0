import { useMemo, type ReactNode } from "react";
import type { Point } from "../../api/overview.ts";
import * as format from "../../i18n/format.ts";
import { usePreferences } from "../../preferences.tsx";
import type { Series, Tone } from "../../ui/chart/series.ts";
import { TimeChart } from "../../ui/chart/time-chart.tsx";

const names = ["requests", "messages", "events", "errors"] as const;
const tones: Readonly<Record<(typeof names)[number], Tone>> = {
  requests: "1",
  messages: "2",
  events: "3",
  errors: "failing",
};

/** Requests, messages, events and errors, a point a second. */
export default function Traffic({ history }: { history: readonly Point[] }): ReactNode {
  const { t } = usePreferences();
  const atMs = useMemo(() => history.map((point) => point.atMs), [history]);
  const series = useMemo(
    () =>
      names.map((name): Series => ({
        key: name,
        label: t(`counter.${name}`),
        values: history.map((point) => point[name]),
        tone: tones[name],
        area: name === "events",
      })),
    [history, t],
  );
  const last = history.at(-1);
  const values = Object.fromEntries(
    names.map((name) => [name, format.shortNumber(last?.[name] ?? 0)]),
  );
  return (
    <section className="panel traffic" aria-labelledby="traffic-title">
      <div className="panel-head">
        <h2 id="traffic-title">{t("traffic.title")}</h2>
        <span className="hint">{t("traffic.hint")}</span>
      </div>
      <TimeChart atMs={atMs} series={series} unit="count" label={t("traffic.label", values)} />
    </section>
  );
}
