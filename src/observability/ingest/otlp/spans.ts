import type { ColumnWriter } from "../../signals/columns.ts";
import type { TableWriter } from "../../signals/batch.ts";
import { attributesMax } from "../../signals/rows.ts";
import type { Sheet } from "../sheet.ts";
import { column } from "./columns.ts";
import type { Context, RecordReader } from "./context.ts";
import { eventsMax, SpanParts } from "./span-parts.ts";
import { nameBytesMax } from "./logs.ts";
import type { KnownOrigin } from "./origin.ts";

const known = 0b1_1111_1111_1111_1110;
const statusKnown = 0b1100;

function columnsOf(table: TableWriter) {
  return {
    table,
    origin: column(table, "origin"),
    traceId: column(table, "trace_id"),
    spanId: column(table, "span_id"),
    parent: column(table, "parent_span_id"),
    traceState: column(table, "trace_state"),
    name: column(table, "name"),
    kind: column(table, "kind"),
    start: column(table, "start_ns"),
    duration: column(table, "duration_ns"),
    status: column(table, "status"),
    statusMessage: column(table, "status_message"),
    events: column(table, "events"),
    links: column(table, "links"),
    weight: column(table, "weight"),
  };
}

/** Reads `Span` messages into the columns of `spans`. */
export class SpanReader implements RecordReader {
  private readonly context: Context;
  private readonly parts: SpanParts;
  private columns: ReturnType<typeof columnsOf> | undefined;
  private origin: KnownOrigin | undefined;
  private from = 0;
  private trace = 0;
  private traceEnd = 0;
  private span = 0;
  private spanEnd = 0;
  private parent = 0;
  private parentEnd = 0;
  private state = 0;
  private stateEnd = 0;
  private name = 0;
  private nameEnd = 0;
  private kind = 0;
  private start = -1;
  private stop = -1;
  private status = 0;
  private statusText = 0;
  private statusTextEnd = 0;

  constructor(context: Context) {
    this.context = context;
    this.parts = new SpanParts(context);
  }

  scope(sheet: Sheet, origin: KnownOrigin): void {
    const { spans } = sheet.batch;
    if (this.columns?.table !== spans) this.columns = columnsOf(spans);
    this.context.pairs.into(spans);
    this.origin = origin;
  }

  record(end: number): void {
    const { context } = this;
    this.from = context.wire.at;
    context.record();
    if (context.full()) {
      context.reject("limit", "more spans than one request may hold", () => "");
    } else {
      this.scan(end);
      this.write(end);
    }
    context.wire.at = end;
  }

  private clear(): void {
    this.trace = this.traceEnd = 0;
    this.span = this.spanEnd = 0;
    this.parent = this.parentEnd = 0;
    this.state = this.stateEnd = 0;
    this.name = this.nameEnd = 0;
    this.kind = 0;
    this.start = this.stop = -1;
    this.status = 0;
    this.statusText = this.statusTextEnd = 0;
    this.parts.clear();
  }

  private scan(end: number): void {
    const { wire, pairs } = this.context;
    this.clear();
    while (wire.at < end) {
      const tag = wire.tag(end);
      switch (tag) {
        case 0x0a: // trace_id
          this.traceEnd = wire.length(end);
          this.trace = wire.at;
          wire.at = this.traceEnd;
          break;
        case 0x12: // span_id
          this.spanEnd = wire.length(end);
          this.span = wire.at;
          wire.at = this.spanEnd;
          break;
        case 0x1a: // trace_state
          this.stateEnd = wire.length(end);
          this.state = wire.at;
          wire.at = this.stateEnd;
          break;
        case 0x22: // parent_span_id
          this.parentEnd = wire.length(end);
          this.parent = wire.at;
          wire.at = this.parentEnd;
          break;
        case 0x2a: // name
          this.nameEnd = wire.length(end);
          this.name = wire.at;
          wire.at = this.nameEnd;
          break;
        case 0x30: // kind
          this.kind = wire.int32(end);
          break;
        case 0x39: // start_time_unix_nano
          this.start = wire.fixed64(end);
          break;
        case 0x41: // end_time_unix_nano
          this.stop = wire.fixed64(end);
          break;
        case 0x4a: // attributes
          pairs.add(wire.length(end));
          break;
        default:
          this.rare(tag, end);
      }
    }
  }

  private rare(tag: number, end: number): void {
    const { wire } = this.context;
    switch (tag) {
      case 0x5a: // events
        this.parts.event(wire.length(end));
        break;
      case 0x6a: // links
        this.parts.link(wire.length(end));
        break;
      case 0x7a: // status
        this.readStatus(wire.length(end));
        break;
      case 0x50: // dropped_attributes_count
      case 0x60: // dropped_events_count
      case 0x70: // dropped_links_count
        wire.varint(end);
        break;
      case 0x85: // flags, whose tag has two bytes
        wire.fixed32(end);
        break;
      default:
        wire.skip(tag, end, known);
    }
  }

