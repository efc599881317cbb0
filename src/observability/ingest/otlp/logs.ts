import type { TableWriter } from "../../signals/batch.ts";
import type { Sheet } from "../sheet.ts";
import { column } from "./columns.ts";
import type { Context, RecordReader } from "./context.ts";
import { logError } from "./exceptions.ts";
import type { KnownOrigin } from "./origin.ts";

/** The most bytes of a log line. */
export const bodyBytesMax: number = 1024 * 1024;

/** The most bytes of short texts: names, severity texts, units. */
export const nameBytesMax = 4096;

const known = 0b1_1111_1110_1110;

function columnsOf(table: TableWriter) {
  return {
    table,
    origin: column(table, "origin"),
    time: column(table, "time_ns"),
    observed: column(table, "observed_ns"),
    severity: column(table, "severity"),
    severityText: column(table, "severity_text"),
    body: column(table, "body"),
    event: column(table, "event"),
    traceId: column(table, "trace_id"),
    spanId: column(table, "span_id"),
    pattern: column(table, "pattern"),
  };
}

/** Reads `LogRecord` messages into the columns of `logs`. */
export class LogReader implements RecordReader {
  private readonly context: Context;
  private columns: ReturnType<typeof columnsOf> | undefined;
  private origin: KnownOrigin | undefined;
  // Where the fields of the record being read lie: they come in any order, and what comes twice
  // counts once, so nothing is written before all is seen.
  private start = 0;
  private time = -1;
  private observed = -1;
  private severity = 0;
  private text = 0;
  private textEnd = 0;
  private body = -1;
  private bodyEnd = 0;
  private event = 0;
  private eventEnd = 0;
  private trace = 0;
  private traceEnd = 0;
  private span = 0;
  private spanEnd = 0;

  constructor(context: Context) {
    this.context = context;
  }

  scope(sheet: Sheet, origin: KnownOrigin): void {
    const { logs } = sheet.batch;
    if (this.columns?.table !== logs) this.columns = columnsOf(logs);
    this.context.pairs.into(logs);
    this.origin = origin;
  }

  record(end: number): void {
    const { context } = this;
    this.start = context.wire.at;
    if (context.full()) {
      context.wire.at = end;
      context.record();
      context.reject("limit", "more records than one request may hold", () => "");
      return;
    }
    context.record();
    this.scan(end);
    this.write(end);
    context.wire.at = end;
  }

  private clear(): void {
    this.time = -1;
    this.observed = -1;
    this.severity = 0;
    this.text = this.textEnd = 0;
    this.body = -1;
    this.event = this.eventEnd = 0;
    this.trace = this.traceEnd = 0;
    this.span = this.spanEnd = 0;
  }

  private scan(end: number): void {
    const { wire, pairs } = this.context;
    this.clear();
    while (wire.at < end) {
      const tag = wire.tag(end);
      switch (tag) {
        case 0x09: // time_unix_nano
          this.time = wire.fixed64(end);
          break;
        case 0x10: // severity_number
          this.severity = wire.int32(end);
          break;
        case 0x1a: // severity_text
          this.textEnd = wire.length(end);
          this.text = wire.at;
          wire.at = this.textEnd;
          break;
        case 0x2a: // body
          this.bodyEnd = wire.length(end);
          this.body = wire.at;
          wire.at = this.bodyEnd;
          break;
        case 0x32: // attributes
          pairs.add(wire.length(end));
          break;
        case 0x4a: // trace_id
          this.traceEnd = wire.length(end);
          this.trace = wire.at;
          wire.at = this.traceEnd;
          break;
        case 0x52: // span_id
          this.spanEnd = wire.length(end);
          this.span = wire.at;
          wire.at = this.spanEnd;
          break;
        case 0x59: // observed_time_unix_nano
          this.observed = wire.fixed64(end);
          break;
        case 0x62: // event_name
          this.eventEnd = wire.length(end);
          this.event = wire.at;
          wire.at = this.eventEnd;
          break;
        case 0x38: // dropped_attributes_count
          wire.varint(end);
          break;
        case 0x45: // flags
          wire.fixed32(end);
          break;
        default:
          wire.skip(tag, end, known);
      }
    }
  }

  private write(end: number): void {
    const { context, columns, origin } = this;
    const { values, wire } = context;
    if (columns === undefined || origin === undefined) return;
    if (!context.instant(this.time) || !context.instant(this.observed)) {
      return context.reject("time", "an instant past the year 2262", () => this.sample());
    }
    // Texts first: only they can turn out to be wrong, and then they are taken back.
    const { severityText, body, event } = columns;
    const before = [severityText.data.length, body.data.length, event.data.length] as const;
    values.utf8(severityText, this.text, this.textEnd, nameBytesMax);
    values.utf8(event, this.event, this.eventEnd, nameBytesMax);
    if (this.body < 0) body.utf8(wire.bytes, 0, 0);
    else {
      wire.at = this.body;
      values.put(this.bodyEnd, body, bodyBytesMax, "");
    }
    if (values.invalid || origin.invalid) {
      severityText.data.length = before[0];
      body.data.length = before[1];
      event.data.length = before[2];
      return context.reject("utf8", "a text is not UTF-8", () => this.sample());
    }
    this.scalars(columns, origin);
    context.pairs.finish();
    columns.table.rows++;
    context.accepted++;
    if (values.cut > 0 || context.pairs.leftOut > 0) context.trim(() => this.sample());
    if (context.pairs.exception) logError(context, origin, this.start, end);
  }

  private scalars(columns: ReturnType<typeof columnsOf>, origin: KnownOrigin): void {
    const { context, trace, span, severity } = this;
    const { wire, nowBytes } = context;
    columns.origin.raw8(origin.idBytes, 0);
    const observedIsSaid = !context.zero64(this.observed);
    // A sender that has no time of its own says when it saw the record; else now is the nearest.
    if (!context.zero64(this.time)) columns.time.raw8(wire.bytes, this.time);
    else if (observedIsSaid) columns.time.raw8(wire.bytes, this.observed);
    else columns.time.raw8(nowBytes, 0);
    if (observedIsSaid) columns.observed.raw8(wire.bytes, this.observed);
    else columns.observed.raw8(nowBytes, 0);
    columns.severity.i32(severity >= 0 && severity <= 24 ? severity : 0);
    // An invalid id means that there is none (logs.proto, `trace_id`).
    const traced = context.validId(trace, this.traceEnd, 16);
    columns.traceId.raw(wire.bytes, traced ? trace : -1, 16);
    const spanned = context.validId(span, this.spanEnd, 8);
    columns.spanId.raw(wire.bytes, spanned ? span : -1, 8);
    columns.pattern.utf8(wire.bytes, 0, 0);
  }

  private sample(): string {
    const { wire } = this.context;
    return this.body < 0 ? "" : wire.text(this.body, Math.min(this.bodyEnd, this.body + 500));
  }
}
