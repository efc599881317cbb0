import { severityOf } from "../../../logs/parsing/index.ts";
import { metricKinds } from "../../../signals/records.ts";
import type { Distribution, Origin } from "../../../signals/records.ts";
import { fitsNs, idOf, listOf, numberOf, objectOf, textOf } from "../json.ts";
import type { Loose } from "../json.ts";
import type { Tally } from "../tally.ts";
import { instantNs } from "./event.ts";
import type { Sender } from "./scope.ts";
import { sharedOrigin, streamedScope, typedAttributes } from "./spans.ts";

/** The OTLP number that the record says, or that of its level. */
function severity(log: Loose): number {
  const said = numberOf(log["severity_number"]);
  const isValid = said !== undefined && Number.isInteger(said) && said >= 1 && said <= 24;
  return isValid ? said : (severityOf(textOf(log["level"], 50)) ?? 0);
}

/** Takes the item `log`: a list of records. */
export function takeLogs(payload: Loose, header: Loose, sender: Sender, tally: Tally): void {
  const origins = new Map<string, Origin>();
  for (const one of listOf(payload["items"])) {
    const log = objectOf(one);
    const body = log === undefined ? "" : textOf(log["body"]);
    if (log === undefined || body === "") {
      tally.reject("logs", "malformed", "a log record has no body", one);
      continue;
    }
    const { attributes } = typedAttributes(log["attributes"]);
    const scope = { ...streamedScope(attributes), server_name: attributes["server.address"] };
    tally.log({
      origin: sharedOrigin(origins, scope, header, sender),
      timeNs: instantNs(log["timestamp"]) ?? tally.nowNs,
      observedNs: tally.nowNs,
      severity: severity(log),
      severityText: textOf(log["level"], 50),
      body,
      eventName: "",
      traceId: idOf(log["trace_id"], 16),
      spanId: idOf(attributes["sentry.trace.parent_span_id"] ?? log["span_id"], 8),
      attributes,
    });
  }
}

const kindOf = (type: string): number => metricKinds.findIndex((kind) => kind === type);

/** Takes the item `trace_metric`: counters, gauges and single observations. */
export function takeMetrics(payload: Loose, header: Loose, sender: Sender, tally: Tally): void {
  const origins = new Map<string, Origin>();
  for (const one of listOf(payload["items"])) {
    const metric = objectOf(one) ?? {};
    const name = textOf(metric["name"], 500);
    const value = numberOf(metric["value"]);
    const timeNs = instantNs(metric["timestamp"]) ?? tally.nowNs;
    if (name === "" || value === undefined || !fitsNs(timeNs)) {
      tally.reject("points", "malformed", "a metric has no name or no number", one);
      continue;
    }
    const { attributes } = typedAttributes(metric["attributes"]);
    const scope = { ...streamedScope(attributes), server_name: attributes["server.address"] };
    const type = textOf(metric["type"], 50);
    const isCounter = type === "counter";
    const isDistribution = type === "distribution";
    const seen: Distribution = {
      type: "explicit",
      bounds: [],
      counts: [1],
      min: value,
      max: value,
    };
    const traceId = idOf(metric["trace_id"], 16);
    const spanId = idOf(metric["span_id"], 8);
    tally.point({
      origin: sharedOrigin(origins, scope, header, sender),
      name,
      unit: textOf(metric["unit"], 100),
      description: "",
      kind: kindOf(isCounter ? "sum" : isDistribution ? "histogram" : "gauge"),
      temporality: isCounter || isDistribution ? "delta" : "none",
      monotonic: isCounter && value >= 0,
      startNs: timeNs,
      timeNs,
      attributes,
      value,
      count: isDistribution ? 1n : 0n,
      ...(isDistribution ? { distribution: seen } : {}),
      exemplars: traceId === "" ? [] : [{ timeNs, value, traceId, spanId }],
    });
  }
}
