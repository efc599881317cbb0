import {
  useState,
  type HTMLAttributes,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from "react";
import * as format from "../../i18n/format.ts";
import { listFormat } from "../../i18n/intl.ts";
import { usePreferences } from "../../preferences.tsx";
import "./chart.css";

/** How many fell into a span of time, and how many of them failed. */
export interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  readonly failing?: number;
  /** How many of each of the histogram's parts there are; together as many as `count`. */
  readonly parts?: readonly number[];
}

/** A kind of what is counted, stacked on the others: the first at the bottom. */
export interface HistogramPart {
  /** Already made safe to show. */
  readonly label: string;
  /** The variable of its colour: `--failing`, `--hue-2`. */
  readonly colour: string;
}

const height = 100;
/** What is there is seen, however little of the most it is. */
const heightMin = 3;

/** Buckets from one to another, in either order. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The parts of a bar, one on the other. */
function Stack({
  bucket: { parts = [] },
  stack,
  bar,
  tall,
}: {
  bucket: Bucket;
  stack: readonly HistogramPart[];
  bar: { readonly x: number; readonly width: number };
  tall: (count: number) => number;
}): ReactNode {
  let top = height;
  return stack.map(({ label, colour }, at) => {
    const size = tall(parts[at] ?? 0);
    // What is there is seen: so a stack may be higher than its place by what was made taller.
    top = Math.max(0, top - size);
    return <rect key={label} {...bar} y={top} height={size} style={{ fill: `var(${colour})` }} />;
  });
}

