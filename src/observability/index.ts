/**
 * Observability: metrics that services declare, and `instrument()` for services that run outside
 * of Morning.
 * @module
 */
export { metric, ratio } from "./metrics/metric.ts";
export type {
  AnyMetric,
  CounterRecorder,
  GaugeRecorder,
  HistogramRecorder,
  LabelValue,
  Metric,
  MetricOptions,
  MetricType,
  Ratio,
  RatioOptions,
  Recorder,
} from "./metrics/metric.ts";
