import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Signal } from "../../signals/records.ts";
import { named, quoted } from "./duck.ts";
import type { Duck } from "./duck.ts";
import { mergeSql } from "./rollups.ts";
import { filesSql, mergeColumns, orderSql, sealedColumns, typesAgree } from "./seal-sql.ts";
import { copySql, factsOf, syncParts, writeFinders } from "./sealer.ts";
import type { SealedParts } from "./sealer.ts";
import { mergeIndexes } from "./segment-index.ts";
import { originColumns, partNames } from "./segment.ts";
import type { SealedSegment, Segment } from "./segment.ts";

/** When segments are merged. */
export interface MergeLimits {
  /** Rows of a merged segment at most. */
  readonly rowsMax: number;
  /** So many segments of one level become one of the next. */
  readonly fanIn: number;
}

/** Attribute columns of a merged segment at most. */
const columnsMax = 256;

const dayNs = 86_400_000_000_000n;

/**
 * Segments of one signal that should become one: neighbours in time, of one level and one day, so
 * many that it is worth it. Undefined where there are none.
 */
export function mergeable(
  segments: readonly SealedSegment[],
  limits: MergeLimits,
): readonly SealedSegment[] | undefined {
  const groups = Map.groupBy(
    segments.filter(({ rows }) => rows < limits.rowsMax / 2),
    ({ signal, level, fromNs }) => `${signal} ${level} ${fromNs / dayNs}`,
  );
  for (const group of groups.values()) {
    const sorted = group.toSorted((a, b) => (a.fromNs < b.fromNs ? -1 : 1));
    for (let start = 0; start + 1 < sorted.length; start++) {
      const run = runFrom(sorted, start, limits);
      // As many as a level takes, or as many as make a segment full.
      const rows = run.reduce((sum, segment) => sum + segment.rows, 0);
      if (run.length > 1 && (run.length === limits.fanIn || rows > limits.rowsMax / 2)) return run;
    }
  }
  return undefined;
}

function runFrom(
  sorted: readonly SealedSegment[],
  start: number,
  limits: MergeLimits,
): readonly SealedSegment[] {
  const run: SealedSegment[] = [];
  let rows = 0;
  for (const segment of sorted.slice(start, start + limits.fanIn)) {
    rows += segment.rows;
    const fits = rows <= limits.rowsMax && run.every((other) => typesAgree(other, segment));
    if (!fits || mergeColumns([...run, segment]).columns.length > columnsMax) break;
    run.push(segment);
  }
  return run;
}

/** What is left out while segments are merged. */
export interface MergeOptions {
  /** Services whose retention has ended. */
  readonly without: readonly string[];
}

const pathOf = (segment: Segment, part: keyof Segment["files"]): string[] => {
  const path = segment.files[part];
  return path === undefined ? [] : [path];
};

/** Makes one segment of several of the same signal, in `folder`. */
export async function mergeSegments(
  duck: Duck,
  segments: readonly Segment[],
  folder: string,
  options: MergeOptions,
): Promise<SealedParts> {
  const signal = segments[0]?.signal as Signal;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const merged = mergeColumns(segments);
  const kept = `service not in (${options.without.map(quoted).join(", ")})`;
  const where = options.without.length > 0 ? `where ${kept}` : "";
  const columns = [...sealedColumns(signal, merged), ...originColumns].map(named).join(", ");
  const data = join(folder, partNames.data);
  const from = filesSql(segments.flatMap((segment) => pathOf(segment, "data")));
  const rows = `select ${columns} from ${from} ${where} order by ${orderSql(signal, merged)}`;
  await duck.run(copySql(rows, data));
  const origins = filesSql(segments.flatMap((segment) => pathOf(segment, "origins")));
  const each = `select distinct on (id) * from ${origins} ${where}`;
  await duck.run(copySql(`${each} order by service, id`, join(folder, partNames.origins)));
  for (const part of ["red", "edges", "counts"] as const) {
    const paths = segments.flatMap((segment) => pathOf(segment, part));
    if (paths.length === 0) continue;
    // Edges have two ends: they go with the segment.
    const filter = part === "edges" ? "" : where;
    const sql = mergeSql[part](`(select * from ${filesSql(paths)} ${filter})`);
    await duck.run(copySql(sql, join(folder, partNames[part])));
  }
  const indexes = segments.flatMap((segment) => pathOf(segment, "index"));
  const encoded = await Promise.all(indexes.map((path) => readFile(path)));
  await writeFile(join(folder, partNames.index), mergeIndexes(encoded));
  const highest = Math.max(...segments.map((segment) => segment.level));
  const level = segments.length > 1 ? highest + 1 : highest;
  const facts = await factsOf(duck, signal, data);
  await writeFinders(duck, folder, { signal, rows: facts.rows });
  const sizes = await syncParts(folder);
  return { folder, segment: { signal, level, ...merged, ...facts, sizes }, leftOut: 0 };
}
