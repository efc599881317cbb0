import { levelRanges } from "../../signals/filter.ts";
import { serviceOf } from "../../signals/records.ts";
import type { LogRecord } from "../../signals/records.ts";
import { textOf as valueText } from "../../signals/rows.ts";
import { failureOf, postHttp, textOf } from "../http.ts";
import { delivered } from "../protocol.ts";
import type { Encoded, Protocol, ProtocolContext } from "../protocol.ts";
import { textValues, utf8 } from "../values.ts";

/** Structured metadata of a line at most: Loki's default limit. */
const metadataMax = 128;

/** The level as a word, from the OTLP severity number. */
export function levelOf(severity: number): string {
  const found = Object.entries(levelRanges).find(
    ([, [from, to]]) => severity >= from && severity <= to,
  );
  return found === undefined || severity === 0 ? "unknown" : found[0];
}

/** Few labels with few values: each combination is a stream that Loki keeps open. */
function labelsOf({ origin, severity }: LogRecord): Record<string, string> {
  const environment = origin.resource["deployment.environment.name"];
  return {
    service_name: serviceOf(origin),
    level: levelOf(severity),
    ...(environment === undefined ? {} : { deployment_environment: valueText(environment)[0] }),
  };
}

/** Loki takes letters, digits and underscores in names. */
const labelName = (key: string): string => key.replace(/\W/g, "_");

function metadataOf(log: LogRecord): Record<string, string> {
  const { traceId, spanId, attributes, eventName } = log;
  const named = Object.entries(textValues(attributes)).map(([key, value]) => [
    labelName(key),
    value,
  ]);
  return {
    ...Object.fromEntries(named.slice(0, metadataMax)),
    ...(eventName === "" ? {} : { event_name: eventName }),
    ...(traceId === "" ? {} : { trace_id: traceId }),
    ...(spanId === "" ? {} : { span_id: spanId }),
  };
}

/** Log records as a Loki push request: streams by service, level and environment. */
export function encodeLoki(logs: readonly LogRecord[]): Encoded {
  const streams = new Map<string, { stream: Record<string, string>; values: unknown[] }>();
  for (const log of logs) {
    const stream = labelsOf(log);
    const key = JSON.stringify(stream);
    const found = streams.get(key) ?? { stream, values: [] };
    streams.set(key, found);
    const time = log.timeNs === 0n ? log.observedNs : log.timeNs;
    found.values.push([time.toString(), log.body, metadataOf(log)]);
  }
  const body = utf8(JSON.stringify({ streams: [...streams.values()] }));
  return { body, count: logs.length, unsupported: 0 };
}

/** Loki's push API, JSON with structured metadata (https://grafana.com/docs/loki, "HTTP API"). */
export function loki({ destination, clock }: ProtocolContext): Protocol {
  const headers = { ...destination.headers, "content-type": "application/json" };
  const { url, compression, timeoutMs } = destination;
  return {
    encode: (_signal, records) => encodeLoki(records as readonly LogRecord[]),
    async send(_signal, { body }, stop) {
      const answer = await postHttp({ url, headers, body, compression, timeoutMs, clock, stop });
      const isTaken = answer.status >= 200 && answer.status < 300;
      return isTaken ? delivered : failureOf(answer, clock, textOf(answer));
    },
    close: () => Promise.resolve(),
  };
}
