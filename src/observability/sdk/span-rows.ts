import type { SpanForm } from "../../core/tracing.ts";
import { ColumnWriter } from "../signals/columns.ts";
import type { AttributeValue, SpanEvent, SpanLink } from "../signals/records.ts";
import type { RecordBuffer } from "./buffer.ts";
import { putBytes, putPair, putText, setNanoseconds } from "./encode.ts";
import type { SpanColumns } from "./encode.ts";
import { weightOf } from "./sampling.ts";
import type { RecordedSpan } from "./span.ts";

/** The part of a span's row that is the same for every span of a form, as bytes. */
interface FormBytes {
  readonly name: Uint8Array;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  readonly types: string;
  readonly typesText: Uint8Array;
  /** Names of attributes, which a span may say anew. */
  readonly names: ReadonlySet<string>;
}

const copied = (column: ColumnWriter | undefined): Uint8Array =>
  Uint8Array.from(column?.data.written() ?? []);

function textBytes(value: string): Uint8Array {
  const column = new ColumnWriter("text");
  putText(column, value);
  return copied(column);
}

function formBytes(form: SpanForm): FormBytes {
  const map = new ColumnWriter("map");
  const entries = Object.entries(form.attributes);
  let types = "";
  for (const [key, value] of entries) types += putPair(map, key, value);
  return {
    name: textBytes(form.name),
    keys: copied(map.keys),
    values: copied(map.values),
    types,
    typesText: textBytes(types),
    names: new Set(entries.map(([key]) => key)),
  };
}

const plainLink = /^[0-9a-f]{16,32}$/;

/** Links as JSON; those of a batch of messages have no attributes, and there are many. */
function linksJson(links: readonly SpanLink[]): string {
  let text = "";
  for (const link of links) {
    const { traceId, spanId, attributes } = link;
    for (const _ in attributes) return json(links);
    if (!plainLink.test(traceId) || !plainLink.test(spanId)) return json(links);
    const one = `{"traceId":"${traceId}","spanId":"${spanId}","attributes":{}}`;
    text += text === "" ? `[${one}` : `,${one}`;
  }
  return `${text}]`;
}

/** JSON of events or links; of those that hold themselves, none. */
function json(list: readonly SpanEvent[] | readonly SpanLink[]): string {
  try {
    return JSON.stringify(list, (_key, one: unknown) =>
      typeof one === "bigint" ? one.toString() : one,
    );
  } catch {
    return "[]";
  }
}

/** OTLP's number of a kind of span, from that of OpenTelemetry's API. */
const otlpKind = (kind: number): number => kind + 1;

/** Whether a span says an attribute of its form anew. */
function saysAnew({ pairs }: RecordedSpan, { names }: FormBytes): boolean {
  if (names.size === 0) return false;
  for (let at = 0; at < pairs.length; at += 2) if (names.has(pairs[at] as string)) return true;
  return false;
}

/** Writes the attributes of a span; answers how many. */
function putAttributes(columns: SpanColumns, span: RecordedSpan, bytes: FormBytes): number {
  const { keys, values, map } = columns;
  const { pairs } = span;
  let types = "";
  if (saysAnew(span, bytes)) {
    for (const [key, value] of Object.entries(span.form.attributes)) {
      if (!pairs.includes(key)) types += putPair(map, key, value);
    }
  } else {
    putBytes(keys.data, bytes.keys);
    putBytes(values.data, bytes.values);
    if (pairs.length === 0) {
      putBytes(columns.types.data, bytes.typesText);
      return bytes.types.length;
    }
    types = bytes.types;
  }
  for (let at = 0; at < pairs.length; at += 2) {
    types += putPair(map, pairs[at] as string, pairs[at + 1] as AttributeValue);
  }
  putText(columns.types, types);
  return types.length;
}

function putIds({ sized }: SpanColumns, row: number, span: RecordedSpan): void {
  const { trace } = span;
  const traceIds = sized.trace_id.view;
  traceIds.setInt32(row * 16, trace.first);
  traceIds.setInt32(row * 16 + 4, trace.second);
  traceIds.setInt32(row * 16 + 8, trace.third);
  traceIds.setInt32(row * 16 + 12, trace.fourth);
  const spanIds = sized.span_id.view;
  spanIds.setInt32(row * 8, span.high);
  spanIds.setInt32(row * 8 + 4, span.low);
  const parents = sized.parent_span_id.view;
  parents.setInt32(row * 8, span.parentHigh);
  parents.setInt32(row * 8 + 4, span.parentLow);
}

/** Writes what few spans have. */
function putRare(columns: SpanColumns, row: number, span: RecordedSpan): void {
  const { state, rare } = span;
  if (state !== undefined) columns.traceState.put(row, state);
  if (rare === undefined) return;
  const { statusMessage, events, links } = rare;
  if (statusMessage !== "") columns.statusMessage.put(row, statusMessage);
  if (events !== undefined) columns.events.put(row, json(events));
  if (links !== undefined && links.length > 0) columns.links.put(row, linksJson(links));
}

/** Keeps the weight of the last `tracestate`: it is the same for most spans. */
function weights(): (state: string | undefined) => number {
  let last: string | undefined;
  let weight = 1;
  return (state) => {
    if (state !== last) {
      last = state;
      weight = weightOf(state);
    }
    return weight;
  };
}

/** Writes a span into the columns of the batch under construction. */
type WriteSpan = (span: RecordedSpan) => void;

function spanWriter(buffer: RecordBuffer): WriteSpan {
  const forms = new WeakMap<SpanForm, FormBytes>();
  const columns = buffer.columns.spans;
  const { sized } = columns;
  const table = buffer.batch.spans;
  const weightFor = weights();
  const bytesOf = (form: SpanForm): FormBytes => {
    let known = forms.get(form);
    if (known === undefined) forms.set(form, (known = formBytes(form)));
    return known;
  };
  return (span) => {
    const { form, startMs, origin, rare } = span;
    buffer.use(origin);
    const bytes = bytesOf(form);
    const row = table.rows;
    columns.reserve(row);
    sized.origin.view.setInt32(row * 8, origin.low, true);
    sized.origin.view.setInt32(row * 8 + 4, origin.high, true);
    putIds(columns, row, span);
    if (rare?.name === undefined) putBytes(columns.name.data, bytes.name);
    else putText(columns.name, rare.name);
    sized.kind.view.setInt32(row * 4, otlpKind(form.kind), true);
    setNanoseconds(sized.start_ns.view, row * 8, startMs);
    setNanoseconds(sized.duration_ns.view, row * 8, span.endMs - startMs);
    sized.status.view.setInt32(row * 4, rare?.status ?? 0, true);
    sized.weight.view.setFloat64(row * 8, weightFor(span.state), true);
    const attributes = putAttributes(columns, span, bytes);
    sized.attributes.view.setUint16(row * 2, attributes, true);
    putRare(columns, row, span);
    table.rows = row + 1;
  };
}

/** Spans that are written in one go. */
const groupSpans = 32;

/**
 * Takes spans that have ended. They are written some at a time: between other work a span alone
 * finds neither the code nor any of the columns in the processor's caches, and those that wait long
 * are no longer there themselves, and are moved by each collection of garbage.
 */
export function spanRows(buffer: RecordBuffer): WriteSpan {
  const write = spanWriter(buffer);
  const ended: RecordedSpan[] = [];
  const writeEnded = (): void => {
    for (const span of ended) write(span);
    ended.length = 0;
  };
  buffer.beforeCut(writeEnded);
  return (span) => {
    if (ended.push(span) === groupSpans) writeEnded();
    buffer.added();
  };
}
