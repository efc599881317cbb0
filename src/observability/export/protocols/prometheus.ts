import type { MetricPoint } from "../../signals/records.ts";
import { failureOf, postHttp, textOf } from "../http.ts";
import { delivered } from "../protocol.ts";
import type { Encoded, Protocol, ProtocolContext } from "../protocol.ts";
import { snappy } from "../snappy.ts";
import { ProtoWriter } from "../wire.ts";
import { samplesOf } from "./prometheus-series.ts";
import type { Sample } from "./prometheus-series.ts";

/**
 * Points as a remote write request (Prometheus Remote-Write 1.0, `prometheus.WriteRequest`): labels
 * sorted, samples of a series in order of time.
 */
export function encodeRemoteWrite(points: readonly MetricPoint[]): Encoded {
  const series = new Map<string, Sample[]>();
  let unsupported = 0;
  for (const point of points) {
    const samples = samplesOf(point);
    if (samples === undefined) unsupported++;
    for (const sample of samples ?? []) {
      const key = JSON.stringify(sample.labels);
      const known = series.get(key);
      if (known === undefined) series.set(key, [sample]);
      else known.push(sample);
    }
  }
  const writer = new ProtoWriter(points.length * 128 + 64);
  for (const samples of series.values()) {
    const mark = writer.begin(1);
    for (const [name, value] of samples[0]?.labels ?? []) {
      const label = writer.begin(1);
      writer.text(1, name);
      writer.text(2, value);
      writer.end(label);
    }
    for (const { value, atMs } of samples.toSorted((one, other) => one.atMs - other.atMs)) {
      const sample = writer.begin(2);
      writer.doubleAlways(1, value);
      writer.intAlways(2, BigInt(atMs));
      writer.end(sample);
    }
    writer.end(mark);
  }
  return { body: writer.written(), count: points.length - unsupported, unsupported };
}

/** Prometheus remote write 1.0: Prometheus, Mimir, VictoriaMetrics, Grafana Cloud. */
export function prometheus({ destination, clock }: ProtocolContext): Protocol {
  const headers = {
    ...destination.headers,
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "0.1.0",
  };
  const { url, timeoutMs } = destination;
  const compression = "none";
  return {
    encode: (_signal, records) => encodeRemoteWrite(records as readonly MetricPoint[]),
    async send(_signal, encoded, stop) {
      const body = snappy(encoded.body);
      const answer = await postHttp({ url, headers, body, compression, timeoutMs, clock, stop });
      if (answer.status >= 200 && answer.status < 300) return delivered;
      const failure = failureOf(answer, clock, textOf(answer));
      // Remote write lets a client try again after every 5xx, not only after some.
      if (failure.type !== "refused" || answer.status < 500) return failure;
      return { type: "retry", reason: failure.reason };
    },
    close: () => Promise.resolve(),
  };
}
