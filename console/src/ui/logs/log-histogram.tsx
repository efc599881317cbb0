import { useMemo, type ReactNode } from "react";
import { Histogram, type Bucket, type HistogramPart } from "../chart/histogram.tsx";
import "../chart/hues.css";
import type { Level } from "./line.ts";
import { useText } from "./text.ts";
import "./logs.css";

/** How many lines of each level fell into a span of time. */
export interface LevelBucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly counts: Readonly<Partial<Record<Level, number>>>;
}

/** The worst at the bottom, where all of them begin at the same height. */
const parts: readonly (HistogramPart & { readonly levels: readonly Level[] })[] = [
  { label: "ERROR", colour: "--failing", levels: ["FATAL", "ERROR"] },
  { label: "WARN", colour: "--warning", levels: ["WARN"] },
  { label: "INFO", colour: "--series-2", levels: ["INFO"] },
  { label: "DEBUG", colour: "--line-strong", levels: ["DEBUG", "TRACE", "–"] },
];

const sumOf = (counts: LevelBucket["counts"], levels: readonly Level[]): number =>
  levels.reduce((sum, level) => sum + (counts[level] ?? 0), 0);

/** Log lines over time, stacked by level; dragging over it chooses a range. */
export function LogHistogram({
  buckets,
  onPick,
}: {
  buckets: readonly LevelBucket[];
  onPick?: ((fromMs: number, toMs: number) => void) | undefined;
}): ReactNode {
  const { t } = useText();
  const stacked = useMemo<readonly Bucket[]>(
    () =>
      buckets.map(({ fromMs, toMs, counts }) => {
        const each = parts.map(({ levels }) => sumOf(counts, levels));
        return { fromMs, toMs, count: each.reduce((sum, one) => sum + one, 0), parts: each };
      }),
    [buckets],
  );
  return (
    <div className="log-histogram">
      <Histogram
        buckets={stacked}
        stack={parts}
        label={t("log.histogram")}
        {...(onPick === undefined ? {} : { onPick })}
      />
    </div>
  );
}
