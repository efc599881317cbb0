import { fitsNs } from "../../ingest/compat/json.ts";
import { levelInText } from "../../ingest/compat/level.ts";
import type { AttributeValue, LogRecord, Origin } from "../../signals/records.ts";
import { severityOf } from "../parsing/index.ts";
import { readJson, readLogfmt } from "../parsing/structured.ts";
import type { Extracted } from "../parsing/formats.ts";
import { timeOf } from "../parsing/times.ts";
import { exceptionOf } from "./exception.ts";
import type { Entry } from "./joiner.ts";

/** Where an entry came from. */
export interface EntrySource {
  readonly origin: Origin;
  /** `log.iostream` or `log.file.path`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The names under which pino, bunyan, winston and structlog write an exception. */
const exceptionKeys: Readonly<Record<string, readonly string[]>> = {
  "exception.type": ["err.type", "error.type", "err.name", "error.name", "exc_type"],
  "exception.message": ["err.message", "error.message", "exc_value"],
  "exception.stacktrace": [
    "err.stack",
    "error.stack",
    "error.stack_trace",
    "stack",
    "stack_trace",
    "stacktrace",
    "exc_info",
    "exception",
  ],
};

type Values = Record<string, AttributeValue>;

/** Names what is known of an exception by the semantic conventions, so that it is grouped. */
function nameException(values: Values): void {
  const stackKey = exceptionKeys["exception.stacktrace"]?.find((key) => {
    const value = values[key];
    return typeof value === "string" && value.includes("\n");
  });
  // A word called `error` alone is no exception: only what has a stack is one.
  if (stackKey === undefined || values["exception.type"] !== undefined) return;
  const stack = values[stackKey] as string;
  for (const [name, keys] of Object.entries(exceptionKeys)) {
    const found = name === "exception.stacktrace" ? stackKey : keys.find((key) => key in values);
    if (found === undefined) continue;
    values[name] ??= values[found] ?? "";
    delete values[found];
  }
  const read = exceptionOf(stack);
  values["exception.type"] ??= read?.["exception.type"] ?? "Error";
  values["exception.message"] ??= read?.["exception.message"] ?? "";
}

function timeNsOf(extracted: Extracted, otherwise: bigint): bigint {
  const found = extracted.time === undefined ? undefined : timeOf(extracted.time);
  return found !== undefined && fitsNs(found) ? found : otherwise;
}

/** A body that says something, for a line whose pairs hold none. */
function structured(
  text: string,
  extracted: Extracted,
  source: EntrySource,
  nowNs: bigint,
): LogRecord {
  const attributes: Values = { ...source.attributes, ...extracted.attributes };
  nameException(attributes);
  const { level, body, traceId = "", spanId = "" } = extracted;
  return {
    origin: source.origin,
    timeNs: timeNsOf(extracted, nowNs),
    observedNs: nowNs,
    severity: level === undefined ? 0 : (severityOf(level) ?? 0),
    severityText: typeof level === "string" ? level : "",
    body: body ?? text,
    eventName: "",
    traceId: /^0*$/.test(traceId) ? "" : traceId,
    spanId: /^0*$/.test(spanId) ? "" : spanId,
    attributes,
  };
}

const errorSeverity = 17;

/**
 * An entry as a record: JSON objects and `key=value` lines by their well-known keys (message,
 * level, time, trace, exception), text with the level that it names and the exception whose stack
 * it is.
 * @param nowNs when it came, nanoseconds since 1970
 */
export function recordOf({ text }: Entry, source: EntrySource, nowNs: bigint): LogRecord {
  const extracted = readJson(text) ?? (text.includes("\n") ? undefined : readLogfmt(text));
  if (extracted !== undefined) return structured(text, extracted, source, nowNs);
  const exception = exceptionOf(text);
  const said = levelInText(text);
  return {
    origin: source.origin,
    timeNs: nowNs,
    observedNs: nowNs,
    severity: said === 0 && exception !== undefined ? errorSeverity : said,
    severityText: "",
    body: text,
    eventName: "",
    traceId: "",
    spanId: "",
    attributes: { ...source.attributes, ...exception },
  };
}
