import type { Context } from "./context.ts";
import type { Wire } from "./reader.ts";

const exemplarKnown = 0b1111_1100;
const bucketsKnown = 0b110;

/** Buckets of a histogram, values of a summary; a point with more is rejected. */
export const bucketsMax = 16_384;

/** Reads packed fixed64 values up to `end`. */
export function readFixed(wire: Wire, end: number, into: number[]): void {
  while (wire.at < end && into.length <= bucketsMax) into.push(wire.number64(wire.fixed64(end)));
}

/** Reads packed doubles up to `end`. */
export function readDoubles(wire: Wire, end: number, into: number[]): void {
  while (wire.at < end && into.length <= bucketsMax) {
    into.push(wire.view.getFloat64(wire.fixed64(end), true));
  }
}

/** Reads `ExponentialHistogramDataPoint.Buckets`. */
export function readBuckets(wire: Wire, end: number): { offset: number; counts: number[] } {
  const found = { offset: 0, counts: [] as number[] };
  const count = (stop: number): void => {
    wire.varint(stop);
    // One more than allowed is enough to tell that there are too many.
    if (found.counts.length <= bucketsMax) found.counts.push(wire.hi * 2 ** 32 + wire.lo);
  };
  while (wire.at < end) {
    const tag = wire.tag(end);
    if (tag === 0x08) found.offset = wire.sint32(end);
    else if (tag === 0x10) count(end);
    else if (tag === 0x12) {
      const stop = wire.length(end);
      while (wire.at < stop) count(stop);
    } else wire.skip(tag, end, bucketsKnown);
  }
  return found;
}

/** Reads `SummaryDataPoint.ValueAtQuantile`. */
export function readQuantiles(wire: Wire, end: number): { quantile: number; value: number } {
  const found = { quantile: 0, value: 0 };
  while (wire.at < end) {
    const tag = wire.tag(end);
    if (tag === 0x09) found.quantile = wire.view.getFloat64(wire.fixed64(end), true);
    else if (tag === 0x11) found.value = wire.view.getFloat64(wire.fixed64(end), true);
    else wire.skip(tag, end, 0b110);
  }
  return found;
}

function readExemplar(context: Context, end: number) {
  const { wire } = context;
  const found = { timeNs: "0", value: 0, traceId: "", spanId: "" };
  while (wire.at < end) {
    const tag = wire.tag(end);
    if (tag === 0x11) found.timeNs = String(wire.uint64(wire.fixed64(end)));
    else if (tag === 0x19) found.value = wire.view.getFloat64(wire.fixed64(end), true);
    else if (tag === 0x31) found.value = Number(wire.view.getBigInt64(wire.fixed64(end), true));
    else if (tag === 0x22 || tag === 0x2a) {
      const stop = wire.length(end);
      const size = tag === 0x22 ? 8 : 16;
      const id = context.validId(wire.at, stop, size) ? wire.hex(wire.at, stop) : "";
      if (size === 8) found.spanId = id;
      else found.traceId = id;
      wire.at = stop;
    } else if (tag === 0x3a) wire.at = wire.length(end);
    else wire.skip(tag, end, exemplarKnown);
  }
  return found;
}

/** Exemplars as JSON text: their stretches one after the other, start and end. */
export function exemplarsJson(context: Context, stretches: readonly number[]): string {
  if (stretches.length === 0) return "";
  const { wire } = context;
  const read = [];
  for (let index = 0; index < stretches.length; index += 2) {
    wire.at = stretches[index] as number;
    read.push(readExemplar(context, stretches[index + 1] as number));
  }
  return JSON.stringify(read);
}
