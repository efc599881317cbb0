import type { Distribution } from "../../signals/records.ts";
import type { Context } from "./context.ts";
import {
  bucketsMax,
  exemplarsJson,
  readBuckets,
  readDoubles,
  readFixed,
  readQuantiles,
} from "./point-lists.ts";
import type { PointFields } from "./point-fields.ts";

/** Exemplars that a point may have; the rest is left out and counted. */
const exemplarsMax = 128;

const finite = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

/** The data point that is being read: where its fields lie, then what they say. */
export class PointParts {
  private readonly context: Context;
  start = -1;
  time = -1;
  count = -1;
  flags = 0;
  leftOut = 0;
  private double = -1;
  private integer = -1;
  private sum = -1;
  private min = -1;
  private max = -1;
  private scale = 0;
  private zeroCount = -1;
  private positive = { offset: 0, counts: [] as number[] };
  private negative = { offset: 0, counts: [] as number[] };
  private counts: number[] = [];
  private bounds: number[] = [];
  private quantiles: { quantile: number; value: number }[] = [];
  private readonly exemplars: number[] = [];

  constructor(context: Context) {
    this.context = context;
  }

  private clear(): void {
    this.start = this.time = this.count = -1;
    this.flags = this.leftOut = this.scale = 0;
    this.double = this.integer = this.sum = this.min = this.max = this.zeroCount = -1;
    this.counts = [];
    this.bounds = [];
    this.quantiles = [];
    this.positive = { offset: 0, counts: [] };
    this.negative = { offset: 0, counts: [] };
    this.exemplars.length = 0;
  }

  /** Reads the fields of the point from `wire.at` to `end`. */
  scan(fields: PointFields, end: number): void {
    const { wire, pairs } = this.context;
    this.clear();
    while (wire.at < end) {
      const tag = wire.tag(end);
      const field = tag >>> 3;
      const type = tag & 7;
      if (type === 2 && field === fields.attributes) pairs.add(wire.length(end));
      else if (type === 1) this.fixed(fields, field, wire.fixed64(end));
      else if (type === 0) this.varint(fields, field, end);
      else if (type === 2) this.list(fields, field, wire.length(end));
      else wire.skip(tag, end, 0);
    }
  }

  private fixed(fields: PointFields, field: number, at: number): void {
    const { wire } = this.context;
    switch (field) {
      case 2:
        this.start = at;
        break;
      case 3:
        this.time = at;
        break;
      case fields.count:
        this.count = at;
        break;
      case fields.sum:
        this.sum = at;
        break;
      case fields.double:
        this.double = at;
        this.integer = -1;
        break;
      case fields.integer:
        this.integer = at;
        this.double = -1;
        break;
      case fields.min:
        this.min = at;
        break;
      case fields.max:
        this.max = at;
        break;
      case fields.zeroCount:
        this.zeroCount = at;
        break;
      case fields.bucketCounts: // not packed
        if (this.counts.length <= bucketsMax) this.counts.push(wire.number64(at));
        break;
      case fields.bounds: // not packed
        if (this.bounds.length <= bucketsMax) this.bounds.push(wire.view.getFloat64(at, true));
        break;
      case fields.zeroThreshold:
        break;
      default:
        this.refuse(fields, field, "64 bits");
    }
  }

  private varint(fields: PointFields, field: number, end: number): void {
    const { wire } = this.context;
    if (field === fields.flags) this.flags = wire.int32(end);
    else if (field === fields.scale) this.scale = wire.sint32(end);
    else {
      this.refuse(fields, field, "varint");
      wire.varint(end);
    }
  }

  private list(fields: PointFields, field: number, end: number): void {
    const { wire, exemplars } = { wire: this.context.wire, exemplars: this.exemplars };
    switch (field) {
      case fields.bucketCounts:
        readFixed(wire, end, this.counts);
        break;
      case fields.bounds:
        readDoubles(wire, end, this.bounds);
        break;
      case fields.positive:
        this.positive = readBuckets(wire, end);
        break;
      case fields.negative:
        this.negative = readBuckets(wire, end);
        break;
      case fields.quantiles:
        if (this.quantiles.length <= bucketsMax) this.quantiles.push(readQuantiles(wire, end));
        break;
      case fields.exemplars:
        if (exemplars.length === exemplarsMax * 2) this.leftOut++;
        else exemplars.push(wire.at, end);
        break;
      default:
        this.refuse(fields, field, "length");
    }
    wire.at = end;
  }

  /** Fails when the message has the field, in another wire type. */
  private refuse(fields: PointFields, field: number, type: string): void {
    if (field < 32 && ((fields.known >>> field) & 1) === 1) {
      this.context.wire.fail("wire-type", `field ${field} does not come as ${type}`);
    }
  }

  /** What makes the point unusable. */
  flaw({ kind }: PointFields): readonly [reason: string, text: string] | undefined {
    if (kind <= 1) {
      return this.double < 0 && this.integer < 0
        ? ["no-value", "the point has no value"]
        : undefined;
    }
    const { counts, bounds, positive, negative, quantiles } = this;
    const most = Math.max(counts.length, positive.counts.length, negative.counts.length);
    if (Math.max(most, quantiles.length) > bucketsMax) {
      return ["limit", `more than ${bucketsMax} buckets`];
    }
    const empty = counts.length === 0 && bounds.length === 0;
    if (!empty && counts.length !== bounds.length + 1) {
      return ["buckets", "bucket_counts is not one longer than explicit_bounds"];
    }
    const rising = bounds.every((bound, index) => index === 0 || bound > Number(bounds[index - 1]));
    return rising ? undefined : ["buckets", "explicit_bounds do not rise"];
  }

  /** The value of a number, the sum of the others (0 where they say none). */
  value(): number {
    const { wire } = this.context;
    const at = Math.max(this.double, this.sum);
    if (at >= 0) return wire.view.getFloat64(at, true);
    return this.integer < 0 ? 0 : Number(wire.view.getBigInt64(this.integer, true));
  }

  private optional(at: number, key: "min" | "max"): { readonly [K in "min" | "max"]?: number } {
    const value = at < 0 ? undefined : finite(this.context.wire.view.getFloat64(at, true));
    return value === undefined ? {} : { [key]: value };
  }

  /** The distribution as JSON text; empty for a number. */
  distribution({ kind }: PointFields): string {
    if (kind <= 1) return "";
    const { wire } = this.context;
    const ends = { ...this.optional(this.min, "min"), ...this.optional(this.max, "max") };
    let made: Distribution;
    if (kind === 2) {
      made = { type: "explicit", bounds: this.bounds, counts: this.counts, ...ends };
    } else if (kind === 3) {
      const { scale, positive, negative } = this;
      const zeroCount = this.zeroCount < 0 ? 0 : wire.number64(this.zeroCount);
      made = { type: "exponential", scale, zeroCount, positive, negative, ...ends };
    } else made = { type: "quantiles", values: this.quantiles };
    return JSON.stringify(made);
  }

  /** The exemplars as JSON text; empty where there are none. */
  exemplarsJson(): string {
    return exemplarsJson(this.context, this.exemplars);
  }
}
