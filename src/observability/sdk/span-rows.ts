import type { SpanForm } from "../../core/tracing.ts";
import { ColumnWriter } from "../signals/columns.ts";
import type { AttributeValue, SpanLink } from "../signals/records.ts";
import type { KnownOrigin, RecordBuffer } from "./buffer.ts";
import { putBytes, putHex, putNanoseconds, putPair, putText } from "./encode.ts";
import { weightOf } from "./sampling.ts";
import type { RecordedSpan } from "./span.ts";

/** The part of a span's row that is the same for every span of a form, as bytes. */
interface FormBytes {
  readonly name: Uint8Array;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  readonly types: string;
  /** Names of attributes, which a span may say anew. */
  readonly names: ReadonlySet<string>;
}

function formBytes(form: SpanForm): FormBytes {
  const name = new ColumnWriter("text");
  putText(name, form.name);
  const map = new ColumnWriter("map");
  const entries = Object.entries(form.attributes);
  let types = "";
  for (const [key, value] of entries) types += putPair(map, key, value);
  const copied = (column: ColumnWriter | undefined): Uint8Array =>
    Uint8Array.from(column?.data.written() ?? []);
  return {
    name: copied(name),
    keys: copied(map.keys),
    values: copied(map.values),
    types,
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

const json = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? one.toString() : one));

/** OTLP's number of a kind of span, from that of OpenTelemetry's API. */
const otlpKind = (kind: number): number => kind + 1;

/** Writes spans into the batch under construction. */
export function spanRows(buffer: RecordBuffer): (span: RecordedSpan, origin: KnownOrigin) => void {
  const forms = new WeakMap<SpanForm, FormBytes>();
  const { spans } = buffer.columns;
  let state: string | undefined;
  let weight = 1;
  const weightFor = (given: string | undefined): number => {
    if (given !== state) {
      state = given;
      weight = weightOf(given);
    }
    return weight;
  };
  const bytesOf = (form: SpanForm): FormBytes => {
    let known = forms.get(form);
    if (known === undefined) forms.set(form, (known = formBytes(form)));
    return known;
  };
  const putAttributes = ({ form, pairs }: RecordedSpan, bytes: FormBytes): void => {
    const { attributes: map, attribute_types: typeColumn } = spans;
    const own = bytes.types.length > 0 && pairs.some((key, at) => at % 2 === 0 && has(bytes, key));
    let types = "";
    if (!own && map.keys !== undefined && map.values !== undefined) {
      putBytes(map.keys.data, bytes.keys);
      putBytes(map.values.data, bytes.values);
      types = bytes.types;
    } else {
      for (const [key, value] of Object.entries(form.attributes)) {
        if (!pairs.includes(key)) types += putPair(map, key, value);
      }
    }
    for (let at = 0; at < pairs.length; at += 2) {
      types += putPair(map, pairs[at] as string, pairs[at + 1] as AttributeValue);
    }
    map.pairs(types.length);
    putText(typeColumn, types);
  };
  return (span, origin) => {
    buffer.use(origin);
    const { form, startMs } = span;
    const bytes = bytesOf(form);
    spans.origin.i64(origin.id);
    putHex(spans.trace_id, span.traceId, 16);
    putHex(spans.span_id, span.spanId, 8);
    putHex(spans.parent_span_id, span.parentSpanId, 8);
    putText(spans.trace_state, span.state ?? "");
    if (span.name === form.name) putBytes(spans.name.data, bytes.name);
    else putText(spans.name, span.name);
    spans.kind.i32(otlpKind(form.kind));
    putNanoseconds(spans.start_ns, startMs);
    putNanoseconds(spans.duration_ns, span.endMs - startMs);
    spans.status.i32(span.status);
    putText(spans.status_message, span.statusMessage);
    putText(spans.events, span.events === undefined ? "" : json(span.events));
    putText(spans.links, (span.links?.length ?? 0) === 0 ? "" : linksJson(span.links ?? []));
    spans.weight.f64(weightFor(span.state));
    putAttributes(span, bytes);
    buffer.batch.spans.rows++;
    buffer.added();
  };
}

const has = ({ names }: FormBytes, key: unknown): boolean => names.has(key as string);
