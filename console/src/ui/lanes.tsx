import type { ReactNode } from "react";
import * as format from "../i18n/format.ts";
import type { Locale } from "../i18n/messages.ts";
import { usePreferences } from "../preferences.tsx";
import "./lanes.css";

/** Moments of one thing, drawn along the time. */
export interface Lane {
  readonly id: string;
  readonly name: ReactNode;
  /** What it shows in words, already made safe to show. */
  readonly label: string;
  /** Milliseconds since the epoch, ascending. */
  readonly atMs: readonly number[];
  /** More of them follow after the last. */
  readonly goesOn?: boolean;
  readonly tone?: "plain" | "quiet" | "failing";
}

const width = 1000;
const height = 20;
/** Moments closer than this, in the picture's own units, flow together. */
const apart = 4;
const ticksMax = 400;

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Run {
  readonly first: number;
  readonly last: number;
}

/** Moments as places in the picture, those that lie close together as one. */
export function runsOf(atMs: readonly number[], { fromMs, toMs }: Span): readonly Run[] {
  const runs: Run[] = [];
  for (const at of atMs) {
    if (at < fromMs || at > toMs) continue;
    const x = ((at - fromMs) / (toMs - fromMs)) * width;
    const before = runs.at(-1);
    if (before !== undefined && x - before.last < apart) {
      runs[runs.length - 1] = { first: before.first, last: x };
    } else runs.push({ first: x, last: x });
  }
  return runs.slice(0, ticksMax);
}

const hoursMs = 3_600_000;

/** The full hours of a span that are written below it, in the reader's zone. */
export function marksOf({ fromMs, toMs }: Span, marksMax: number, offsetMs: number): number[] {
  const steps = [1 / 12, 1 / 4, 1, 2, 3, 4, 6, 12, 24, 48, 168, 720].map(
    (hours) => hours * hoursMs,
  );
  const step = steps.find((one) => (toMs - fromMs) / one <= marksMax) ?? steps.at(-1) ?? hoursMs;
  const marks: number[] = [];
  const first = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs;
  for (let at = first; at <= toMs; at += step) marks.push(at);
  return marks;
}

function LanePicture({ lane, span, marks }: { lane: Lane; span: Span; marks: readonly number[] }) {
  const { locale } = usePreferences();
  const { fromMs, toMs } = span;
  const x = (at: number): number => ((at - fromMs) / (toMs - fromMs)) * width;
  const at = (place: number): string =>
    format.dateTime(fromMs + (place / width) * (toMs - fromMs), locale);
  const last = lane.atMs.at(-1);
  return (
    <svg
      className={`lane ${lane.tone ?? "plain"}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={lane.label}
    >
      {marks.map((mark) => (
        <path key={mark} className="lane-mark" d={`M${x(mark)} 0V${height}`} />
      ))}
      {lane.goesOn === true && last !== undefined && last < toMs && (
        <rect className="lane-on" x={x(last)} y={6} width={width - x(last)} height={8} />
      )}
      {runsOf(lane.atMs, span).map(({ first, last: end }) => (
        <g key={first} className="lane-run">
          <title>{first === end ? at(first) : `${at(first)} – ${at(end)}`}</title>
          <path className="lane-reach" d={`M${first} 0V${height}`} />
          {end > first && <rect x={first} y={5} width={end - first} height={10} />}
          <path className="lane-tick" d={`M${first} 3V17`} />
        </g>
      ))}
    </svg>
  );
}

/** A mark as its hour; over several days as its date. */
function markText(atMs: number, { fromMs, toMs }: Span, locale: Locale): string {
  if (toMs - fromMs <= 48 * hoursMs) return format.timeOfDay(atMs, locale).slice(0, 5);
  return new Intl.DateTimeFormat(locale, { month: "numeric", day: "numeric" }).format(atMs);
}

/** Several things' moments over one span of time, one below the other, with the hours below. */
export function Lanes({
  label,
  lanes,
  fromMs,
  toMs,
}: {
  label: string;
  lanes: readonly Lane[];
  fromMs: number;
  toMs: number;
}): ReactNode {
  const { locale } = usePreferences();
  const span = { fromMs, toMs };
  const offsetMs = -new Date(fromMs).getTimezoneOffset() * 60_000;
  const marks = marksOf(span, 8, offsetMs);
  return (
    <div className="lanes" role="group" aria-label={label}>
      {lanes.map((lane) => (
        <div key={lane.id} className="lane-row">
          <div className="lane-name">{lane.name}</div>
          <LanePicture lane={lane} span={span} marks={marks} />
        </div>
      ))}
      <div className="lane-row" aria-hidden="true">
        <div className="lane-name" />
        <div className="lane-times">
          {marks.map((mark) => {
            const share = (mark - fromMs) / (toMs - fromMs);
            // One that would be cut off at an end is not written.
            if (share < 0.02 || share > 0.98) return null;
            return (
              <span key={mark} style={{ left: `${share * 100}%` }}>
                {markText(mark, span, locale)}
              </span>
            );
          })}
        </div>
      </div>
    </div>
  );
}
