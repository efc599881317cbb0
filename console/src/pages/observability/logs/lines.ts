import type { LogLine } from "../../../ui/logs/line.ts";

/** A log record as the API tells it. */
export interface LogAnswer {
  readonly id: string;
  readonly atMs: number;
  readonly severity: number;
  readonly service: string;
  readonly body: string;
  readonly event: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A log record as the list takes it. */
export function lineOf(record: LogAnswer): LogLine {
  const { id, atMs, severity, service, body, event, traceId, spanId } = record;
  const resource = Object.fromEntries(
    Object.entries(record.resource).map(([key, value]) => [`resource.${key}`, value]),
  );
  return {
    id,
    atMs,
    severity,
    service,
    body,
    fields: {
      ...(event === "" ? {} : { event }),
      ...record.attributes,
      ...(traceId === "" ? {} : { trace_id: traceId }),
      ...(spanId === "" ? {} : { span_id: spanId }),
      ...resource,
    },
    ...(traceId === "" ? {} : { traceId }),
    ...(spanId === "" ? {} : { spanId }),
  };
}

/** A value as a query writes it. */
export function quoted(value: string): string {
  return /^[\w./@-]{1,200}$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** A query with one more condition. */
export function withCondition(q: string, field: string, value: string, not: boolean): string {
  const condition = `${not ? "-" : ""}${field}:${quoted(value)}`;
  if (q.split(/\s+/).includes(condition)) return q;
  return q.trim() === "" ? condition : `${q.trim()} ${condition}`;
}

/** The words of a query that are looked for in the text of lines. */
export function wordsOf(q: string): readonly string[] {
  const words: string[] = [];
  for (const [, phrase, word] of q.matchAll(/(?:^|\s)(?:"([^"]+)"|([^\s:()"<>=~]+))(?=\s|$)/g)) {
    const found = phrase ?? word;
    if (found === undefined || found.startsWith("-")) continue;
    if (!["AND", "OR", "NOT"].includes(found)) words.push(found);
  }
  return words;
}
