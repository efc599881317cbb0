import type { Batch, BatchTable } from "../../signals/batch.ts";
import type { Signal } from "../../signals/records.ts";
import { signals } from "../../signals/records.ts";
import type { TableName } from "../../signals/tables.ts";
import { tables } from "../../signals/tables.ts";
import { parquetParts } from "./parquet.ts";
import type { ColumnParts, ParquetColumn, RowGroup } from "./parquet.ts";
import { ColumnChooser } from "./plan.ts";
import type { ColumnPlan } from "./plan.ts";
import { textColumns, timeColumns } from "./segment.ts";
import type { FileFacts } from "./segment.ts";
import type { IndexBuilder } from "./segment-index.ts";
import { RestKeys, Shredder } from "./shred.ts";

/** Rows of a row group of a fresh file, about. */
const groupRows = 65_536;

/** A Parquet file that was made of memory, not yet written. */
export interface MadeFile {
  readonly facts: FileFacts;
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
}

/** First and last value of columns of instants. */
function boundsOf(columns: readonly Uint8Array[]): { min: bigint; max: bigint } {
  let [minHigh, minLow, maxHigh, maxLow] = [2 ** 31, 0, -(2 ** 31), 0];
  for (const bytes of columns) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 8) {
      const low = view.getUint32(at, true);
      const high = view.getInt32(at + 4, true);
      if (high < minHigh || (high === minHigh && low < minLow)) [minHigh, minLow] = [high, low];
      if (high > maxHigh || (high === maxHigh && low > maxLow)) [maxHigh, maxLow] = [high, low];
    }
  }
  const join = (high: number, low: number): bigint => (BigInt(high) << 32n) | BigInt(low);
  return { min: join(minHigh, minLow), max: join(maxHigh, maxLow) };
}

/** Cuts a list of tables into row groups, between tables only. */
function grouped(list: readonly BatchTable[]): BatchTable[][] {
  const groups: BatchTable[][] = [];
  let rows = groupRows;
  for (const table of list) {
    if (rows >= groupRows) {
      groups.push([]);
      rows = 0;
    }
    groups.at(-1)?.push(table);
    rows += table.rows;
  }
  return groups;
}

const partsOf = (group: readonly BatchTable[], name: string): Uint8Array[] =>
  group.map((table) => table.columns[name]?.data ?? new Uint8Array());

function plainParts(group: readonly BatchTable[], name: string, isTime: boolean): ColumnParts {
  const data = partsOf(group, name);
  return isTime ? { data, ...boundsOf(data) } : { data };
}

/** Row groups of one signal whose attributes were taken apart. */
interface Made {
  readonly group: RowGroup;
  /** Rows that each attribute's column has. */
  readonly filled: readonly number[];
}

/** Everything that came in of one signal and is in no file yet. */
class SignalMemory {
  readonly #signal: Signal;
  readonly #chooser = new ColumnChooser();
  #tables: BatchTable[] = [];
  rows = 0;

  constructor(signal: Signal) {
    this.#signal = signal;
  }

  recall(facts: Pick<FileFacts, "columns" | "types">): void {
    this.#chooser.recall(facts.columns, facts.types);
  }

  add(table: BatchTable): void {
    this.#tables.push(table);
    this.rows += table.rows;
  }

