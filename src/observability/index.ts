/**
 * Observability: metrics, alerts, objectives and dashboards that services declare, and
 * `instrument()` for services that run outside of Morning.
 * @module
 */
export { instrument } from "./sdk/instrument.ts";
export type { Instrumented, InstrumentOptions } from "./sdk/instrument.ts";
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
export * from "./alerts/index.ts";
export * from "./slo/index.ts";
export { dashboard } from "./dashboards/dashboard.ts";
export type {
  DashboardResource,
  DashboardSpec,
  PanelSource,
  PanelSpec,
} from "./dashboards/dashboard.ts";
export * from "./export/index.ts";
