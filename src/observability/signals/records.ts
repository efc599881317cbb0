/** Which kind of telemetry something is. */
export type Signal = "logs" | "spans" | "points" | "errors";

/** All signals, in the order in which people list them. */
export const signals: readonly Signal[] = ["logs", "spans", "points", "errors"];

/** A value of an attribute (OTLP `AnyValue`). */
export type AttributeValue =
  | null
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/** Attributes by key. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Who made a record: the resource (a service's instance) and the instrumentation scope in it. */
export interface Origin {
  /** Resource attributes: `service.name`, `service.version`, `deployment.environment.name` ... */
  readonly resource: Attributes;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scopeAttributes: Attributes;
}

/** One log record. Times are nanoseconds since 1970. */
export interface LogRecord {
  readonly origin: Origin;
  readonly timeNs: bigint;
  /** When it was received, where the sender said no time of its own. */
  readonly observedNs: bigint;
  /** OTLP severity number, 1 (TRACE) to 24 (FATAL4); 0 where it is not known. */
  readonly severity: number;
  readonly severityText: string;
  /** Text as it is; anything else as JSON text. */
  readonly body: string;
  /** What happened, for records that are events; empty for plain log lines. */
  readonly eventName: string;
  /** 32 lower-case hex digits, or empty. */
  readonly traceId: string;
  /** 16 lower-case hex digits, or empty. */
  readonly spanId: string;
  readonly attributes: Attributes;
}

/** OTLP span kinds by number. */
export const spanKinds = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
] as const;

/** OTLP status codes by number. */
export const statusCodes = ["unset", "ok", "error"] as const;

/** Something that happened within a span. */
export interface SpanEvent {
  readonly timeNs: bigint;
  readonly name: string;
  readonly attributes: Attributes;
}

/** Another span that this one points to. */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

/** One span. Times are nanoseconds since 1970. */
export interface SpanRecord {
  readonly origin: Origin;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** Index into {@link spanKinds}. */
  readonly kind: number;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  /** Index into {@link statusCodes}. */
  readonly status: number;
  readonly statusMessage: string;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** How many spans this one stands for after sampling; 1 where nothing was left out. */
  readonly weight: number;
}

/** Kinds of metrics, as OTLP names them. */
export const metricKinds = [
  "gauge",
  "sum",
  "histogram",
  "exponential_histogram",
  "summary",
] as const;

/** An example of what a metric counted. */
export interface Exemplar {
  readonly timeNs: bigint;
  readonly value: number;
  readonly traceId: string;
  readonly spanId: string;
}

/** One point of one metric series. */
export interface MetricPoint {
  readonly origin: Origin;
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Index into {@link metricKinds}. */
  readonly kind: number;
  /** Whether the value is since the last point (delta) or since the start (cumulative). */
  readonly temporality: "none" | "delta" | "cumulative";
  readonly monotonic: boolean;
  readonly startNs: bigint;
  readonly timeNs: bigint;
  readonly attributes: Attributes;
  /** The value of a gauge or sum; the sum of a histogram or summary. */
  readonly value: number;
  /** Observations of a histogram or summary; 0 otherwise. */
  readonly count: bigint;
  /** The distribution of a histogram or summary; absent for others. */
  readonly distribution?: Distribution;
  readonly exemplars: readonly Exemplar[];
}

/** How the observations of a histogram or summary are spread. */
export type Distribution =
  | {
      readonly type: "explicit";
      /** Upper bounds, ascending; one bucket more than bounds. */
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
      readonly min?: number;
      readonly max?: number;
    }
  | {
      readonly type: "exponential";
      readonly scale: number;
      readonly zeroCount: number;
      readonly positive: { readonly offset: number; readonly counts: readonly number[] };
      readonly negative: { readonly offset: number; readonly counts: readonly number[] };
      readonly min?: number;
      readonly max?: number;
    }
  | {
      readonly type: "quantiles";
      readonly values: readonly { readonly quantile: number; readonly value: number }[];
    };

/** One exception that was reported or recorded, before it is grouped. */
export interface ErrorRecord {
  readonly origin: Origin;
  readonly timeNs: bigint;
  /** `TypeError` */
  readonly type: string;
  readonly message: string;
  /** The stack as text, as it was reported. */
  readonly stack: string;
  /** 16 hex digits: the group that it belongs to. */
  readonly fingerprint: string;
  /** Where it came from: a span's exception event, a log record, a Sentry envelope. */
  readonly source: "span" | "log" | "sentry";
  readonly handled: boolean;
  /** The version that ran: `service.version`, Sentry's `release`. */
  readonly release: string;
  /** Whom it happened to, where it is known. */
  readonly user: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
  /** What happened before, oldest first, as JSON text; empty where it is not known. */
  readonly breadcrumbs: string;
}

/** The name of the service that an origin belongs to; `unknown_service` where it says none. */
export function serviceOf(origin: Origin): string {
  const name = origin.resource["service.name"];
  return typeof name === "string" && name !== "" ? name : "unknown_service";
}
