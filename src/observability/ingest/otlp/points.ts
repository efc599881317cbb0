import type { TableWriter } from "../../signals/batch.ts";
import type { Sheet } from "../sheet.ts";
import { column } from "./columns.ts";
import type { Context, RecordReader } from "./context.ts";
import { nameBytesMax } from "./logs.ts";
import type { KnownOrigin } from "./origin.ts";
import { PointParts } from "./point-parts.ts";
import { pointFields } from "./point-fields.ts";
import type { PointFields } from "./point-fields.ts";

const metricKnown = 0b1_1110_1010_1110;
/** Of `Gauge`, `Sum`, `Histogram` ...: points, temporality, whether it is monotonic. */
const dataKnown = 0b1110;
/** Bit of `flags` that says: there is no value (`DataPointFlags.NO_RECORDED_VALUE_MASK`). */
const noValue = 1;

function columnsOf(table: TableWriter) {
  return {
    table,
    origin: column(table, "origin"),
    name: column(table, "name"),
    unit: column(table, "unit"),
    description: column(table, "description"),
    kind: column(table, "kind"),
    temporality: column(table, "temporality"),
    monotonic: column(table, "monotonic"),
    start: column(table, "start_ns"),
    time: column(table, "time_ns"),
    value: column(table, "value"),
    count: column(table, "count"),
    distribution: column(table, "distribution"),
    exemplars: column(table, "exemplars"),
  };
}

/** Reads `Metric` messages: each of their data points becomes a row of `points`. */
export class PointReader implements RecordReader {
  private readonly context: Context;
  private readonly parts: PointParts;
  private columns: ReturnType<typeof columnsOf> | undefined;
  private origin: KnownOrigin | undefined;
  private name = 0;
  private nameEnd = 0;
  private description = 0;
  private descriptionEnd = 0;
  private unit = 0;
  private unitEnd = 0;
  private temporality = 0;
  private monotonic = 0;

  constructor(context: Context) {
    this.context = context;
    this.parts = new PointParts(context);
  }

  scope(sheet: Sheet, origin: KnownOrigin): void {
    const { points } = sheet.batch;
    if (this.columns?.table !== points) this.columns = columnsOf(points);
    this.context.pairs.into(points);
    this.origin = origin;
  }

  /** Reads one metric. Its data may come before its name: the points are read last. */
  record(end: number): void {
    const { wire } = this.context;
    this.name = this.nameEnd = 0;
    this.description = this.descriptionEnd = 0;
    this.unit = this.unitEnd = 0;
    let data = -1;
    let dataEnd = 0;
    let field = 0;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if ((tag & 7) !== 2) {
        wire.skip(tag, end, metricKnown);
        continue;
      }
      const stop = wire.length(end);
      const { at } = wire;
      wire.at = stop;
      if (tag === 0x0a) [this.name, this.nameEnd] = [at, stop];
      else if (tag === 0x12) [this.description, this.descriptionEnd] = [at, stop];
      else if (tag === 0x1a) [this.unit, this.unitEnd] = [at, stop];
      else if (pointFields[tag >>> 3] !== undefined) {
        [data, dataEnd, field] = [at, stop, tag >>> 3];
      }
    }
    const fields = pointFields[field];
    if (fields !== undefined) this.data(fields, data, dataEnd);
    wire.at = end;
  }

  /** Reads the points of a metric; what holds for all of them may come behind them. */
  private data(fields: PointFields, start: number, end: number): void {
    const { wire } = this.context;
    this.temporality = this.monotonic = 0;
    wire.message = fields.message;
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x10) this.temporality = wire.int32(end);
      else if (tag === 0x18) this.monotonic = wire.int32(end);
      else if (tag === 0x0a) wire.at = wire.length(end);
      else wire.skip(tag, end, dataKnown);
    }
    wire.at = start;
    wire.message = `${fields.message}DataPoint`;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x0a) this.point(fields, wire.length(end));
      else wire.step(tag & 7, end);
    }
    wire.message = "Metric";
  }

  private point(fields: PointFields, end: number): void {
    const { context, parts } = this;
    context.record();
    if (context.full()) {
      context.reject("limit", "more points than one request may hold", () => "");
    } else {
      parts.scan(fields, end);
      this.write(fields);
    }
    context.wire.at = end;
  }

  private flaw(fields: PointFields): readonly [reason: string, text: string] | undefined {
    const { context, parts } = this;
    if (this.nameEnd === this.name) return ["no-name", "the metric has no name"];
    if (context.zero64(parts.time)) return ["time", "time_unix_nano is missing"];
    if (!context.instant(parts.start) || !context.instant(parts.time)) {
      return ["time", "an instant past the year 2262"];
    }
    if ((parts.flags & noValue) !== 0) return undefined;
    return parts.flaw(fields);
  }

  private write(fields: PointFields): void {
    const { context, columns, origin, parts } = this;
    const { values } = context;
    if (columns === undefined || origin === undefined) return;
    const sample = (): string => this.sample();
    const flaw = this.flaw(fields);
    if (flaw !== undefined) return context.reject(flaw[0], flaw[1], sample);
    const { name, unit, description } = columns;
    const before = [name.data.length, unit.data.length, description.data.length] as const;
    values.utf8(name, this.name, this.nameEnd, nameBytesMax);
    values.utf8(unit, this.unit, this.unitEnd, nameBytesMax);
    values.utf8(description, this.description, this.descriptionEnd, nameBytesMax);
    if (values.invalid || origin.invalid) {
      name.data.length = before[0];
      unit.data.length = before[1];
      description.data.length = before[2];
      return context.reject("utf8", "a text is not UTF-8", sample);
    }
    this.scalars(columns, origin, fields);
    context.pairs.finish();
    columns.table.rows++;
    context.accepted++;
    if (values.cut > 0 || context.pairs.leftOut > 0) context.trim(sample);
    if (parts.leftOut > 0) {
      const text = (): string => `${context.walk.where()}: more exemplars than the limit`;
      context.problems.add("exemplars", false, text, sample);
    }
  }

  private scalars(
    columns: ReturnType<typeof columnsOf>,
    origin: KnownOrigin,
    fields: PointFields,
  ): void {
    const { context, parts, temporality } = this;
    const { wire } = context;
    const absent = (parts.flags & noValue) !== 0;
    columns.origin.raw8(origin.idBytes, 0);
    columns.kind.i32(fields.kind);
    columns.temporality.i32(temporality === 1 || temporality === 2 ? temporality : 0);
    columns.monotonic.i32(this.monotonic === 0 ? 0 : 1);
    columns.start.raw(wire.bytes, parts.start, 8);
    columns.time.raw8(wire.bytes, parts.time);
    columns.value.f64(absent ? Number.NaN : parts.value());
    columns.count.raw(wire.bytes, absent ? -1 : parts.count, 8);
    columns.distribution.text(absent ? "" : parts.distribution(fields));
    columns.exemplars.text(parts.exemplarsJson());
  }

  private sample(): string {
    return `metric ${this.context.wire.text(this.name, Math.min(this.nameEnd, this.name + 500))}`;
  }
}
