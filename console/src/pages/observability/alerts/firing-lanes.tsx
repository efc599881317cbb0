import type { ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Go } from "../../../ui/go.tsx";
import type { Firing } from "./alert-data.ts";
import type { Span } from "./frame.ts";
import { useText } from "./text.ts";

const width = 1000;
const lanesMax = 12;
const dayMs = 86_400_000;

function LaneOf({
  firings,
  span,
  name,
}: {
  firings: readonly Firing[];
  span: Span;
  name: string;
}): ReactNode {
  const { t, locale } = useText();
  const x = (atMs: number): number =>
    ((Math.min(Math.max(atMs, span.fromMs), span.toMs) - span.fromMs) / (span.toMs - span.fromMs)) *
    width;
  return (
    <svg
      className="firing-lane"
      viewBox={`0 0 ${width} 16`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("lanes.label", { name: isolated(name, 60), count: firings.length })}
    >
      <path d={`M0 8H${width}`} />
      {firings.map(({ id, fromMs, toMs }) => {
        const from = x(fromMs);
        const until = toMs === undefined ? "…" : format.dateTime(toMs, locale);
        return (
          <rect
            key={`${id} ${fromMs}`}
            x={from}
            y={2}
            height={12}
            width={Math.max(3, x(toMs ?? span.toMs) - from)}
          >
            <title>{`${format.dateTime(fromMs, locale)} – ${until}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** When alerts fired within a span, a lane each, those that fired most first. */
export function FiringLanes({
  firings,
  span,
  plain = false,
}: {
  firings: readonly Firing[];
  span: Span;
  /** The names are no alerts that have a page. */
  plain?: boolean;
}): ReactNode {
  const { t, locale } = useText();
  const byAlert = Map.groupBy(firings, ({ alert }) => alert);
  const ends = span.toMs - span.fromMs <= dayMs ? format.timeOfDay : format.dateTime;
  const lanes = [...byAlert].sort((a, b) => b[1].length - a[1].length).slice(0, lanesMax);
  if (lanes.length === 0) return <p className="hint">{t("lanes.none")}</p>;
  return (
    <div className="firing-lanes" role="group" aria-label={t("lanes.title")}>
      {lanes.map(([name, some]) => (
        <div key={name} className="firing-row">
          {plain ? (
            <bdi className="mono">{shown(name, 60) || "–"}</bdi>
          ) : (
            <Go to={`/alerts/${encodeURIComponent(name)}`} className="link">
              <bdi>{shown(name, 60)}</bdi>
            </Go>
          )}
          <LaneOf name={name} firings={some} span={span} />
        </div>
      ))}
      <div className="firing-row" aria-hidden="true">
        <span />
        <span className="firing-ends hint">
          <span>{ends(span.fromMs, locale)}</span>
          <span>{ends(span.toMs, locale)}</span>
        </span>
      </div>
    </div>
  );
}
