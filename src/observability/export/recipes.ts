import type { Destination } from "./destination.ts";
import { parseDsn } from "./protocols/sentry.ts";

/** What every recipe takes besides its own. */
export interface RecipeOptions {
  /** Name of the destination, where the recipe's own will not do: two of one kind. */
  readonly name?: string;
}

interface At extends RecipeOptions {
  /** Base address, as the recipe says. */
  readonly url: string;
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;

/**
 * Any OpenTelemetry collector, and whatever else takes OTLP: `http://host:4318`, or
 * `http://host:4317` with `grpc`.
 */
export function toCollector(
  options: At & { readonly grpc?: boolean; readonly headers?: Destination["headers"] },
): Destination {
  const { url, headers = {}, grpc = false, name = "collector" } = options;
  return { name, kind: grpc ? "otlp-grpc" : "otlp-http", url, headers };
}

/** Jaeger 1.35 or newer: its OTLP port, `http://host:4318`. Jaeger keeps traces only. */
export function toJaeger({ url, name = "jaeger" }: At): Destination {
  return { name, kind: "otlp-http", url, signals: ["spans"] };
}

/** Zipkin: `http://host:9411`. */
export function toZipkin({ url, name = "zipkin" }: At): Destination {
  return { name, kind: "zipkin", url: `${url.replace(/\/+$/, "")}/api/v2/spans` };
}

/**
 * Prometheus with `--web.enable-remote-write-receiver`, VictoriaMetrics, Mimir: the whole address
 * of remote write, `http://host:9090/api/v1/write`.
 */
export function toPrometheus({
  url,
  name = "prometheus",
  headers = {},
}: At & { readonly headers?: Destination["headers"] }): Destination {
  return { name, kind: "prometheus", url, headers };
}

/** Grafana Tempo: its OTLP port, `http://host:4318`. */
export function toTempo({ url, name = "tempo" }: At): Destination {
  return { name, kind: "otlp-http", url, signals: ["spans"] };
}

/**
 * Grafana Loki: `http://host:3100`. Version 3 takes OTLP and is sent it; `push` uses the older push
 * API, which versions before 3 and other stores of logs have.
 */
export function toLoki(
  options: At & { readonly tenant?: string; readonly push?: boolean },
): Destination {
  const { tenant, push = false, name = "loki" } = options;
  const url = options.url.replace(/\/+$/, "");
  const headers = tenant === undefined ? {} : { "x-scope-orgid": tenant };
  return push
    ? { name, kind: "loki", url: `${url}/loki/api/v1/push`, headers }
    : { name, kind: "otlp-http", url: `${url}/otlp`, headers, signals: ["logs"] };
}

/** Grafana Cloud: the OTLP gateway of the stack, `https://otlp-gateway-REGION.grafana.net/otlp`. */
export function toGrafanaCloud(
  options: At & { readonly instanceId: string; readonly token: string },
): Destination {
  const { url, instanceId, token, name = "grafana-cloud" } = options;
  return { name, kind: "otlp-http", url, headers: { authorization: basic(instanceId, token) } };
}

/**
 * Datadog without an agent: its OTLP intake of a site (`datadoghq.com`, `datadoghq.eu`, ...) takes
 * logs and metrics. Traces there are in preview: send them to an agent with {@link toDatadogAgent},
 * or ask for `traces`. The intake takes cumulative metrics only where the account allows them.
 */
export function toDatadog(
  options: RecipeOptions & {
    readonly site: string;
    readonly apiKey: string;
    readonly traces?: boolean;
  },
): Destination {
  const { site, apiKey, traces = false, name = "datadog" } = options;
  const signals = traces ? (["logs", "points", "spans"] as const) : (["logs", "points"] as const);
  return {
    name,
    kind: "otlp-http",
    url: `https://otlp.${site}`,
    headers: { "dd-api-key": apiKey, "dd-protocol": "otlp" },
    signals,
  };
}

/** A Datadog agent with its OTLP receiver on: `http://agent:4318`. */
export function toDatadogAgent({ url, name = "datadog-agent" }: At): Destination {
  return { name, kind: "otlp-http", url };
}

const newRelicHosts = {
  us: "https://otlp.nr-data.net",
  eu: "https://otlp.eu01.nr-data.net",
  fedramp: "https://gov-otlp.nr-data.net",
} as const;

/** New Relic. It refuses requests over 1 MB. */
export function toNewRelic(
  options: RecipeOptions & {
    readonly licenseKey: string;
    readonly region?: keyof typeof newRelicHosts;
  },
): Destination {
  const { licenseKey, region = "us", name = "new-relic" } = options;
  return {
    name,
    kind: "otlp-http",
    url: newRelicHosts[region],
    headers: { "api-key": licenseKey },
    requestBytesMax: 1_000_000,
  };
}

/** Honeycomb. Metrics go to a dataset of their own. */
export function toHoneycomb(
  options: RecipeOptions & {
    readonly apiKey: string;
    readonly region?: "us" | "eu";
    readonly metricsDataset?: string;
  },
): Destination {
  const { apiKey, region = "us", metricsDataset, name = "honeycomb" } = options;
  const dataset = metricsDataset === undefined ? {} : { "x-honeycomb-dataset": metricsDataset };
  return {
    name,
    kind: "otlp-http",
    url: region === "eu" ? "https://api.eu1.honeycomb.io" : "https://api.honeycomb.io",
    headers: { "x-honeycomb-team": apiKey, ...dataset },
  };
}

/**
 * Elastic: the managed OTLP endpoint, or an APM server (`https://apm:8200`) with its secret token.
 */
export function toElastic(
  options: At & ({ readonly apiKey: string } | { readonly secretToken: string }),
): Destination {
  const { url, name = "elastic" } = options;
  const authorization =
    "apiKey" in options ? `ApiKey ${options.apiKey}` : `Bearer ${options.secretToken}`;
  return { name, kind: "otlp-http", url, headers: { authorization } };
}

/**
 * Sentry by its DSN: errors as events, and, with `otlp`, spans and logs over its OTLP endpoint (in
 * beta at Sentry).
 */
export function toSentry(
  options: RecipeOptions & { readonly dsn: string; readonly otlp?: boolean },
): readonly Destination[] {
  const { dsn, otlp = false, name = "sentry" } = options;
  const errors: Destination = { name, kind: "sentry", url: dsn };
  if (!otlp) return [errors];
  const { key, envelopeUrl } = parseDsn(dsn);
  return [
    errors,
    {
      name: `${name}-otlp`,
      kind: "otlp-http",
      url: envelopeUrl.replace(/envelope\/$/, "integration/otlp"),
      headers: { "x-sentry-auth": `sentry sentry_key=${key}` },
      signals: ["logs", "spans"],
    },
  ];
}

/** OpenSearch: `https://host:9200`. `index` is the begin of the names of its indices. */
export function toOpenSearch(
  options: At & {
    readonly username?: string;
    readonly password?: string;
    readonly index?: string;
  },
): Destination {
  const { url, username, password = "", index = "morning", name = "opensearch" } = options;
  const headers = username === undefined ? {} : { authorization: basic(username, password) };
  return { name, kind: "opensearch", url, headers, index };
}
