import type { Filter } from "../../../signals/filter.ts";
import { builtInFields } from "../../../signals/filter.ts";
import type { Signal } from "../../../signals/records.ts";
import type { Range } from "../../../signals/store.ts";
import { quoted } from "../duck.ts";
import { filesSql, mergeColumns } from "../seal-sql.ts";
import type { MergedColumns } from "../seal-sql.ts";
import type { FileFacts, FreshFile, Segment } from "../segment.ts";
import type { SegmentIndex } from "../segment-index.ts";
import { wantedOf } from "../text-blocks.ts";
import type { TextBlocks, Wanted } from "../text-blocks.ts";
import type { Engine, View } from "../view.ts";

/** Files of one kind that a query reads: sealed ones, or fresh ones. */
export interface Branch {
  readonly isFresh: boolean;
  readonly shape: MergedColumns;
  readonly paths: readonly string[];
  /** Files of their origins. */
  readonly origins: readonly string[];
  /** The only rows to read, of a branch of one file: a condition on `file_row_number`. */
  readonly rows?: string;
  /** Of rollups: the attributes that their rows have, as SQL. */
  readonly rollup?: Readonly<Record<string, string>>;
}

/** One file that a query may read; of a sealed one perhaps these rows alone, first and past. */
export type DataFile =
  | { readonly fresh: FreshFile; readonly facts: FileFacts }
  | {
      readonly segment: Segment;
      readonly facts: FileFacts;
      readonly rows?: readonly RowRange[] | undefined;
    };

/** Rows of a file: the first, and the one after the last. */
type RowRange = readonly [from: number, to: number];

