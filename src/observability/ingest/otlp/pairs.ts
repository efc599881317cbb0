import { ColumnWriter } from "../../signals/columns.ts";
import type { TableWriter } from "../../signals/batch.ts";
import { attributeBytesMax, attributesMax } from "../../signals/rows.ts";
import { typeCodes } from "./values.ts";
import type { Values } from "./values.ts";

/** The most bytes of an attribute's key. */
const keyBytesMax = 1024;

const entryKnown = 0b110;

const exceptionPrefix = Buffer.from("exception.");

/**
 * Writes a record's attributes into its `attributes` and `attribute_types` columns while the record
 * is read, before it is known whether the record is kept: {@link Pairs.discard} takes them back. Of
 * two with one key the first counts, since a map has each key once.
 */
export class Pairs {
  private readonly values: Values;
  private counts = new ColumnWriter("map");
  private types = new ColumnWriter("text");
  private keys = new ColumnWriter("text");
  private texts = new ColumnWriter("text");
  private readonly codes = new Uint8Array(attributesMax);
  private readonly keyStarts = new Int32Array(attributesMax);
  private count = 0;
  private keysBefore = 0;
  private textsBefore = 0;
  /** Pairs that the limit left out, since the record began. */
  leftOut = 0;
  /** Whether there is a key that begins with `exception.`. */
  exception = false;

  constructor(values: Values) {
    this.values = values;
  }

  /** Names the table that the next records go to. */
  into({ columns }: TableWriter): void {
    const map = columns["attributes"];
    const types = columns["attribute_types"];
    if (map?.keys === undefined || map.values === undefined || types === undefined) {
      throw new RangeError("the table has no attributes");
    }
    this.counts = map;
    this.types = types;
    this.keys = map.keys;
    this.texts = map.values;
  }

  /** Begins a record. */
  begin(): void {
    this.count = 0;
    this.leftOut = 0;
    this.exception = false;
    this.keysBefore = this.keys.data.length;
    this.textsBefore = this.texts.data.length;
  }

  /** Takes back what the record has written. */
  discard(): void {
    this.keys.data.length = this.keysBefore;
    this.texts.data.length = this.textsBefore;
  }

  /** Ends a record that is kept. */
  finish(): void {
    this.counts.pairs(this.count);
    this.types.utf8(this.codes, 0, this.count);
  }

  /** Reads the `KeyValue` from `wire.at` to `end`. */
  add(end: number): void {
    const { wire } = this.values;
    let key = wire.at;
    let keyEnd = key;
    let value = -1;
    let valueEnd = -1;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x0a) {
        keyEnd = wire.length(end);
        key = wire.at;
        wire.at = keyEnd;
      } else if (tag === 0x12) {
        valueEnd = wire.length(end);
        value = wire.at;
        wire.at = valueEnd;
      } else wire.skip(tag, end, entryKnown);
    }
    if (this.count === attributesMax) this.leftOut++;
    else this.put(key, keyEnd, value, valueEnd);
    wire.at = end;
  }

  private put(key: number, keyEnd: number, value: number, valueEnd: number): void {
    const { values, keys, texts } = this;
    const { wire } = values;
    const keyStart = keys.data.length;
    values.utf8(keys, key, keyEnd, keyBytesMax);
    if (this.repeats(keyStart)) {
      keys.data.length = keyStart;
      return;
    }
    if (!this.exception && this.names(key, keyEnd)) this.exception = true;
    let code: number = typeCodes.j;
    if (value < 0) texts.text("null");
    else {
      wire.at = value;
      code = values.put(valueEnd, texts, attributeBytesMax);
    }
    this.keyStarts[this.count] = keyStart;
    this.codes[this.count] = code;
    this.count++;
  }

  /** Whether the key just written is there already. */
  private repeats(start: number): boolean {
    const { data } = this.keys;
    const { bytes, view } = data;
    const size = data.length - start;
    for (let index = 0; index < this.count; index++) {
      const other = this.keyStarts[index] as number;
      if (view.getUint32(other, true) !== size - 4) continue;
      // From the end: keys differ there more often than at the start.
      let at = size - 1;
      while (at > 3 && bytes[start + at] === bytes[other + at]) at--;
      if (at === 3) return true;
    }
    return false;
  }

  private names(key: number, keyEnd: number): boolean {
    const { bytes } = this.values.wire;
    if (keyEnd - key <= exceptionPrefix.length || bytes[key] !== exceptionPrefix[0]) return false;
    return exceptionPrefix.every((byte, index) => bytes[key + index] === byte);
  }
}
