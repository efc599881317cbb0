import type { BatchTable } from "../../signals/batch.ts";
import { hashBytes } from "./hash.ts";

/** Columns of attributes that a file has at most. */
export const attributeColumnsMax = 128;

/** A key is a column when so many of the rows have it. */
const shareMin = 0.01;

/** Rows that are looked at to choose columns: of so many batches so many each. */
const sampleBatches = 48;
const sampleRows = 96;

/** A column stays for so many files after it was last frequent. */
const keepFiles = 120;

/** Keys whose usual type is remembered. */
const typesMax = 4096;

/** Keys that may be columns: DuckDB's names ignore case, so that capitals would meet. */
const columnKey = /^[a-z0-9_./-]{1,64}$/;

/**
 * Which attributes are columns of their own in a file: their keys in ascending order, and the type
 * that the values of each usually have (a character as in `attribute_types`).
 */
export interface ColumnPlan {
  readonly keys: readonly string[];
  readonly types: readonly string[];
  /** Position of a key by its hash and bytes; -1 where it is no column. */
  find(hash: number, bytes: Uint8Array, start: number, end: number): number;
}

function isSame(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}

/** A plan of these columns. @param columns type by key */
export function columnPlan(columns: ReadonlyMap<string, string>): ColumnPlan {
  const keys = [...columns.keys()].sort();
  const encoded = keys.map((key) => new Uint8Array(Buffer.from(key)));
  const mask = 1023;
  const slots = new Int16Array(mask + 1).fill(-1);
  for (const [index, bytes] of encoded.entries()) {
    let slot = hashBytes(bytes, 0, bytes.length) & mask;
    while ((slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    slots[slot] = index;
  }
  return {
    keys,
    types: keys.map((key) => columns.get(key) ?? "s"),
    find(hash, bytes, start, end) {
      for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
        const index = slots[slot] as number;
        if (index < 0 || isSame(encoded[index] as Uint8Array, bytes, start, end)) return index;
      }
    },
  };
}

/** How often a key was met in a sample, and the type of its first value. */
interface Met {
  count: number;
  readonly type: string;
}

/** Counts the keys of the first rows of a batch's table. */
function sample(table: BatchTable, rowsMax: number, met: Map<string, Met>): number {
  const map = table.columns["attributes"];
  const types = table.columns["attribute_types"]?.data;
  const { data: counts, keys } = map ?? {};
  if (counts === undefined || keys === undefined || types === undefined) return 0;
  const rows = Math.min(table.rows, rowsMax);
  const countView = new DataView(counts.buffer, counts.byteOffset, counts.byteLength);
  const keyView = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
  const typeView = new DataView(types.buffer, types.byteOffset, types.byteLength);
  let keyAt = 0;
  let typeAt = 0;
  for (let row = 0; row < rows; row++) {
    const pairs = countView.getUint16(row * 2, true);
    for (let pair = 0; pair < pairs; pair++) {
      const end = keyAt + 4 + keyView.getUint32(keyAt, true);
      const key = Buffer.from(keys.buffer, keys.byteOffset + keyAt + 4, end - keyAt - 4);
      keyAt = end;
      const name = key.toString("latin1");
      const known = met.get(name);
      if (known !== undefined) known.count++;
      else if (columnKey.test(name)) {
        met.set(name, { count: 1, type: String.fromCharCode(types[typeAt + 4 + pair] ?? 115) });
      }
    }
    typeAt += 4 + typeView.getUint32(typeAt, true);
  }
  return rows;
}

/** Chooses the columns of one signal's files, one file after the other. */
export class ColumnChooser {
  readonly #types = new Map<string, string>();
  /** Number of the file in which a column's key was last frequent. */
  readonly #frequentIn = new Map<string, number>();
  #file = 0;
  #plan = columnPlan(new Map());

  /** Recalls the types that earlier segments' columns have, so that files stay alike. */
  recall(keys: readonly string[], types: readonly string[]): void {
    for (const [index, key] of keys.entries()) this.#types.set(key, types[index] ?? "s");
  }

  /** The plan for a file of these tables. */
  choose(tables: readonly BatchTable[]): ColumnPlan {
    this.#file++;
    const met = new Map<string, Met>();
    const step = Math.max(1, Math.floor(tables.length / sampleBatches));
    let rows = 0;
    for (let index = 0; index < tables.length; index += step) {
      rows += sample(tables[index] as BatchTable, sampleRows, met);
    }
    for (const [key, { count, type }] of met) {
      if (count < rows * shareMin) continue;
      if (!this.#types.has(key) && this.#types.size < typesMax) this.#types.set(key, type);
      if (this.#types.has(key)) this.#frequentIn.set(key, this.#file);
    }
    for (const [key, file] of this.#frequentIn) {
      if (file < this.#file - keepFiles) this.#frequentIn.delete(key);
    }
    return this.#planned();
  }

  #planned(): ColumnPlan {
    const ranked = [...this.#frequentIn].toSorted((a, b) => b[1] - a[1]);
    const keys = ranked.slice(0, attributeColumnsMax).map(([key]) => key);
    const same = keys.length === this.#plan.keys.length;
    const before = new Set(this.#plan.keys);
    if (!same || keys.some((key) => !before.has(key))) {
      this.#plan = columnPlan(new Map(keys.map((key) => [key, this.#types.get(key) ?? "s"])));
    }
    return this.#plan;
  }
}