  /** Makes a file of everything, and forgets it. */
  take(index: IndexBuilder): MadeFile | undefined {
    const list = this.#tables;
    const { rows } = this;
    if (rows === 0) return undefined;
    this.#tables = [];
    this.rows = 0;
    const plan = this.#chooser.choose(list);
    const rest = new RestKeys();
    const made = grouped(list).map((group) => this.#group(group, plan, index, rest));
    // Columns without a value in this file are left out of it.
    const kept = plan.keys.map((_, at) => made.some(({ filled }) => (filled[at] ?? 0) > 0));
    const plain = tables[this.#signal].length + 1;
    const isKept = (_: unknown, at: number): boolean => at < plain || kept[at - plain] === true;
    const groups = made.map(({ group }) => ({
      rows: group.rows,
      columns: group.columns.filter(isKept),
    }));
    const file = parquetParts(this.#columns(plan).filter(isKept), groups);
    const bounds = boundsOf(list.flatMap((one) => partsOf([one], timeColumns[this.#signal])));
    return {
      ...file,
      facts: {
        rows,
        fromNs: bounds.min,
        toNs: bounds.max,
        columns: plan.keys.filter((_, at) => kept[at]),
        types: plan.types.filter((_, at) => kept[at]),
        mixed: [],
        ...(rest.many ? {} : { rest: rest.keys }),
      },
    };
  }

  #columns(plan: ColumnPlan): ParquetColumn[] {
    return [
      ...tables[this.#signal],
      { name: "column_types", kind: "text" },
      ...plan.keys.map((key) => ({ name: `@${key}`, kind: "text", optional: true }) as const),
    ];
  }

  #group(
    group: readonly BatchTable[],
    plan: ColumnPlan,
    index: IndexBuilder,
    rest: RestKeys,
  ): Made {
    const rows = group.reduce((sum, table) => sum + table.rows, 0);
    const shredder = new Shredder(plan, rows, index, rest);
    const text = textColumns[this.#signal];
    for (const table of group) {
      shredder.add(table);
      const traces = table.columns["trace_id"]?.data;
      if (traces !== undefined) index.traces(traces);
      if (text !== undefined) index.texts(table.columns[text]?.data ?? new Uint8Array());
    }
    const { shredded } = shredder;
    const plain = tables[this.#signal].map(({ name }): ColumnParts => {
      if (name === "attribute_types") return { data: [shredded.types.written()] };
      if (name !== "attributes") {
        return plainParts(group, name, name === timeColumns[this.#signal]);
      }
      const [counts, keys, values] = [shredded.counts, shredded.keys, shredded.values];
      return {
        data: [],
        counts: [counts.written()],
        keys: [keys.written()],
        values: [values.written()],
      };
    });
    const columnTypes = { data: [shredded.columnTypes.written()] };
    const attributes = shredded.columns.map(({ data, present }) => ({
      data: [data.written()],
      present: [present],
    }));
    return {
      group: { rows, columns: [...plain, columnTypes, ...attributes] },
      filled: shredded.columns.map((column) => column.rows),
    };
  }
}

/** What came in and is in no file yet. */
export class Memory {
  readonly #signals: ReadonlyMap<Signal, SignalMemory>;
  /** Origins that came since the last file. */
  #origins: BatchTable[] = [];
  /** Ids of origins that files have, or will have, since {@link Memory.forgetOrigins}. */
  readonly #knownOrigins = new Set<bigint>();
  bytes = 0;

  constructor() {
    this.#signals = new Map(signals.map((signal) => [signal, new SignalMemory(signal)]));
  }

  get rows(): number {
    let rows = 0;
    for (const one of this.#signals.values()) rows += one.rows;
    return rows;
  }

  recall(signal: Signal, facts: Pick<FileFacts, "columns" | "types">): void {
    this.#signals.get(signal)?.recall(facts);
  }

  add(batch: Batch, bytes: number): void {
    this.bytes += bytes;
    for (const [signal, memory] of this.#signals) {
      const table = batch[signal];
      if (table !== undefined) memory.add(table);
    }
    if (batch.origins !== undefined && this.#hasNew(batch.origins)) {
      this.#origins.push(batch.origins);
    }
  }

  #hasNew(origins: BatchTable): boolean {
    const bytes = origins.columns["id"]?.data ?? new Uint8Array();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let isNew = false;
    for (let at = 0; at < bytes.length; at += 8) {
      const id = view.getBigInt64(at, true);
      if (this.#knownOrigins.has(id)) continue;
      this.#knownOrigins.add(id);
      isNew = true;
    }
    return isNew;
  }

  /** Files from now on hold their origins again, whether or not files before them did. */
  forgetOrigins(): void {
    this.#knownOrigins.clear();
  }

  /** Makes files of everything, and forgets it. @param indexes gather what is made */
  take(indexes: (signal: Signal) => IndexBuilder): ReadonlyMap<TableName, MadeFile> {
    const files = new Map<TableName, MadeFile>();
    for (const [signal, memory] of this.#signals) {
      const file = memory.rows === 0 ? undefined : memory.take(indexes(signal));
      if (file !== undefined) files.set(signal, file);
    }
    const origins = this.#origins;
    this.#origins = [];
    this.bytes = 0;
    if (origins.length > 0) files.set("origins", originsFile(origins));
    return files;
  }
}

function originsFile(list: readonly BatchTable[]): MadeFile {
  const rows = list.reduce((sum, table) => sum + table.rows, 0);
  const columns = tables.origins.map(({ name, kind }): ColumnParts => {
    if (kind !== "map") return { data: partsOf(list, name) };
    return {
      data: [],
      counts: partsOf(list, name),
      keys: list.map((table) => table.columns[name]?.keys ?? new Uint8Array()),
      values: list.map((table) => table.columns[name]?.values ?? new Uint8Array()),
    };
  });
  const facts = { rows, fromNs: 0n, toNs: 0n, columns: [], types: [], mixed: [] };
  return { ...parquetParts(tables.origins, [{ rows, columns }]), facts };
}
