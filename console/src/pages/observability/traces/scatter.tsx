import { memo, useMemo, useState, type PointerEvent, type ReactNode } from "react";
import { isolated } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { hueVariable, type Hue } from "../../../ui/chart/hues.ts";
import { timeLabels } from "../../../ui/chart/series.ts";
import { useWidthOf } from "../../../ui/traces/sight.ts";
import type { AskedSpan } from "../logs/asked.ts";
import type { Box } from "./asked.ts";
import { scalesOf, type Scales } from "./scales.ts";
import type { Summary } from "./summary.ts";
import { useText } from "./text.ts";

const height = 200;
/** How near to a dot a press has to be, pixels. */
const nearMost = 12;
/** A pull shorter than this is a press. */
const pullLeast = 5;

interface DotsProps {
  readonly traces: readonly Summary[];
  readonly scales: Scales;
  readonly hues: ReadonlyMap<string, Hue>;
}

/** Every trace once: a disc in the colour of its service, a cross where something in it failed. */
const Dots = memo(function Dots({ traces, scales, hues }: DotsProps): ReactNode {
  return traces.map(({ traceId, startMs, durationMs, errors, rootService }) => {
    const [x, y] = [scales.x(startMs), scales.y(durationMs)];
    if (errors > 0) {
      return <path key={traceId} className="dot-failed" d={`M${x - 4},${y - 4}l8,8m0,-8l-8,8`} />;
    }
    const hue = hues.get(rootService);
    const color = hue === undefined ? "var(--unknown)" : `var(${hueVariable(hue)})`;
    const ink = hue?.hollow === true ? { fill: "none", stroke: color } : { fill: color };
    return <circle key={traceId} className="dot" cx={x} cy={y} r={3.5} style={ink} />;
  });
});

function Grid({ scales, locale }: { scales: Scales; locale: "en" | "zh-TW" }): ReactNode {
  const { times, durations, left, right, bottom } = scales;
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  const words = timeLabels(
    times.map((ms) => ms / 1000),
    step / 1000,
    locale,
  );
  return (
    <g className="scatter-grid">
      {durations.map((ms) => (
        <g key={ms}>
          <path d={`M${left},${scales.y(ms)}H${right}`} />
          <text x={left - 6} y={scales.y(ms) + 4} textAnchor="end">
            {format.duration(ms, locale)}
          </text>
        </g>
      ))}
      {times.map((ms, at) => (
        <text key={ms} x={scales.x(ms)} y={bottom + 16} textAnchor="middle">
          {words[at]}
        </text>
      ))}
    </g>
  );
}

interface Pull {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

const rectOf = ({ x0, y0, x1, y1 }: Pull) => ({
  x: Math.min(x0, x1),
  y: Math.min(y0, y1),
  width: Math.abs(x1 - x0),
  height: Math.abs(y1 - y0),
});

function boxRect(box: Box, scales: Scales): Pull {
  return {
    x0: scales.x(box.fromMs),
    x1: scales.x(box.toMs),
    y0: scales.y(box.mostMs),
    y1: scales.y(box.leastMs),
  };
}

function nearest(traces: readonly Summary[], scales: Scales, x: number, y: number) {
  let [found, least]: [Summary | undefined, number] = [undefined, nearMost];
  for (const trace of traces) {
    const away = Math.hypot(scales.x(trace.startMs) - x, scales.y(trace.durationMs) - y);
    if (away < least) [found, least] = [trace, away];
  }
  return found;
}

interface ScatterProps {
  readonly traces: readonly Summary[];
  readonly span: AskedSpan;
  readonly hues: ReadonlyMap<string, Hue>;
  readonly box: Box | undefined;
  readonly onBox: (box: Box | undefined) => void;
  readonly onOpen: (trace: Summary) => void;
}

/** How the pointer opens a trace, or pulls a box. */
function usePointer({ traces, onBox, onOpen }: ScatterProps, scales: Scales) {
  const [pull, setPull] = useState<Pull>();
  const [near, setNear] = useState<Summary>();
  const at = ({ clientX, clientY, currentTarget }: PointerEvent): readonly [number, number] => {
    const { left, top } = currentTarget.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const handlers = {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      const [x, y] = at(event);
      event.currentTarget.setPointerCapture(event.pointerId);
      setPull({ x0: x, y0: y, x1: x, y1: y });
    },
    onPointerMove(event: PointerEvent) {
      const [x, y] = at(event);
      if (pull !== undefined) setPull({ ...pull, x1: x, y1: y });
      else setNear(nearest(traces, scales, x, y));
    },
    onPointerUp() {
      if (pull === undefined) return;
      setPull(undefined);
      const { x, y, width, height: tall } = rectOf(pull);
      if (width < pullLeast || tall < pullLeast) {
        const found = nearest(traces, scales, pull.x1, pull.y1);
        if (found === undefined) onBox(undefined);
        else onOpen(found);
        return;
      }
      const [fromMs, toMs] = [scales.time(x), scales.time(x + width)];
      onBox({ fromMs, toMs, leastMs: scales.duration(y + tall), mostMs: scales.duration(y) });
    },
    onPointerCancel: () => setPull(undefined),
    onPointerLeave: () => setNear(undefined),
  };
  return { pull, near, handlers };
}

/** Traces by when they began and how long they took. A press opens one, a pull chooses several. */
export function Scatter(props: ScatterProps): ReactNode {
  const { traces, span, hues, box } = props;
  const { t, locale } = useText();
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const width = useWidthOf(element);
  const scales = useMemo(() => scalesOf(traces, span, width, height), [traces, span, width]);
  const { pull, near, handlers } = usePointer(props, scales);
  const drawn = pull ?? (box === undefined ? undefined : boxRect(box, scales));
  const failed = traces.filter(({ errors }) => errors > 0).length;
  return (
    <div className="scatter" ref={setElement}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={t("scatter.words", { count: traces.length, failed })}
          {...handlers}
        >
          <Grid scales={scales} locale={locale} />
          <Dots traces={traces} scales={scales} hues={hues} />
          {near !== undefined && pull === undefined && (
            <circle
              className="dot-near"
              cx={scales.x(near.startMs)}
              cy={scales.y(near.durationMs)}
              r={7}
            />
          )}
          {drawn !== undefined && <rect className="scatter-box" {...rectOf(drawn)} />}
        </svg>
      )}
      <p className="hint scatter-said">
        {near === undefined
          ? t("scatter.hint")
          : t("scatter.one", {
              name: isolated(near.rootName, 80),
              service: isolated(near.rootService, 60),
              duration: format.duration(near.durationMs, locale),
              time: format.timeOfDay(near.startMs, locale),
              count: near.errors,
            })}
      </p>
    </div>
  );
}
