import { metricKinds } from "../../signals/records.ts";
import type { AttributeValue, Exemplar, Origin } from "../../signals/records.ts";
import { ingestErrors } from "../errors.ts";
import type { Endpoint } from "../http/endpoint.ts";
import { mediaType } from "../http/endpoint.ts";
import type { Intake } from "../intake.ts";
import type { Wire } from "../otlp/reader.ts";
import { openSnappy } from "./body.ts";
import { idOf } from "./json.ts";
import { noContent, postEndpoint, textAnswer } from "./post.ts";
import { eachField, wireOf } from "./proto.ts";
import type { Tally } from "./tally.ts";

const paths: ReadonlySet<string> = new Set(["/api/v1/write", "/compat/prometheus/api/v1/write"]);

/** Labels of one series. */
const labelsMax = 128;
const valueCharsMax = 4_096;

/** The bits by which Prometheus marks a series that has ended. */
const staleBits = 0x7ff0_0000_0000_0002n;

type Labels = Record<string, string>;

interface Sample {
  readonly value: number;
  readonly timeMs: bigint;
  readonly isStale: boolean;
}

interface Described {
  readonly type: number;
  readonly help: string;
  readonly unit: string;
}

/** `MetricMetadata.MetricType`. */
const counterType = 1;

function doubleAt(wire: Wire, at: number): number {
  return wire.view.getFloat64(at, true);
}

function readLabel(wire: Wire, start: number, end: number, into: Labels): void {
  let name = "";
  let value = "";
  eachField(wire, start, end, (field) => {
    if (field.type !== 2) return;
    if (field.number === 1) name = wire.text(field.start, field.end);
    else if (field.number === 2) value = wire.text(field.start, field.end);
  });
  if (name !== "" && name !== "__proto__") into[name] = value.slice(0, valueCharsMax);
}

function readSample(wire: Wire, start: number, end: number): Sample {
  let value = 0;
  let timeMs = 0n;
  let isStale = false;
  eachField(wire, start, end, (field) => {
    if (field.number === 1 && field.type === 1) {
      value = doubleAt(wire, field.start);
      isStale = wire.view.getBigUint64(field.start, true) === staleBits;
    } else if (field.number === 2) timeMs = field.varint;
  });
  return { value, timeMs, isStale };
}

function readExemplar(wire: Wire, start: number, end: number): Exemplar {
  const labels: Labels = {};
  let value = 0;
  let timeMs = 0n;
  eachField(wire, start, end, (field) => {
    if (field.number === 1 && field.type === 2) readLabel(wire, field.start, field.end, labels);
    else if (field.number === 2 && field.type === 1) value = doubleAt(wire, field.start);
    else if (field.number === 3) timeMs = field.varint;
  });
  const traceId = idOf(labels["trace_id"] ?? labels["traceID"], 16);
  return {
    timeNs: timeMs * 1_000_000n,
    value,
    traceId,
    spanId: idOf(labels["span_id"] ?? labels["spanID"], 8),
  };
}

function readMetadata(wire: Wire, start: number, end: number, into: Map<string, Described>): void {
  let [type, name, help, unit] = [0, "", "", ""];
  eachField(wire, start, end, (field) => {
    if (field.number === 1) type = Number(field.varint);
    else if (field.type !== 2) return;
    else if (field.number === 2) name = wire.text(field.start, field.end);
    else if (field.number === 4) help = wire.text(field.start, field.end);
    else if (field.number === 5) unit = wire.text(field.start, field.end);
  });
  into.set(name, { type, help, unit });
}

/** A counter by what is said of it, else by its name: remote write 1.0 says it apart, or never. */
function isCounter(name: string, described: Described | undefined): boolean {
  if (described !== undefined && described.type !== 0) return described.type === counterType;
  return /_(?:total|bucket|count|sum)$/.test(name);
}

