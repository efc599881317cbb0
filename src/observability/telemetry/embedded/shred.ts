import type { BatchTable } from "../../signals/batch.ts";
import { Growing } from "../../signals/columns.ts";
import { hashBytes } from "./hash.ts";
import type { ColumnPlan } from "./plan.ts";
import type { IndexBuilder } from "./segment-index.ts";

/** Names of the keys that stay in the map, kept to this many. */
export const restKeysMax = 256;

/** The keys that a file's map holds; `many` when there are more than are listed. */
export class RestKeys {
  readonly #byHash = new Map<number, string>();
  many = false;

  add(hash: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.many || this.#byHash.has(hash)) return;
    if (this.#byHash.size === restKeysMax) this.many = true;
    else this.#byHash.set(hash, Buffer.from(bytes.subarray(start, end)).toString("utf8"));
  }

  get keys(): readonly string[] {
    return [...this.#byHash.values()].sort();
  }
}

/** An attribute's column: which rows have it, and its texts. */
export interface ShreddedColumn {
  readonly present: Uint8Array;
  readonly data: Growing;
  rows: number;
}

/** The attributes of some rows, apart: columns by the plan, and the rest as a map. */
export interface Shredded {
  readonly columns: readonly ShreddedColumn[];
  /** Type characters of a row's columns, where one is not the usual; else empty. */
  readonly columnTypes: Growing;
  readonly counts: Growing;
  readonly keys: Growing;
  readonly values: Growing;
  readonly types: Growing;
}

/** Copies `size` bytes; a loop, since most are few. */
function copy(to: Growing, from: Uint8Array, start: number, size: number): void {
  to.reserve(size);
  const { bytes, length } = to;
  if (size < 32) for (let i = 0; i < size; i++) bytes[length + i] = from[start + i] as number;
  else bytes.set(from.subarray(start, start + size), length);
  to.length = length + size;
}

function putSize(to: Growing, size: number): void {
  to.reserve(4);
  to.view.setUint32(to.length, size, true);
  to.length += 4;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Takes the attributes of batches apart, row by row. */
export class Shredder {
  readonly #plan: ColumnPlan;
  readonly #usual: Uint8Array;
  readonly #index: IndexBuilder;
  readonly #rest: RestKeys;
  readonly shredded: Shredded;
  #row = 0;

  constructor(plan: ColumnPlan, rows: number, index: IndexBuilder, rest: RestKeys) {
    this.#plan = plan;
    this.#usual = Uint8Array.from(plan.types, (type) => type.charCodeAt(0));
    this.#index = index;
    this.#rest = rest;
    this.shredded = {
      columns: plan.keys.map(() => ({
        present: new Uint8Array(rows),
        data: new Growing(1024),
        rows: 0,
      })),
      columnTypes: new Growing(rows * 4),
      counts: new Growing(rows * 2),
      keys: new Growing(),
      values: new Growing(),
      types: new Growing(rows * 4),
    };
  }

  /** Adds the rows of one batch's table. */
  add(table: BatchTable): void {
    const map = table.columns["attributes"];
    const types = table.columns["attribute_types"]?.data;
    const { data: counts, keys, values } = map ?? {};
    if (!counts || !keys || !values || !types) throw new RangeError("a table has no attributes");
    const [countView, keyView] = [viewOf(counts), viewOf(keys)];
    const [valueView, typeView] = [viewOf(values), viewOf(types)];
    const row: RowTypes = { columns: new Uint8Array(this.#plan.keys.length), rest: [], odd: false };
    let [keyAt, valueAt, typeAt] = [0, 0, 0];
    for (let index = 0; index < table.rows; index++) {
      const pairs = countView.getUint16(index * 2, true);
      const typesSize = typeView.getUint32(typeAt, true);
      for (let pair = 0; pair < pairs; pair++) {
        const keyEnd = keyAt + 4 + keyView.getUint32(keyAt, true);
        const valueEnd = valueAt + 4 + valueView.getUint32(valueAt, true);
        // Types that a writer left out are those of text.
        const type = pair < typesSize ? (types[typeAt + 4 + pair] as number) : 0x73;
        this.#pair({ keys, keyAt, keyEnd, values, valueAt, valueEnd }, type, row);
        keyAt = keyEnd;
        valueAt = valueEnd;
      }
      typeAt += 4 + typesSize;
      this.#endRow(row);
    }
  }

  #pair(at: Pair, type: number, row: RowTypes): void {
    const { shredded } = this;
    const hash = hashBytes(at.keys, at.keyAt + 4, at.keyEnd);
    this.#index.value(hash, at.values, at.valueAt + 4, at.valueEnd);
    const found = this.#plan.find(hash, at.keys, at.keyAt + 4, at.keyEnd);
    if (found < 0) {
      this.#rest.add(hash, at.keys, at.keyAt + 4, at.keyEnd);
      copy(shredded.keys, at.keys, at.keyAt, at.keyEnd - at.keyAt);
      copy(shredded.values, at.values, at.valueAt, at.valueEnd - at.valueAt);
      row.rest.push(type);
      return;
    }
    const column = shredded.columns[found] as ShreddedColumn;
    // A key that a sender wrote twice: the first stays, as a map would have it.
    if (column.present[this.#row] === 1) return;
    column.present[this.#row] = 1;
    column.rows++;
    copy(column.data, at.values, at.valueAt, at.valueEnd - at.valueAt);
    row.columns[found] = type;
    if (type !== this.#usual[found]) row.odd = true;
  }

  #endRow(row: RowTypes): void {
    const { counts, types, columnTypes } = this.shredded;
    counts.reserve(2);
    counts.view.setUint16(counts.length, row.rest.length, true);
    counts.length += 2;
    putSize(types, row.rest.length);
    types.reserve(row.rest.length);
    for (const type of row.rest) types.bytes[types.length++] = type;
    row.rest.length = 0;
    if (row.odd) {
      const list = row.columns.filter((type, index) => {
        return type !== 0 && this.shredded.columns[index]?.present[this.#row] === 1;
      });
      putSize(columnTypes, list.length);
      copy(columnTypes, list, 0, list.length);
      row.odd = false;
    } else putSize(columnTypes, 0);
    this.#row++;
  }
}

/** Where a pair lies: its key and value with their lengths in front. */
interface Pair {
  readonly keys: Uint8Array;
  readonly keyAt: number;
  readonly keyEnd: number;
  readonly values: Uint8Array;
  readonly valueAt: number;
  readonly valueEnd: number;
}

/** Type characters of the row under way. */
interface RowTypes {
  readonly columns: Uint8Array;
  readonly rest: number[];
  odd: boolean;
}
