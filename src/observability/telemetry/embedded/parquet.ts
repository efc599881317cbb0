import type { ColumnKind } from "../../signals/tables.ts";
import { CompactWriter } from "./thrift.ts";

/** A column of a Parquet file. */
export interface ParquetColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Rows may have no value. Not for maps. */
  readonly optional?: boolean;
}

/** What one row group has of one column: bytes as they lie in a batch, in as many parts as came. */
export interface ColumnParts {
  /** Values of the rows that have one; nothing for a map. */
  readonly data: readonly Uint8Array[];
  /** One byte a row, 1 where there is a value; for optional columns. */
  readonly present?: readonly Uint8Array[];
  /** For a map: pairs of each row (u16, little-endian), keys and values of all pairs. */
  readonly counts?: readonly Uint8Array[];
  readonly keys?: readonly Uint8Array[];
  readonly values?: readonly Uint8Array[];
  /** Smallest and largest value of an `i64` column: lets readers skip the group. */
  readonly min?: bigint;
  readonly max?: bigint;
}

/** Some rows of a file: its columns' parts in the order of the columns. */
export interface RowGroup {
  readonly rows: number;
  readonly columns: readonly ColumnParts[];
}

const physical = { i32: 1, i64: 2, f64: 5, text: 6, id16: 7, id8: 7 } as const;
const repetitions = { required: 0, optional: 1, repeated: 2 } as const;
const converted = { utf8: 0, map: 1 } as const;
/** Fields of the union LogicalType. */
const logical = { string: 1, map: 2, uuid: 14 } as const;
const encodings = { plain: 0, rle: 3 } as const;

const magic: Uint8Array = new TextEncoder().encode("PAR1");

type Leaf = Exclude<ColumnKind, "map">;

function writeLeaf(out: CompactWriter, name: string, kind: Leaf, repetition: number): void {
  out.element(() => {
    out.i32(1, physical[kind]);
    if (kind === "id16" || kind === "id8") out.i32(2, kind === "id16" ? 16 : 8);
    out.i32(3, repetition);
    out.binary(4, name);
    if (kind === "text") out.i32(6, converted.utf8);
    const type = kind === "text" ? logical.string : kind === "id16" ? logical.uuid : 0;
    if (type !== 0) out.struct(10, () => out.struct(type, () => {}));
  });
}

function writeGroup(
  out: CompactWriter,
  name: string,
  shape: { readonly children: number; readonly repetition?: number; readonly map?: boolean },
): void {
  out.element(() => {
    if (shape.repetition !== undefined) out.i32(3, shape.repetition);
    out.binary(4, name);
    out.i32(5, shape.children);
    if (shape.map !== true) return;
    out.i32(6, converted.map);
    out.struct(10, () => out.struct(logical.map, () => {}));
  });
}

function writeSchema(out: CompactWriter, columns: readonly ParquetColumn[]): void {
  const maps = columns.filter((column) => column.kind === "map").length;
  out.list(2, "struct", 1 + columns.length + 3 * maps);
  writeGroup(out, "schema", { children: columns.length });
  for (const { name, kind, optional } of columns) {
    if (kind === "map") {
      writeGroup(out, name, { children: 1, repetition: repetitions.required, map: true });
      writeGroup(out, "key_value", { children: 2, repetition: repetitions.repeated });
      writeLeaf(out, "key", "text", repetitions.required);
      writeLeaf(out, "value", "text", repetitions.required);
    } else {
      const repetition = optional === true ? repetitions.optional : repetitions.required;
      writeLeaf(out, name, kind, repetition);
    }
  }
}

/**
 * Levels of bit width 1 in Parquet's hybrid encoding, with their length in front: one run where all
 * are alike, packed bits otherwise.
 */
function levels(bits: Uint8Array, count: number): Uint8Array {
  const first = bits[0] ?? 0;
  let alike = true;
  for (let i = 1; i < count && alike; i++) alike = bits[i] === first;
  const groups = Math.ceil(count / 8);
  const head: number[] = [];
  let rest = alike ? count * 2 : groups * 2 + 1;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  head.push(rest);
  const size = head.length + (alike ? 1 : groups);
  const encoded = new Uint8Array(4 + size);
  new DataView(encoded.buffer).setUint32(0, size, true);
  encoded.set(head, 4);
  const at = 4 + head.length;
  if (alike) encoded[at] = first;
  else {
    for (let i = 0; i < count; i++) {
      if (bits[i] === 1) encoded[at + (i >> 3)] = (encoded[at + (i >> 3)] ?? 0) | (1 << (i & 7));
    }
  }
  return encoded;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

/** The repetition and definition levels of a map's leaves, and how many of each there are. */
function mapLevels(counts: Uint8Array, rows: number): { levels: Uint8Array[]; entries: number } {
  const view = new DataView(counts.buffer, counts.byteOffset, counts.byteLength);
  let entries = 0;
  for (let row = 0; row < rows; row++) entries += Math.max(1, view.getUint16(row * 2, true));
  const repeated = new Uint8Array(entries);
  const defined = new Uint8Array(entries);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const pairs = view.getUint16(row * 2, true);
    if (pairs === 0) at++;
    for (let pair = 0; pair < pairs; pair++, at++) {
      defined[at] = 1;
      if (pair > 0) repeated[at] = 1;
    }
  }
  return { levels: [levels(repeated, entries), levels(defined, entries)], entries };
}

