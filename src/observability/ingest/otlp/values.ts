import type { ColumnWriter } from "../../signals/columns.ts";
import type { Attributes, AttributeValue } from "../../signals/records.ts";
import { attributeBytesMax } from "../../signals/rows.ts";
import type { Wire } from "./reader.ts";

/** How deep arrays and maps may nest in a value. */
export const depthMax = 32;

/** Characters of `attribute_types` (see `tables`). */
export const typeCodes = { s: 115, i: 105, d: 100, b: 98, j: 106, y: 121 } as const;

const known = 0b1111_1110;
const entryKnown = 0b110;

/** A double as text that JSON takes: what JSON has no number for is a string, as in proto3 JSON. */
function jsonNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

/**
 * Reads `AnyValue` messages: a scalar goes into a column by copying its bytes or writing its
 * digits, without strings; what is nested becomes JSON text.
 */
export class Values {
  readonly wire: Wire;
  /** Set when a text was not UTF-8; whoever begins a record clears it. */
  invalid = false;
  /** Values that were longer than the limit, since the record began. */
  cut = 0;
  /** The value read last: its field number (0 for none), and where its bytes are. */
  private field = 0;
  private from = 0;
  private to = 0;
  private lo = 0;
  private hi = 0;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  /** Reads a value's fields from `wire.at` to `end`; the last one counts, as in every `oneof`. */
  private read(end: number): void {
    const { wire } = this;
    this.field = 0;
    while (wire.at < end) {
      const tag = wire.tag(end);
      switch (tag) {
        case 0x0a: // string_value
        case 0x2a: // array_value
        case 0x32: // kvlist_value
        case 0x3a: // bytes_value
          this.to = wire.length(end);
          this.from = wire.at;
          wire.at = this.to;
          break;
        case 0x10: // bool_value
        case 0x18: // int_value
          wire.varint(end);
          this.lo = wire.lo;
          this.hi = wire.hi;
          break;
        case 0x21: // double_value
          this.from = wire.fixed64(end);
          break;
        default:
          wire.skip(tag, end, known);
          continue;
      }
      this.field = tag >>> 3;
    }
  }

  /**
   * Reads the value that ends at `end` and appends it to `column` as one text of at most `bytesMax`
   * bytes.
   * @param absent the text of a value that is none
   * @returns its type, one of {@link typeCodes}
   */
  put(end: number, column: ColumnWriter, bytesMax: number, absent = "null"): number {
    this.read(end);
    switch (this.field) {
      case 0:
        column.text(absent);
        return typeCodes.j;
      case 1:
        this.utf8(column, this.from, this.to, bytesMax);
        return typeCodes.s;
      case 2:
        column.text((this.lo | this.hi) === 0 ? "false" : "true");
        return typeCodes.b;
      case 3:
        this.integer(column);
        return typeCodes.i;
      case 4:
        column.text(String(this.wire.view.getFloat64(this.from, true)));
        return typeCodes.d;
      case 7:
        return this.bytes(column, bytesMax);
      default:
        return this.nested(end, column, bytesMax);
    }
  }

  /** Appends the UTF-8 text between two places, cut between two characters past the limit. */
  utf8(column: ColumnWriter, from: number, to: number, bytesMax: number): void {
    const { wire } = this;
    if (!wire.utf8(from, to)) {
      this.invalid = true;
      column.utf8(wire.bytes, from, from);
      return;
    }
    let end = to;
    if (to - from > bytesMax) {
      this.cut++;
      end = from + bytesMax;
      while (end > from && ((wire.bytes[end] as number) & 0xc0) === 0x80) end--;
    }
    column.utf8(wire.bytes, from, end);
  }

  private bytes(column: ColumnWriter, bytesMax: number): number {
    // Whole groups of three bytes, so that what is left is base64 too.
    const most = Math.floor(bytesMax / 4) * 3;
    if (this.to - this.from > most) this.cut++;
    column.text(this.wire.base64(this.from, Math.min(this.to, this.from + most)));
    return typeCodes.y;
  }

  private nested(end: number, column: ColumnWriter, bytesMax: number): number {
    const text = this.json(1);
    this.wire.at = end;
    // A UTF-16 unit is at most three bytes: only what may be too long is measured.
    if (text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax) {
      // What is cut is no JSON any more, so it is not called JSON.
      this.cut++;
      column.text(text.slice(0, Math.floor(bytesMax / 3)));
      return typeCodes.s;
    }
    column.text(text);
    return typeCodes.j;
  }

  /** Appends an integer's digits. */
  private integer(column: ColumnWriter): void {
    const { lo, hi } = this;
    const { data } = column;
    if (hi !== 0 || lo > 0x7fffffff) {
      column.text(this.digits());
      return;
    }
    let size = 1;
    for (let rest = lo; rest > 9; rest = (rest / 10) | 0) size++;
    data.reserve(4 + size);
    data.view.setUint32(data.length, size, true);
    const { bytes } = data;
    let at = data.length + 4 + size;
    data.length = at;
    for (let rest = lo; size > 0; size--) {
      const tens = (rest / 10) | 0;
      bytes[--at] = 48 + rest - tens * 10;
      rest = tens;
    }
  }

