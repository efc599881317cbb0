import { coreErrors } from "../../core/errors.ts";
import { capability, checkName } from "../../core/resource.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { InputOf, Schema } from "../../core/schema.ts";
import type { App } from "../../core/service.ts";
import type { Transactional } from "../../core/transaction.ts";

/** What a metric does: adds up, stands at a value, or spreads over a range. */
export type MetricType = "counter" | "gauge" | "histogram";

/** The value of a label. */
export type LabelValue = string | number | boolean;

/** What a metric declares beside its name. */
export interface MetricOptions<T extends MetricType, L extends Schema | undefined> {
  readonly kind: T;
  /** UCUM, or a currency: `{order}`, `ms`, `By`, `GBP`; empty if left out. */
  readonly unit?: string;
  readonly description?: string;
  /** An object of texts, numbers and booleans; a metric without labels has one series. */
  readonly labels?: L;
  /** Whether people of the business follow it; true if left out. */
  readonly business?: boolean;
  /** Upper bounds of a histogram's buckets, ascending. */
  readonly bounds?: readonly number[];
}

/** A metric as data. */
export interface AnyMetric extends Resource<"metric"> {
  readonly type: MetricType | "ratio";
  readonly unit: string;
  readonly description: string;
  readonly business: boolean;
  readonly labels?: Schema;
  readonly bounds?: readonly number[];
  /** Of a ratio: what is divided, and by what. */
  readonly ratio?: { readonly of: string; readonly over: string };
}

type LabelsOf<L> = L extends Schema ? InputOf<L> : undefined;
/** The arguments after the value: labels where the metric has some. */
type WithLabels<L> = LabelsOf<L> extends undefined ? [] : [labels: LabelsOf<L>];

/** Adds to a counter. */
export interface CounterRecorder<L> extends Transactional<CounterRecorder<L>> {
  /** Adds a number of 0 or more. Inside a transaction it counts once that is committed. */
  add(by: number, ...labels: WithLabels<L>): void;
}

/** Sets a gauge. */
export interface GaugeRecorder<L> extends Transactional<GaugeRecorder<L>> {
  set(value: number, ...labels: WithLabels<L>): void;
}

/** Records values of a distribution. */
export interface HistogramRecorder<L> extends Transactional<HistogramRecorder<L>> {
  record(value: number, ...labels: WithLabels<L>): void;
}

/** What a service that holds a metric records with. Recording never throws. */
export type Recorder<T extends MetricType, L> = {
  readonly counter: CounterRecorder<L>;
  readonly gauge: GaugeRecorder<L>;
  readonly histogram: HistogramRecorder<L>;
}[T];

/** A declared metric. */
export interface Metric<
  T extends MetricType,
  L extends Schema | undefined = undefined,
> extends AnyMetric {
  readonly type: T;
  /** The right to record it. */
  recorder(): Capability<Recorder<T, L>>;
}

/** Bounds of a histogram that declares none: of durations in milliseconds, or of sizes. */
export const boundsUsual: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000,
];

/** Bounds that a histogram may have. */
const boundsMax = 200;

function checkBounds(name: string, bounds: readonly number[]): readonly number[] {
  const ascends = bounds.every(
    (bound, at) => Number.isFinite(bound) && (at === 0 || bound > (bounds[at - 1] ?? bound)),
  );
  if (ascends && bounds.length > 0 && bounds.length <= boundsMax) return bounds;
  throw coreErrors.MOR_DECLARATION(
    `metric ${name}: the bounds are 1 to ${boundsMax} finite numbers, each above the one before`,
  );
}

/**
 * Declares a metric beside the code that knows of it.
 * @example
 * export const ordersPlaced = metric("orders", {
 *   kind: "counter",
 *   unit: "{order}",
 *   description: "Orders that were taken",
 *   labels: z.object({ country: z.string() }),
 * });
 * // uses: { placed: ordersPlaced.recorder() }
 * // await transact((tx) => { tx(held.placed).add(1, { country }); ... });
 * @throws MOR_NAME, MOR_DECLARATION
 */
export function metric<T extends MetricType, L extends Schema | undefined = undefined>(
  name: string,
  options: MetricOptions<T, L>,
): Metric<T, L> {
  checkName("metric", name);
  const { kind, unit = "", description = "", labels, business = true } = options;
  const bounds =
    kind === "histogram" ? checkBounds(name, options.bounds ?? boundsUsual) : undefined;
  const declared: Metric<T, L> = {
    kind: "metric",
    name,
    watches: true,
    type: kind,
    unit,
    description,
    business,
    ...(labels === undefined ? {} : { labels }),
    ...(bounds === undefined ? {} : { bounds }),
    recorder: () => capability(declared, "record", "out"),
  };
  return Object.freeze(declared);
}

/** A metric that is computed when it is looked at: one counter divided by another. */
export interface Ratio extends AnyMetric {
  readonly type: "ratio";
  readonly ratio: { readonly of: string; readonly over: string };
}

/** What a ratio is of. */
export interface RatioOptions {
  readonly of: Metric<"counter", Schema | undefined>;
  readonly over: Metric<"counter", Schema | undefined>;
  readonly description?: string;
  readonly business?: boolean;
}

/**
 * Declares a ratio of two counters, over whatever stretch of time is looked at. Nobody records it:
 * a service lists it among what it `owns`.
 * @example ratio("conversion", { of: orders, over: visits })
 * @throws MOR_NAME
 */
export function ratio(name: string, options: RatioOptions): Ratio {
  checkName("metric", name);
  const { of, over, description = "", business = true } = options;
  return Object.freeze({
    kind: "metric",
    name,
    watches: true,
    type: "ratio",
    unit: "1",
    description,
    business,
    needs: [of, over],
    ratio: { of: of.name, over: over.name },
  } satisfies Ratio);
}

/** A metric of an app, as the console lists it. */
export interface MetricView {
  readonly name: string;
  readonly type: MetricType | "ratio";
  readonly unit: string;
  readonly description: string;
  readonly business: boolean;
  readonly ratio?: { readonly of: string; readonly over: string };
  /** Services that record or own it. */
  readonly services: readonly string[];
}

/** The metrics that an app declares, in the order of their discovery. */
export function metricsOf(app: App): readonly MetricView[] {
  const declared = app.resources.filter((one): one is AnyMetric => one.kind === "metric");
  return declared.map((one) => {
    const { name, type, unit, description, business } = one;
    const services = app.services
      .filter(
        ({ uses, owns }) =>
          owns.includes(one) || Object.values(uses).some(({ resource }) => resource === one),
      )
      .map((user) => user.name);
    const derived = one.ratio === undefined ? {} : { ratio: one.ratio };
    return { name, type, unit, description, business, ...derived, services };
  });
}