/** A column chunk that lies in the file. */
interface Chunk {
  readonly path: readonly string[];
  readonly type: number;
  readonly values: number;
  readonly offset: number;
  readonly bytes: number;
  readonly min?: bigint;
  readonly max?: bigint;
}

const i64Bytes = (value: bigint): Uint8Array => new Uint8Array(BigInt64Array.of(value).buffer);

function writeChunk(out: CompactWriter, chunk: Chunk): void {
  out.element(() => {
    out.i64(2, chunk.offset);
    out.struct(3, () => {
      out.i32(1, chunk.type);
      out.list(2, "i32", 2);
      out.number(encodings.plain);
      out.number(encodings.rle);
      out.list(3, "binary", chunk.path.length);
      for (const part of chunk.path) out.item(part);
      out.i32(4, 0);
      out.i64(5, chunk.values);
      out.i64(6, chunk.bytes);
      out.i64(7, chunk.bytes);
      out.i64(9, chunk.offset);
      const { min, max } = chunk;
      if (min === undefined || max === undefined) return;
      out.struct(12, () => {
        out.i64(3, 0);
        out.binary(5, i64Bytes(max));
        out.binary(6, i64Bytes(min));
      });
    });
  });
}

/** Lays out a Parquet file as a list of parts that are written one after the other. */
class FileParts {
  readonly parts: Uint8Array[] = [magic];
  bytes: number = magic.length;

  add(part: Uint8Array): void {
    this.parts.push(part);
    this.bytes += part.length;
  }

  /** One data page (version 1) of a column, header first. */
  page(path: readonly string[], kind: Leaf, values: number, body: readonly Uint8Array[]): Chunk {
    const offset = this.bytes;
    const size = body.reduce((sum, part) => sum + part.length, 0);
    const header = new CompactWriter();
    header.element(() => {
      header.i32(1, 0);
      header.i32(2, size);
      header.i32(3, size);
      header.struct(5, () => {
        header.i32(1, values);
        header.i32(2, encodings.plain);
        header.i32(3, encodings.rle);
        header.i32(4, encodings.rle);
      });
    });
    this.add(header.out.written());
    for (const part of body) this.add(part);
    return { path, type: physical[kind], values, offset, bytes: this.bytes - offset };
  }

  column(column: ParquetColumn, rows: number, given: ColumnParts): Chunk[] {
    const { name, kind } = column;
    if (kind === "map") {
      const { levels: both, entries } = mapLevels(joined(given.counts ?? []), rows);
      return (["key", "value"] as const).map((leaf) => {
        const data = (leaf === "key" ? given.keys : given.values) ?? [];
        return this.page([name, "key_value", leaf], "text", entries, [...both, ...data]);
      });
    }
    const present = column.optional === true ? [levels(joined(given.present ?? []), rows)] : [];
    const chunk = this.page([name], kind, rows, [...present, ...given.data]);
    const { min, max } = given;
    return [min === undefined || max === undefined ? chunk : { ...chunk, min, max }];
  }
}

function writeFooter(
  columns: readonly ParquetColumn[],
  groups: readonly { readonly rows: number; readonly chunks: readonly Chunk[] }[],
): Uint8Array {
  const out = new CompactWriter();
  out.element(() => {
    out.i32(1, 1);
    writeSchema(out, columns);
    const rows = groups.reduce((sum, group) => sum + group.rows, 0);
    out.i64(3, rows);
    out.list(4, "struct", groups.length);
    for (const group of groups) {
      out.element(() => {
        out.list(1, "struct", group.chunks.length);
        for (const chunk of group.chunks) writeChunk(out, chunk);
        out.i64(
          2,
          group.chunks.reduce((sum, { bytes }) => sum + bytes, 0),
        );
        out.i64(3, group.rows);
      });
    }
    out.binary(6, "morning");
    // Order as the types define it, which makes the statistics valid.
    const leaves = columns.reduce((sum, { kind }) => sum + (kind === "map" ? 2 : 1), 0);
    out.list(7, "struct", leaves);
    for (let leaf = 0; leaf < leaves; leaf++) out.element(() => out.struct(1, () => {}));
  });
  return out.out.written();
}

/**
 * A Parquet file, PLAIN and not compressed, as parts to write one after the other: the column bytes
 * of batches become pages without being copied. One page a column and row group.
 *
 * Source: Apache Parquet format 2.x (parquet.thrift; Encodings.md).
 */
export function parquetParts(
  columns: readonly ParquetColumn[],
  groups: readonly RowGroup[],
): { readonly parts: readonly Uint8Array[]; readonly bytes: number } {
  const file = new FileParts();
  const laid = groups.map(({ rows, columns: given }) => ({
    rows,
    chunks: columns.flatMap((column, index) =>
      file.column(column, rows, given[index] ?? { data: [] }),
    ),
  }));
  const footer = writeFooter(columns, laid);
  file.add(footer);
  const tail = new Uint8Array(8);
  new DataView(tail.buffer).setUint32(0, footer.length, true);
  tail.set(magic, 4);
  file.add(tail);
  return { parts: file.parts, bytes: file.bytes };
}