  /** The integer read last, as exact digits. */
  private digits(): string {
    const near = (this.hi | 0) * 2 ** 32 + this.lo;
    if (Number.isSafeInteger(near)) return String(near);
    return String((BigInt(this.hi | 0) << 32n) | BigInt(this.lo));
  }

  /** The value read last as JSON text; integers keep all their digits. */
  private json(depth: number): string {
    const { wire } = this;
    switch (this.field) {
      case 1:
        return this.quoted(this.from, this.to);
      case 2:
        return (this.lo | this.hi) === 0 ? "false" : "true";
      case 3:
        return this.digits();
      case 4:
        return jsonNumber(wire.view.getFloat64(this.from, true));
      case 5:
        return this.list(depth);
      case 6:
        return this.map(depth);
      case 7:
        return `"${wire.base64(this.from, this.to)}"`;
      default:
        return "null";
    }
  }

  private quoted(from: number, to: number): string {
    if (!this.wire.utf8(from, to)) this.invalid = true;
    return JSON.stringify(this.wire.text(from, to));
  }

  /** Steps into the list that was read last, calling `each` at every element. */
  private into(depth: number, each: (end: number) => void): void {
    const { wire, from, to } = this;
    if (depth > depthMax) wire.fail("depth", `a value nests deeper than ${depthMax}`);
    wire.at = from;
    while (wire.at < to) {
      const tag = wire.tag(to);
      if (tag === 0x0a) each(wire.length(to));
      else wire.skip(tag, to, 0b10);
    }
  }

  private list(depth: number): string {
    const parts: string[] = [];
    this.into(depth, (end) => {
      this.read(end);
      parts.push(this.json(depth + 1));
      this.wire.at = end;
    });
    return `[${parts.join(",")}]`;
  }

  private map(depth: number): string {
    const parts = new Map<string, string>();
    this.into(depth, (end) => {
      const entry = this.entry(end);
      if (entry.value < 0) this.field = 0;
      else {
        this.wire.at = entry.value;
        this.read(entry.valueEnd);
      }
      const key = this.quotedKey(entry.key, entry.keyEnd);
      parts.set(key, this.json(depth + 1));
      this.wire.at = end;
    });
    let text = "";
    for (const [key, value] of parts) text += `${text === "" ? "" : ","}${key}:${value}`;
    return `{${text}}`;
  }

  /** A key in quotes, without touching the value that was read. */
  private quotedKey(from: number, to: number): string {
    return from < 0 ? '""' : this.quoted(from, to);
  }

  /** Where the key and the value of the `KeyValue` that ends at `end` lie; -1 for none. */
  private entry(end: number): { key: number; keyEnd: number; value: number; valueEnd: number } {
    const { wire } = this;
    const found = { key: -1, keyEnd: -1, value: -1, valueEnd: -1 };
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x0a) {
        found.keyEnd = wire.length(end);
        found.key = wire.at;
        wire.at = found.keyEnd;
      } else if (tag === 0x12) {
        found.valueEnd = wire.length(end);
        found.value = wire.at;
        wire.at = found.valueEnd;
      } else wire.skip(tag, end, entryKnown);
    }
    return found;
  }

  /** The value that ends at `end`, as a value: for what is read rarely. */
  value(end: number, depth: number): AttributeValue {
    const { wire } = this;
    this.read(end);
    switch (this.field) {
      case 1:
        if (!wire.utf8(this.from, this.to)) this.invalid = true;
        return wire.text(this.from, this.to).slice(0, attributeBytesMax);
      case 2:
        return (this.lo | this.hi) !== 0;
      case 3: {
        const text = this.digits();
        const near = Number(text);
        return Number.isSafeInteger(near) ? near : BigInt(text);
      }
      case 4:
        return wire.view.getFloat64(this.from, true);
      case 5: {
        const parts: AttributeValue[] = [];
        this.into(depth, (each) => {
          parts.push(this.value(each, depth + 1));
          wire.at = each;
        });
        return parts;
      }
      case 6: {
        const parts = new Map<string, AttributeValue>();
        this.into(depth, (each) => this.pair(each, depth + 1, parts));
        return Object.fromEntries(parts);
      }
      case 7:
        return Uint8Array.from(wire.bytes.subarray(this.from, this.to));
      default:
        return null;
    }
  }

  /** Reads one `KeyValue` into a map; the last of a key counts. */
  private pair(end: number, depth: number, into: Map<string, AttributeValue>): void {
    const { key, keyEnd, value, valueEnd } = this.entry(end);
    if (key >= 0 && !this.wire.utf8(key, keyEnd)) this.invalid = true;
    const name = key < 0 ? "" : this.wire.text(key, keyEnd);
    this.wire.at = value;
    into.set(name, value < 0 ? null : this.value(valueEnd, depth));
    this.wire.at = end;
  }

  /**
   * The attributes of the message between two places, whose field tag is `attributesTag`: for
   * resources, scopes and exceptions. Leaves `wire.at` where it was.
   * @param most pairs that are read; the rest is left out
   */
  attributes(start: number, end: number, attributesTag: number, most: number): Attributes {
    const { wire } = this;
    const back = wire.at;
    const found = new Map<string, AttributeValue>();
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === attributesTag && found.size < most) this.pair(wire.length(end), 1, found);
      else wire.step(tag & 7, end);
    }
    wire.at = back;
    return Object.fromEntries(found);
  }
}