function originOf(labels: Labels, known: Map<string, Origin>): Origin {
  const { job = "", instance = "" } = labels;
  const key = `${job}\u0000${instance}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const resource: Record<string, AttributeValue> = {};
  // OpenTelemetry writes `namespace/name` into `job`.
  if (job !== "") resource["service.name"] = job.slice(job.lastIndexOf("/") + 1) || job;
  if (instance !== "") resource["service.instance.id"] = instance;
  const made = { resource, scopeName: "", scopeVersion: "", scopeAttributes: {} };
  known.set(key, made);
  return made;
}

const kindOf = (kind: (typeof metricKinds)[number]): number => metricKinds.indexOf(kind);

interface Series {
  readonly labels: Labels;
  readonly samples: readonly Sample[];
  readonly exemplars: readonly Exemplar[];
  readonly histograms: number;
}

function readSeries(wire: Wire, start: number, end: number): Series {
  const labels: Labels = {};
  const samples: Sample[] = [];
  const exemplars: Exemplar[] = [];
  let histograms = 0;
  eachField(wire, start, end, (field) => {
    if (field.type !== 2) return;
    if (field.number === 1) readLabel(wire, field.start, field.end, labels);
    else if (field.number === 2) samples.push(readSample(wire, field.start, field.end));
    else if (field.number === 3) exemplars.push(readExemplar(wire, field.start, field.end));
    else if (field.number === 4) histograms++;
  });
  return { labels, samples, exemplars, histograms };
}

function takeSeries(
  series: Series,
  tally: Tally,
  about: ReadonlyMap<string, Described>,
  origins: Map<string, Origin>,
): void {
  const { labels, samples, exemplars, histograms } = series;
  const { __name__: name = "", job: _job, instance: _instance, ...attributes } = labels;
  if (name === "" || Object.keys(attributes).length > labelsMax) {
    const why = name === "" ? "no name" : `more than ${labelsMax} labels`;
    for (const _sample of samples) tally.reject("points", "labels", `a series has ${why}`, labels);
    return;
  }
  for (let index = 0; index < histograms; index++) {
    tally.reject("points", "unsupported", "native histograms are not read", labels);
  }
  const family = about.get(name.replace(/_(?:total|bucket|count|sum)$/, "")) ?? about.get(name);
  const monotonic = isCounter(name, about.get(name));
  const origin = originOf(labels, origins);
  for (const { value, timeMs, isStale } of samples) {
    // A mark that the series has ended is no value.
    if (isStale) continue;
    const timeNs = timeMs * 1_000_000n;
    if (timeMs < 0n || timeMs > 9_223_372_036_854n) {
      tally.reject("points", "invalid-time", "a sample's time is out of range", labels);
      continue;
    }
    tally.point({
      origin,
      name,
      unit: family?.unit ?? "",
      description: family?.help ?? "",
      kind: kindOf(monotonic ? "sum" : "gauge"),
      temporality: monotonic ? "cumulative" : "none",
      monotonic,
      startNs: 0n,
      timeNs,
      attributes,
      value,
      count: 0n,
      exemplars: exemplars.slice(0, 16),
    });
  }
}

function decode(body: Uint8Array, tally: Tally): void {
  const wire = wireOf(body);
  const about = new Map<string, Described>();
  const origins = new Map<string, Origin>();
  // What is said of the metrics comes behind them.
  eachField(wire, 0, body.length, (field) => {
    if (field.number === 3 && field.type === 2) {
      readMetadata(wire, field.start, field.end, about);
    }
  });
  eachField(wire, 0, body.length, (field) => {
    if (field.number !== 1 || field.type !== 2) return;
    takeSeries(readSeries(wire, field.start, field.end), tally, about, origins);
  });
}

/**
 * Prometheus remote write 1.0: protobuf in snappy. Classic histograms stay the series that they
 * are, `_bucket`, `_sum` and `_count`.
 * Source: https://prometheus.io/docs/specs/prw/remote_write_spec
 */
export function remoteWriteEndpoint(intake: Intake): Endpoint {
  return postEndpoint(intake, {
    source: "prometheus",
    signal: "points",
    owns: (path) => paths.has(path),
    check({ headers }) {
      const type = headers["content-type"] ?? "";
      const isSecond = /proto\s*=\s*"?io\.prometheus\.write\.v2/.test(type);
      if (mediaType(headers) === "application/x-protobuf" && !isSecond) return;
      throw ingestErrors.MOR_INGEST_MEDIA_TYPE(
        `${type.slice(0, 100)} is not application/x-protobuf of remote write 1.0`,
      );
    },
    open: async ({ body, grant }) => openSnappy(body, grant),
    decode: (body, _request, tally) => decode(body, tally),
    answer(taken) {
      const rejected = taken.reduce((sum, one) => sum + one.rejected, 0);
      const accepted = taken.reduce((sum, one) => sum + one.accepted, 0);
      if (rejected === 0 || accepted > 0) return noContent;
      // Nothing of it could be stored: 400 tells the sender not to send it again.
      return textAnswer(
        400,
        taken.flatMap(({ problems }) => problems.map((p) => p.message)).join(),
      );
    },
  });
}
