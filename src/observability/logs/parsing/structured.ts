import type { Extracted } from "./formats.ts";

/** Attributes that one rule takes out of a record at most. */
export const extractedMax = 128;
/** Levels of nested objects that become dotted keys; deeper ones stay JSON text. */
const depthMax = 4;
/** Characters of one value. */
const valueCharsMax = 65_536;

type Value = string | number | boolean;

const bodyKeys = ["message", "msg", "body", "log", "event"] as const;
const levelKeys = ["level", "severity", "lvl", "loglevel", "log.level", "severity_text"] as const;
const timeKeys = ["time", "timestamp", "@timestamp", "ts", "datetime"] as const;
const traceKeys = ["trace_id", "traceId", "trace.id", "traceID", "dd.trace_id"] as const;
const spanKeys = ["span_id", "spanId", "span.id", "spanID", "dd.span_id"] as const;

function take(values: Map<string, Value>, keys: readonly string[]): Value | undefined {
  for (const key of keys) {
    const value = values.get(key);
    if (value === undefined || typeof value === "boolean") continue;
    values.delete(key);
    return value;
  }
  return undefined;
}

const isHex = (value: Value | undefined, length: number): value is string =>
  typeof value === "string" && value.length === length && /^[0-9a-f]+$/i.test(value);

/** Pairs as a record's parts: those with a well-known name become its own. */
function partsOf(values: Map<string, Value>): Extracted {
  const body = take(values, bodyKeys);
  const level = take(values, levelKeys);
  const time = take(values, timeKeys);
  const traceKey = traceKeys.find((key) => isHex(values.get(key), 32));
  const spanKey = spanKeys.find((key) => isHex(values.get(key), 16));
  const traceId = traceKey === undefined ? undefined : (values.get(traceKey) as string);
  const spanId = spanKey === undefined ? undefined : (values.get(spanKey) as string);
  if (traceKey !== undefined) values.delete(traceKey);
  if (spanKey !== undefined) values.delete(spanKey);
  return {
    attributes: Object.fromEntries(values),
    ...(body === undefined ? {} : { body: String(body) }),
    ...(level === undefined || typeof level === "boolean" ? {} : { level }),
    ...(time === undefined || typeof time === "boolean" ? {} : { time }),
    ...(traceId === undefined ? {} : { traceId: traceId.toLowerCase() }),
    ...(spanId === undefined ? {} : { spanId: spanId.toLowerCase() }),
  };
}

function flatten(object: object, prefix: string, depth: number, into: Map<string, Value>): void {
  for (const [name, value] of Object.entries(object) as [string, unknown][]) {
    if (into.size >= extractedMax) return;
    const key = prefix + name;
    if (value === null || value === undefined) continue;
    if (typeof value === "string") into.set(key, value.slice(0, valueCharsMax));
    else if (typeof value === "number" || typeof value === "boolean") into.set(key, value);
    else if (Array.isArray(value) || depth === 0) {
      into.set(key, JSON.stringify(value).slice(0, valueCharsMax));
    } else if (typeof value === "object") flatten(value, `${key}.`, depth - 1, into);
  }
}

/** Reads a JSON object; undefined if the text is none. */
export function readJson(text: string): Extracted | undefined {
  const start = text.trimStart();
  if (!start.startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(start);
  } catch {
    return undefined;
  }
  const values = new Map<string, Value>();
  flatten(value as object, "", depthMax, values);
  return partsOf(values);
}

const pair =
  /([A-Za-z_@][\w.@/-]{0,127})=(?:"((?:[^"\\]|\\.){0,65536})"|([^\s"]{0,65536}))(?=\s|$)/y;

function typed(text: string): Value {
  if (text === "true" || text === "false") return text === "true";
  if (!/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return text;
  return String(Number(text)) === text ? Number(text) : text;
}

/** Reads `key=value key="a value"`; undefined if the text holds anything else, or one pair only. */
export function readLogfmt(text: string): Extracted | undefined {
  const values = new Map<string, Value>();
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at++;
      continue;
    }
    pair.lastIndex = at;
    const found = pair.exec(text);
    if (found === null) return undefined;
    const [whole, key = "", quoted, bare = ""] = found;
    at += whole.length;
    if (values.size >= extractedMax) continue;
    if (quoted === undefined) values.set(key, typed(bare));
    else
      values.set(
        key,
        quoted.replaceAll(/\\(.)/g, (_all, char: string) => unescaped[char] ?? char),
      );
  }
  return values.size < 2 ? undefined : partsOf(values);
}

const unescaped: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
