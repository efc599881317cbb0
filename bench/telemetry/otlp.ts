/** OTLP requests in protobuf, as an SDK's exporter makes them: one resource and scope an origin. */
import type {
  Attributes,
  AttributeValue,
  LogRecord,
  Origin,
  SpanRecord,
} from "../../src/observability/signals/records.ts";

/**
 * Bytes of a protobuf message that grow; nested messages move when their length needs more room.
 */
class ProtoWriter {
  #bytes = Buffer.alloc(1 << 20);
  #length = 0;

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(this.#length + more, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  varint(value: number | bigint): void {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
    this.#bytes[this.#length++] = Number(rest);
  }

  #tag(field: number, wire: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = (field << 3) | wire;
  }

  integer(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    this.varint(value);
  }

  fixed64(field: number, value: bigint): void {
    this.#tag(field, 1);
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, 2);
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  text(field: number, value: string): void {
    this.message(field, () => {
      this.#reserve(value.length * 3);
      this.#length += this.#bytes.write(value, this.#length, "utf8");
    });
  }

  message(field: number, write: () => void): void {
    this.#tag(field, 2);
    this.#reserve(6);
    const start = ++this.#length;
    write();
    const size = this.#length - start;
    let more = 0;
    for (let rest = size >>> 7; rest > 0; rest >>>= 7) more++;
    if (more > 0) {
      this.#reserve(more);
      this.#bytes.copyWithin(start + more, start, this.#length);
      this.#length += more;
    }
    let at = start - 1;
    let rest = size;
    for (; rest > 127; rest >>>= 7) this.#bytes[at++] = (rest & 127) | 128;
    this.#bytes[at] = rest;
  }

  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }
}

function putValue(out: ProtoWriter, value: AttributeValue): void {
  if (typeof value === "number") out.integer(3, value);
  else if (typeof value === "string") out.text(1, value);
  else throw new TypeError("the shop has only texts and integers");
}

function putAttributes(out: ProtoWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    out.message(field, () => {
      out.text(1, key);
      out.message(2, () => putValue(out, value));
    });
  }
}

function enveloped<T extends { readonly origin: Origin }>(
  records: readonly T[],
  put: (out: ProtoWriter, record: T) => void,
): Buffer {
  const out = new ProtoWriter();
  for (const [origin, members] of Map.groupBy(records, (record) => record.origin)) {
    out.message(1, () => {
      out.message(1, () => putAttributes(out, 1, origin.resource));
      out.message(2, () => {
        out.message(1, () => {
          out.text(1, origin.scopeName);
          out.text(2, origin.scopeVersion);
        });
        for (const record of members) out.message(2, () => put(out, record));
      });
    });
  }
  return out.take();
}

const hex = (text: string): Buffer => Buffer.from(text, "hex");

/** An `ExportLogsServiceRequest`. */
export function logsRequest(records: readonly LogRecord[]): Buffer {
  return enveloped(records, (out, record) => {
    out.fixed64(1, record.timeNs);
    out.integer(2, record.severity);
    out.text(3, record.severityText);
    out.message(5, () => out.text(1, record.body));
    putAttributes(out, 6, record.attributes);
    out.bytes(9, hex(record.traceId));
    out.bytes(10, hex(record.spanId));
    out.fixed64(11, record.observedNs);
  });
}

/** An `ExportTraceServiceRequest`. */
export function spansRequest(records: readonly SpanRecord[]): Buffer {
  return enveloped(records, (out, record) => {
    out.bytes(1, hex(record.traceId));
    out.bytes(2, hex(record.spanId));
    if (record.parentSpanId !== "") out.bytes(4, hex(record.parentSpanId));
    out.text(5, record.name);
    out.integer(6, record.kind);
    out.fixed64(7, record.startNs);
    out.fixed64(8, record.startNs + record.durationNs);
    putAttributes(out, 9, record.attributes);
    if (record.status !== 0) {
      out.message(15, () => {
        out.text(2, record.statusMessage);
        out.integer(3, record.status);
      });
    }
  });
}