  private readStatus(end: number): void {
    const { wire } = this.context;
    this.status = 0;
    this.statusText = this.statusTextEnd = 0;
    wire.message = "Status";
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x12) {
        this.statusTextEnd = wire.length(end);
        this.statusText = wire.at;
        wire.at = this.statusTextEnd;
      } else if (tag === 0x18) this.status = wire.int32(end);
      else wire.skip(tag, end, statusKnown);
    }
    wire.message = "Span";
  }

  /** What makes a span unusable (trace.proto: the ids are required). */
  private flaw(): readonly [reason: string, text: string] | undefined {
    const { context } = this;
    if (!context.validId(this.trace, this.traceEnd, 16)) {
      return ["invalid-id", "trace_id is not 16 bytes with one that is not zero"];
    }
    if (!context.validId(this.span, this.spanEnd, 8)) {
      return ["invalid-id", "span_id is not 8 bytes with one that is not zero"];
    }
    if (this.parentEnd > this.parent && this.parentEnd - this.parent !== 8) {
      return ["invalid-id", "parent_span_id is not 8 bytes"];
    }
    if (context.zero64(this.start)) return ["time", "start_time_unix_nano is missing"];
    if (!context.instant(this.start) || !context.instant(this.stop)) {
      return ["time", "an instant past the year 2262"];
    }
    return undefined;
  }

  private write(end: number): void {
    const { context, columns, origin } = this;
    const { values } = context;
    if (columns === undefined || origin === undefined) return;
    const sample = (): string => this.sample();
    const flaw = this.flaw();
    if (flaw !== undefined) return context.reject(flaw[0], flaw[1], sample);
    const { name, traceState, statusMessage } = columns;
    const before = [name.data.length, traceState.data.length, statusMessage.data.length] as const;
    values.utf8(name, this.name, this.nameEnd, nameBytesMax);
    values.utf8(traceState, this.state, this.stateEnd, nameBytesMax);
    values.utf8(statusMessage, this.statusText, this.statusTextEnd, nameBytesMax);
    const events = this.parts.eventsJson();
    const links = this.parts.linksJson();
    if (values.invalid || origin.invalid) {
      name.data.length = before[0];
      traceState.data.length = before[1];
      statusMessage.data.length = before[2];
      return context.reject("utf8", "a text is not UTF-8", sample);
    }
    columns.events.text(events);
    columns.links.text(links);
    this.scalars(columns, origin);
    context.pairs.finish();
    columns.table.rows++;
    context.accepted++;
    this.tell(origin, end, sample);
  }

  private scalars(columns: ReturnType<typeof columnsOf>, origin: KnownOrigin): void {
    const { bytes } = this.context.wire;
    columns.origin.raw8(origin.idBytes, 0);
    columns.traceId.raw(bytes, this.trace, 16);
    columns.spanId.raw(bytes, this.span, 8);
    columns.parent.raw(bytes, this.parentEnd > this.parent ? this.parent : -1, 8);
    columns.kind.i32(this.kind >= 0 && this.kind <= 5 ? this.kind : 0);
    columns.start.raw8(bytes, this.start);
    this.putDuration(columns.duration);
    columns.status.i32(this.status >= 0 && this.status <= 2 ? this.status : 0);
    columns.weight.f64(1);
  }

  /**
   * Appends end minus start, in two halves since a bigint is dear; 0 where it would be negative.
   */
  private putDuration({ data }: ColumnWriter): void {
    const { view } = this.context.wire;
    data.reserve(8);
    let lo = 0;
    let hi = 0;
    if (this.stop >= 0) {
      const startLo = view.getUint32(this.start, true);
      const stopLo = view.getUint32(this.stop, true);
      lo = stopLo - startLo;
      const borrow = lo < 0 ? 1 : 0;
      hi = view.getUint32(this.stop + 4, true) - view.getUint32(this.start + 4, true) - borrow;
      if (hi < 0) lo = hi = 0;
    }
    data.view.setUint32(data.length, lo >>> 0, true);
    data.view.setUint32(data.length + 4, hi, true);
    data.length += 8;
  }

  /** Tells what the span says besides itself: exceptions, and what the limits left out. */
  private tell(origin: KnownOrigin, end: number, sample: () => string): void {
    const { context, parts } = this;
    const { values, pairs, wire, problems, walk } = context;
    if (values.cut > 0 || pairs.leftOut > 0) context.trim(sample);
    if (parts.leftOut > 0) {
      const text = (): string => `${walk.where()}: more than ${eventsMax} events or links`;
      problems.add("events", false, text, sample);
    }
    if (!parts.exception) return;
    parts.exceptions(
      origin,
      {
        traceId: wire.hex(this.trace, this.traceEnd),
        spanId: wire.hex(this.span, this.spanEnd),
        failed: this.status === 2,
      },
      values.attributes(this.from, end, 0x4a, attributesMax),
    );
  }

  private sample(): string {
    const { wire } = this.context;
    return `span ${wire.text(this.name, Math.min(this.nameEnd, this.name + 500))}`;
  }
}
