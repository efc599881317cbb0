import type { Clock } from "../../core/clock.ts";
import { currentContext } from "../../core/context.ts";
import { errorType } from "../../core/tracing.ts";
import { makeLog } from "../../core/log.ts";
import type { Log, LogLevel, LogLine } from "../../core/log.ts";
import type { AttributeValue, Origin } from "../signals/records.ts";
import { attributesMax, textOf } from "../signals/rows.ts";
import { knownOrigin } from "./buffer.ts";
import type { KnownOrigin, RecordBuffer } from "./buffer.ts";
import { putHex, putNanoseconds, putPair, putText } from "./encode.ts";
import { preciseTime } from "./tracer.ts";
import type { Fingerprint } from "./tracer.ts";

/** OTLP severity numbers of levels. */
export const severities: Readonly<Record<LogLevel, number>> = {
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
};

/** What the sink of logs works with. */
export interface LogSinkOptions {
  readonly clock: Clock;
  readonly buffer: RecordBuffer;
  readonly originOf: (service: string) => Origin;
  readonly fingerprint: Fingerprint;
}

function attributeOf(value: unknown): AttributeValue | undefined {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "bigint":
      return value;
    case "object":
      if (value instanceof Error) return String(value);
      // What JSON makes of it: dates as text, no functions, no cycles.
      try {
        return value === null ? null : (JSON.parse(JSON.stringify(value)) as AttributeValue);
      } catch {
        return "[cyclic]";
      }
    default:
      return undefined;
  }
}

/** The error among the fields of a line, as the conventions for exceptions name its parts. */
function exceptionOf(fields: Readonly<Record<string, unknown>>): Error | undefined {
  const { error, cause } = fields;
  if (error instanceof Error) return error;
  return cause instanceof Error ? cause : undefined;
}

/** Writes log lines into the batch under construction. */
export function logRows(options: LogSinkOptions): (line: LogLine) => void {
  const { clock, buffer, originOf, fingerprint } = options;
  const { logs } = buffer.columns;
  // Finer than a millisecond, so that lines of one are read in the order in which they were
  // written.
  const preciseMs = preciseTime(clock);
  const origins = new Map<string, KnownOrigin>();
  const originFor = (service: string): KnownOrigin => {
    let known = origins.get(service);
    if (known === undefined) origins.set(service, (known = knownOrigin(originOf(service))));
    return known;
  };
  const putFields = (fields: LogLine["fields"], error: Error | undefined): void => {
    let types = "";
    const put = (key: string, value: AttributeValue | undefined): void => {
      if (value === undefined || types.length >= attributesMax) return;
      types += putPair(logs.attributes, key, value);
    };
    for (const key in fields) if (key !== "service") put(key, attributeOf(fields[key]));
    if (error !== undefined) {
      put("exception.type", errorType(error));
      put("exception.message", error.message);
      put("exception.stacktrace", error.stack);
    }
    logs.attributes.pairs(types.length);
    putText(logs.attribute_types, types);
  };
  const report = (known: KnownOrigin, line: LogLine, error: Error, nowMs: number): void => {
    const { trace, identity = "" } = currentContext() ?? {};
    const text = (key: string): string => textOf(known.origin.resource[key] ?? "")[0];
    const { stack = "", message } = error;
    const type = errorType(error);
    buffer.records().error({
      origin: known.origin,
      timeNs: BigInt(Math.round(nowMs)) * 1_000_000n,
      type,
      message,
      stack,
      fingerprint: fingerprint(type, message, stack, text("service.name")),
      source: "log",
      handled: true,
      release: text("service.version"),
      user: identity,
      traceId: trace?.traceId ?? "",
      spanId: trace?.spanId ?? "",
      attributes: { "log.message": line.message },
      breadcrumbs: "",
    });
    buffer.added();
  };
  return (line) => {
    const { level, message, fields } = line;
    const { service } = fields;
    const known = originFor(typeof service === "string" && service !== "" ? service : "platform");
    const nowMs = preciseMs();
    const error = level === "error" ? exceptionOf(fields) : undefined;
    const trace = currentContext()?.trace;
    buffer.use(known);
    logs.origin.i64(known.id);
    putNanoseconds(logs.time_ns, nowMs);
    putNanoseconds(logs.observed_ns, nowMs);
    logs.severity.i32(severities[level]);
    putText(logs.severity_text, level.toUpperCase());
    putText(logs.body, message);
    putText(logs.event, "");
    putHex(logs.trace_id, trace?.traceId ?? "", 16);
    putHex(logs.span_id, trace?.spanId ?? "", 8);
    putText(logs.pattern, "");
    putFields(fields, error);
    buffer.batch.logs.rows++;
    buffer.added();
    if (error !== undefined) report(known, line, error, nowMs);
  };
}

/** Fields with errors as text: JSON would say nothing of them. */
function printable(fields: LogLine["fields"]): LogLine["fields"] {
  if (!Object.values(fields).some((value) => value instanceof Error)) return fields;
  const shown = Object.entries(fields).map(([key, value]) => [
    key,
    value instanceof Error ? (value.stack ?? String(value)) : value,
  ]);
  return Object.fromEntries(shown) as LogLine["fields"];
}

/** A log whose lines go to `log` with the trace that they belong to, and to the store. */
export function storedLog(log: Log, put: (line: LogLine) => void): Log {
  return makeLog((line) => {
    put(line);
    const trace = currentContext()?.trace;
    const { level, message } = line;
    const fields = printable(line.fields);
    if (trace === undefined) log[level](message, fields);
    else log[level](message, { ...fields, traceId: trace.traceId, spanId: trace.spanId });
  });
}
