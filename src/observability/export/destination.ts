import { exportErrors } from "./errors.ts";
import type { Signal } from "../signals/records.ts";

/** The protocols that telemetry leaves by. */
export type DestinationKind =
  | "otlp-http"
  | "otlp-grpc"
  | "zipkin"
  | "prometheus"
  | "loki"
  | "sentry"
  | "opensearch";

/** How request bodies are compressed. */
export type Compression = "none" | "gzip" | "zstd";

/** The signals that each protocol carries. Errors go over OTLP as log records. */
export const signalsOfKind: { readonly [K in DestinationKind]: readonly Signal[] } = {
  "otlp-http": ["logs", "spans", "points", "errors"],
  "otlp-grpc": ["logs", "spans", "points", "errors"],
  zipkin: ["spans"],
  prometheus: ["points"],
  loki: ["logs"],
  sentry: ["errors"],
  opensearch: ["logs", "spans"],
};

/** Where a copy of the telemetry goes. Plain data: the recipes make it. */
export interface Destination {
  /** Lower-case letters, digits and hyphens; names its place in the disk buffer. */
  readonly name: string;
  readonly kind: DestinationKind;
  /**
   * `otlp-http`: the base, to which `/v1/traces`, `/v1/logs` and `/v1/metrics` are added.
   * `otlp-grpc`: `http://host:4317`, `https://` with TLS. `zipkin`, `prometheus`, `loki`: the whole
   * address. `sentry`: the DSN. `opensearch`: the base.
   */
  readonly url: string;
  /** Headers of every request; values may hold secrets and are never shown. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Addresses that differ from the base, a signal each: `otlp-http` only. */
  readonly urls?: Partial<Readonly<Record<"logs" | "spans" | "points", string>>>;
  /** All that the protocol carries, without errors, if left out. */
  readonly signals?: readonly Signal[];
  /** Default gzip; none for `sentry`, `prometheus` has its own. */
  readonly compression?: Compression;
  /** Time that a request may take, milliseconds; default 10,000 (the OTLP exporters' default). */
  readonly timeoutMs?: number;
  /** Records of a request at most; default 5,000. */
  readonly recordsMax?: number;
  /** Bytes of a request before compression; default 4 MiB, for `otlp-grpc` 3 MiB. */
  readonly requestBytesMax?: number;
  /** How long a request waits for more records, milliseconds; default 1,000. */
  readonly lingerMs?: number;
  /** Records that wait longer are dropped and counted; default one day. */
  readonly ageMsMax?: number;
  /** `opensearch`: begin of the index names; default `morning`. */
  readonly index?: string;
}

/** A destination with its defaults, checked. */
export interface CheckedDestination extends Required<Omit<Destination, "urls" | "signals">> {
  readonly urls: NonNullable<Destination["urls"]>;
  readonly signals: readonly Signal[];
}

/** Destinations at most. */
export const destinationsMax = 32;

const mebibyte = 1024 ** 2;

function refuse(destination: Partial<Destination>, why: string): Error {
  return exportErrors.MOR_EXPORT_DESTINATION(`export ${destination.name ?? "?"}: ${why}`);
}

const namePattern = /^[a-z][a-z0-9-]{0,40}$/;
const headerPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function checkUrl(destination: Destination, url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "http:" && parsed?.protocol !== "https:") {
    throw refuse(destination, `url must be http:// or https://`);
  }
  const isSecretInUrl = parsed.username !== "" && destination.kind !== "sentry";
  if (isSecretInUrl) throw refuse(destination, "put credentials into headers, not into the url");
}

function checkHeaders(destination: Destination): void {
  for (const [name, value] of Object.entries(destination.headers ?? {})) {
    const isSound = headerPattern.test(name) && !/[\r\n\0]/.test(value);
    if (!isSound) throw refuse(destination, `header ${JSON.stringify(name)} is not valid`);
  }
}

function checkNumbers(destination: Destination): void {
  const { timeoutMs, recordsMax, requestBytesMax, lingerMs, ageMsMax } = destination;
  const given = { timeoutMs, recordsMax, requestBytesMax, lingerMs, ageMsMax };
  for (const [key, value] of Object.entries(given)) {
    const least = key === "lingerMs" ? 0 : 1;
    if (value !== undefined && !(Number.isFinite(value) && value >= least)) {
      throw refuse(destination, `${key} must be a number of at least ${least}`);
    }
  }
}

function signalsFor(destination: Destination): readonly Signal[] {
  const able = signalsOfKind[destination.kind];
  const { signals } = destination;
  // Over OTLP an error would be sent twice: as what it was recorded in, and as itself.
  const usual = able.length > 1 ? able.filter((signal) => signal !== "errors") : able;
  const unable = signals?.find((signal) => !able.includes(signal));
  if (unable !== undefined) throw refuse(destination, `${destination.kind} carries no ${unable}`);
  if (signals?.length === 0) throw refuse(destination, "signals is empty");
  return signals ?? usual;
}

/**
 * Checks a destination and fills in the defaults.
 * @throws MOR_EXPORT_DESTINATION naming what is wrong
 */
export function checkDestination(destination: Destination): CheckedDestination {
  const { name, kind, url } = destination;
  if (!namePattern.test(name)) throw refuse(destination, "its name is not valid");
  if (!(kind in signalsOfKind)) throw refuse(destination, `there is no kind ${String(kind)}`);
  for (const one of [url, ...Object.values(destination.urls ?? {})]) checkUrl(destination, one);
  checkHeaders(destination);
  checkNumbers(destination);
  const compression = destination.compression ?? (kind === "sentry" ? "none" : "gzip");
  if (compression === "zstd" && kind === "otlp-grpc") {
    throw refuse(destination, "otlp-grpc compresses with gzip or not at all");
  }
  return {
    timeoutMs: 10_000,
    recordsMax: 5000,
    requestBytesMax: kind === "otlp-grpc" ? 3 * mebibyte : 4 * mebibyte,
    lingerMs: 1000,
    ageMsMax: 24 * 3600 * 1000,
    index: "morning",
    urls: {},
    headers: {},
    ...destination,
    compression,
    signals: signalsFor(destination),
  };
}

/** A destination as people may see it: header values hidden, no key of a DSN. */
export function describeDestination(destination: CheckedDestination): Destination {
  const url = new URL(destination.url);
  url.username = "";
  url.password = "";
  // Some back ends take their key in the query.
  url.search = "";
  const hidden = Object.keys(destination.headers).map((name) => [name, "…"] as const);
  return { ...destination, url: url.href, headers: Object.fromEntries(hidden) };
}