function Bars({
  buckets,
  span,
  stack,
}: {
  buckets: readonly Bucket[];
  span: Span | undefined;
  stack: readonly HistogramPart[] | undefined;
}): ReactNode {
  const most = Math.max(1, ...buckets.map(({ count }) => count));
  const tall = (count: number): number =>
    count === 0 ? 0 : Math.max(heightMin, (count / most) * height);
  const low = span === undefined ? -1 : Math.min(span.from, span.to);
  const high = span === undefined ? -2 : Math.max(span.from, span.to);
  return (
    <svg viewBox={`0 0 ${buckets.length} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {buckets.map((bucket, index) => {
        const { fromMs, count, failing = 0 } = bucket;
        const [all, bad] = [tall(count), tall(Math.min(failing, count))];
        const isActive = index >= low && index <= high;
        const bar = { x: index + 0.1, width: 0.8 };
        return (
          <g key={fromMs}>
            <rect
              className={isActive ? "histogram-band active" : "histogram-band"}
              x={index}
              y={0}
              width={1}
              height={height}
            />
            {stack === undefined ? (
              <>
                <rect className="histogram-bar" {...bar} y={height - all} height={all} />
                <rect className="histogram-failing" {...bar} y={height - bad} height={bad} />
              </>
            ) : (
              <Stack {...{ bucket, stack, bar, tall }} />
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** Which bucket a key moves to; undefined for keys that move nowhere. */
function movedTo(key: string, at: number, last: number): number | undefined {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return Math.max(0, at - 1);
    case "ArrowRight":
    case "ArrowUp":
      return Math.min(last, at + 1);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}

/** The buckets of a span together, in words. */
function useWords(
  buckets: readonly Bucket[],
  stack: readonly HistogramPart[] | undefined,
): (span: Span) => string {
  const { t, locale } = usePreferences();
  return ({ from, to }) => {
    const some = buckets.slice(Math.min(from, to), Math.max(from, to) + 1);
    const sum = (of: (bucket: Bucket) => number): number =>
      some.reduce((total, bucket) => total + of(bucket), 0);
    const parts = (stack ?? [])
      .map(({ label }, at) => [label, sum((bucket) => bucket.parts?.[at] ?? 0)] as const)
      .filter(([, count]) => count > 0)
      .map(([label, count]) => `${format.count(count, locale)} ${label}`);
    const words = t("chart.bucket", {
      from: format.dateTime(some[0]?.fromMs ?? Number.NaN, locale),
      to: format.timeOfDay(some.at(-1)?.toMs ?? Number.NaN, locale),
      count: sum(({ count }) => count),
      failing: sum(({ failing = 0 }) => failing),
    });
    if (parts.length === 0) return words;
    return `${words} · ${listFormat(locale, { type: "unit" }).format(parts)}`;
  };
}

/** The span that is pointed at, and what the pointer and the keys do to it. */
function useSpan(
  count: number,
  pick: ((span: Span) => void) | undefined,
): readonly [Span | undefined, HTMLAttributes<HTMLElement>] {
  const [span, setSpan] = useState<Span>();
  const [dragging, setDragging] = useState(false);
  const last = count - 1;
  const at = (event: PointerEvent): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - left) / Math.max(1, width);
    return Math.min(last, Math.max(0, Math.floor(share * count)));
  };
  const press = (event: KeyboardEvent): void => {
    const next = movedTo(event.key, span?.to ?? last, last);
    if (next !== undefined) {
      setSpan({ from: event.shiftKey ? (span?.from ?? next) : next, to: next });
    } else if ((event.key === "Enter" || event.key === " ") && span !== undefined) pick?.(span);
    else return;
    event.preventDefault();
  };
  const handlers: HTMLAttributes<HTMLElement> = {
    onBlur: () => setSpan(undefined),
    onPointerMove: (event) => {
      const to = at(event);
      setSpan((now) => ({ from: dragging ? (now?.from ?? to) : to, to }));
    },
    onPointerLeave: () => !dragging && setSpan(undefined),
  };
  if (pick === undefined) return [span, handlers];
  return [
    span,
    {
      ...handlers,
      onKeyDown: press,
      onFocus: () => setSpan((now) => now ?? { from: last, to: last }),
      onPointerDown: (event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
        setSpan({ from: at(event), to: at(event) });
      },
      onPointerUp: (event) => {
        if (dragging && span !== undefined) pick({ from: span.from, to: at(event) });
        setDragging(false);
      },
      onPointerCancel: () => setDragging(false),
    },
  ];
}

/**
 * Counts over time. With `onPick` a bucket is chosen by clicking, or by the arrow keys and Enter,
 * and a range of them by dragging.
 */
export function Histogram({
  buckets,
  label,
  stack,
  onPick,
}: {
  buckets: readonly Bucket[];
  /** Already made safe to show. */
  label: string;
  /** What the parts of the buckets are. */
  stack?: readonly HistogramPart[];
  onPick?: (fromMs: number, toMs: number) => void;
}): ReactNode {
  const { t, locale } = usePreferences();
  const last = buckets.length - 1;
  const first = buckets[0];
  const end = buckets[last];
  const words = useWords(buckets, stack);
  const pick = ({ from, to }: Span): void => {
    const [low, high] = [buckets[Math.min(from, to)], buckets[Math.max(from, to)]];
    if (low !== undefined && high !== undefined) onPick?.(low.fromMs, high.toMs);
  };
  const [span, handlers] = useSpan(buckets.length, onPick && pick);
  if (first === undefined || end === undefined) {
    return <p className="histogram histogram-axis">{t("chart.none")}</p>;
  }
  const all: Span = { from: 0, to: last };
  const named =
    onPick === undefined
      ? { role: "img", "aria-label": t("chart.named", { label, words: words(all) }) }
      : {
          role: "slider",
          tabIndex: 0,
          "aria-label": label,
          "aria-valuemin": 0,
          "aria-valuemax": last,
          "aria-valuenow": span?.to ?? last,
          "aria-valuetext": words(span ?? { from: last, to: last }),
        };
  return (
    <div className="histogram">
      <div
        {...named}
        className={onPick === undefined ? "histogram-bars" : "histogram-bars picks"}
        {...handlers}
      >
        <Bars buckets={buckets} span={span} stack={stack} />
      </div>
      {span !== undefined && <div className="histogram-said">{words(span)}</div>}
      <div className="histogram-axis" aria-hidden="true">
        <span title={format.exactTime(first.fromMs)}>{format.dateTime(first.fromMs, locale)}</span>
        <span title={format.exactTime(end.toMs)}>{format.dateTime(end.toMs, locale)}</span>
      </div>
    </div>
  );
}
