import type { PointOf } from "../../observability/sdk/pump.ts";
import { metricKinds } from "../../observability/signals/records.ts";
import { byMaximum, historySeriesMax } from "./history.ts";
import type { HistorySample } from "./history.ts";

/** The metric under which telemetry keeps what the overview showed. */
export const overviewMetric = "morning_overview";

/** What was shown since it was asked last, for telemetry to keep. */
export interface OverviewKeeper {
  record(samples: Iterable<HistorySample>): void;
  /** A point a series: the mean of what was shown, or the peak where the history keeps peaks. */
  points(): readonly PointOf[];
}

interface Shown extends Pick<HistorySample, "id" | "metric"> {
  sum: number;
  count: number;
  most: number;
}

const gauge = metricKinds.indexOf("gauge");

function pointOf({ id, metric, sum, count, most }: Shown): PointOf {
  return {
    service: "platform",
    name: overviewMetric,
    unit: "",
    description: "What the overview shows of a part of the app, ten seconds each",
    kind: gauge,
    temporality: "none",
    monotonic: false,
    attributes: { node: id, figure: metric },
    value: byMaximum.has(metric) ? most : sum / count,
    count: 0n,
    exemplars: [],
  };
}

/** Folds what the overview shows each second into a point a series, as often as it is asked. */
export function overviewKeeper(): OverviewKeeper {
  let shown = new Map<string, Shown>();
  return {
    record(samples) {
      for (const { id, metric, value } of samples) {
        const key = `${id} ${metric}`;
        const known = shown.get(key);
        if (known !== undefined) {
          known.sum += value;
          known.count++;
          known.most = Math.max(known.most, value);
        } else if (shown.size < historySeriesMax) {
          shown.set(key, { id, metric, sum: value, count: 1, most: value });
        }
      }
    },
    points() {
      const points = [...shown.values()].map(pointOf);
      shown = new Map();
      return points;
    },
  };
}