/** Rows of a file that are read. */
export function rowsIn(file: DataFile): number {
  if (!("rows" in file) || file.rows === undefined) return file.facts.rows;
  return file.rows.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** Whether a file has records of the range. */
export function overlaps({ fromNs, toNs }: FileFacts, range: Range): boolean {
  return fromNs < range.toNs && toNs >= range.fromNs;
}

/** Whether a file's facts alone say that it has no attribute of this key. */
export function lacks(facts: FileFacts, key: string): boolean {
  return facts.rest !== undefined && !facts.columns.includes(key) && !facts.rest.includes(key);
}

function isBuiltIn(signal: Signal, field: string): boolean {
  return builtInFields[signal].some(({ name }) => name === field);
}

/** The key of the attribute that a field names; undefined for other fields. */
export function attributeKey(signal: Signal, field: string): string | undefined {
  if (field.startsWith("resource.") || isBuiltIn(signal, field)) return undefined;
  return field.startsWith("attributes.") ? field.slice("attributes.".length) : field;
}

/** What is known of a file before it is read. */
interface Knowledge {
  readonly facts: FileFacts;
  readonly services: readonly string[] | undefined;
  readonly index: SegmentIndex | undefined;
}

const hexTrace = /^[0-9a-f]{32}$/;

function mayEqual(
  signal: Signal,
  field: string,
  value: string | number,
  { facts, services, index }: Knowledge,
): boolean {
  if (field === "trace_id") {
    const id = String(value).toLowerCase();
    return !hexTrace.test(id) || index === undefined || index.mayHaveTrace(id);
  }
  if (field === "service") return services?.includes(String(value)) ?? true;
  const key = attributeKey(signal, field);
  if (key === undefined) return true;
  if (lacks(facts, key)) return false;
  return typeof value === "number" || index === undefined || index.mayHaveValue(key, value);
}

/** Whether a file may have records that the filter matches. */
export function mayMatch(filter: Filter, signal: Signal, known: Knowledge): boolean {
  switch (filter.op) {
    case "and":
      return filter.of.every((one) => mayMatch(one, signal, known));
    case "or":
      return filter.of.some((one) => mayMatch(one, signal, known));
    case "text":
      return known.index?.mayHaveText(filter.text) ?? true;
    case "eq":
      return mayEqual(signal, filter.field, filter.value, known);
    case "in":
      return filter.values.some((value) => mayEqual(signal, filter.field, value, known));
    case "lt":
    case "lte":
    case "gt":
    case "gte":
    case "exists":
    case "like":
    case "regex": {
      const key = attributeKey(signal, filter.field);
      return key === undefined || !lacks(known.facts, key);
    }
    default:
      return true;
  }
}

/** Whether an index can say something about the filter. */
function asksIndex(filter: Filter, signal: Signal): boolean {
  switch (filter.op) {
    case "and":
    case "or":
      return filter.of.some((one) => asksIndex(one, signal));
    case "text":
      return true;
    case "eq":
    case "in":
      return filter.field === "trace_id" || attributeKey(signal, filter.field) !== undefined;
    default:
      return false;
  }
}

/** Whether a text is looked for, so that blocks of rows can be passed over. */
function asksText(filter: Filter): boolean {
  if (filter.op === "and" || filter.op === "or") return filter.of.some(asksText);
  return filter.op === "text";
}

/** More than this share of a file is read whole. */
const partMax = 0.5;

/**
 * The rows of a segment that may match, by their texts; undefined for all of them.
 * @param wanted what texts are made of, remembered for the next segment
 */
function rowsOf(
  blocks: TextBlocks,
  wanted: Map<string, Wanted>,
  mayMatchBlock: (mayHaveText: (text: string) => boolean) => boolean,
): readonly RowRange[] | undefined {
  const ranges: [number, number][] = [];
  let kept = 0;
  for (let block = 0; block < blocks.count; block++) {
    const may = mayMatchBlock((text) => {
      const known = wanted.get(text) ?? wantedOf(text);
      wanted.set(text, known);
      return blocks.mayHave(block, known);
    });
    if (!may) continue;
    kept++;
    const last = ranges.at(-1);
    if (last?.[1] === block * blocks.rows) last[1] += blocks.rows;
    else ranges.push([block * blocks.rows, (block + 1) * blocks.rows]);
  }
  return kept > blocks.count * partMax ? undefined : ranges;
}

/** Files of a view that may have what the filter looks for, the newest first. */
export async function candidates(
  engine: Engine,
  view: View,
  signal: Signal,
  range: Range,
  filter: Filter,
): Promise<DataFile[]> {
  const fresh = view.fresh
    .filter((file) => file.signal === signal && overlaps(file, range))
    .filter((facts) => mayMatch(filter, signal, { facts, services: undefined, index: undefined }))
    .map((file): DataFile => ({ fresh: file, facts: file }));
  const asked = asksIndex(filter, signal);
  const wanted = new Map<string, Wanted>();
  const sealed: DataFile[] = [];
  for (const segment of view.segments) {
    if (segment.signal !== signal || segment.rows === 0 || !overlaps(segment, range)) continue;
    const without = { facts: segment, services: segment.services, index: undefined };
    if (!mayMatch(filter, signal, without)) continue;
    let rows: readonly RowRange[] | undefined;
    if (asked) {
      const index = await engine.index(segment);
      if (!mayMatch(filter, signal, { ...without, index })) continue;
      const blocks = asksText(filter) ? await engine.texts(segment) : undefined;
      if (blocks !== undefined) {
        rows = rowsOf(blocks, wanted, (mayHaveText) =>
          mayMatch(filter, signal, { ...without, index: { ...index, mayHaveText } }),
        );
      }
    }
    if (rows?.length !== 0) sealed.push({ segment, facts: segment, ...(rows && { rows }) });
  }
  return [...fresh, ...sealed].sort((a, b) => (a.facts.toNs < b.facts.toNs ? 1 : -1));
}

/** Ranges of a file that are read each on its own, for which DuckDB passes over all other rows. */
const rangesMax = 3;

/** Rows as conditions, each to be read on its own. */
function conditions(ranges: readonly RowRange[]): string[] {
  const each = ranges.map(
    ([from, to]) => `(d.file_row_number >= ${from} and d.file_row_number < ${to})`,
  );
  return each.length <= rangesMax ? each : [`(${each.join(" or ")})`];
}

function sealedBranch(segments: readonly Segment[]): Branch {
  return {
    isFresh: false,
    shape: mergeColumns(segments),
    paths: segments.map(({ files }) => files.data ?? ""),
    origins: segments.map(({ files }) => files.origins ?? ""),
  };
}

/** Files as branches of a query; sealed files are on this machine then. */
export async function branchesOf(
  engine: Engine,
  view: View,
  files: readonly DataFile[],
): Promise<Branch[]> {
  const segments = files.flatMap((file) =>
    "segment" in file && file.rows === undefined ? [file.segment] : [],
  );
  const parts = files.flatMap((file) =>
    "segment" in file && file.rows !== undefined ? [file] : [],
  );
  const fresh = files.flatMap((file) => ("fresh" in file ? [file.fresh] : []));
  const held = [...segments, ...parts.map(({ segment }) => segment)];
  await Promise.all(held.map((segment) => engine.hold(segment)));
  const branches: Branch[] = [];
  if (segments.length > 0) branches.push(sealedBranch(segments));
  for (const { segment, rows = [] } of parts) {
    for (const where of conditions(rows)) {
      branches.push({ ...sealedBranch([segment]), rows: where });
    }
  }
  if (fresh.length > 0) {
    branches.push({
      isFresh: true,
      shape: mergeColumns(fresh),
      paths: fresh.map(({ path }) => path),
      origins: view.freshOrigins,
    });
  }
  return branches;
}

/** Files as one table; several need not have the same columns, which takes opening them all. */
export function tableSql(paths: readonly string[]): string {
  const [path] = paths;
  return paths.length === 1 ? `read_parquet(${quoted(path ?? "")})` : filesSql(paths);
}

/** The FROM of a branch: rows `d`, with their origin `o` where it is needed. */
export function fromSql({ isFresh, paths, origins }: Branch, withOrigin: boolean): string {
  const data = `${tableSql(paths)} d`;
  if (!isFresh && !withOrigin) return data;
  const each = `(select distinct on (id) * from ${tableSql(origins)})`;
  return `${data} left join ${each} o on d.origin = o.id`;
}
