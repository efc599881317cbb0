import { mkdir, open, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Signal } from "../../signals/records.ts";
import { named, openDuck, quoted } from "./duck.ts";
import type { Duck, DuckOptions } from "./duck.ts";
import { spanTableSql } from "./peers.ts";
import { countsSql, edgesSql, recentTableSql, redSql, rememberSql } from "./rollups.ts";
import { keptTableSql, samples, verdictSql } from "./sampling.ts";
import type { SamplingPolicy } from "./sampling.ts";
import { copyOptions, filesSql, mergeColumns, orderSql, originsSql } from "./seal-sql.ts";
import { originSql, sealedColumns, sealedGroupRows, traceGroupsSql } from "./seal-sql.ts";
import type { MergedColumns } from "./seal-sql.ts";
import { originColumns, partNames, textColumns, timeColumns } from "./segment.ts";
import type { FreshFile, SealedSegment, SegmentPart } from "./segment.ts";
import { BlockBuilder, encodeBlocks } from "./text-blocks.ts";
import type { Block } from "./text-blocks.ts";

/** What is to be sealed: the fresh files of one signal. */
export interface Unsealed {
  readonly signal: Signal;
  readonly files: readonly FreshFile[];
  /** Files of the origins that their rows point to. */
  readonly origins: readonly string[];
  /** The encoded index of all their records. */
  readonly index: Uint8Array;
}

/** What sealing made, not yet in the manifest: its parts lie in `folder`. */
export interface SealedParts {
  readonly folder: string;
  readonly segment: Omit<SealedSegment, "id" | "sealedAtMs">;
  /** Spans that sampling left out. */
  readonly leftOut: number;
}

/** Makes a file's content durable. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Makes what lies in a folder durable, and gives the sizes of its parts. */
export async function syncParts(folder: string): Promise<SealedSegment["sizes"]> {
  const sizes: { [P in SegmentPart]?: number } = {};
  for (const [part, name] of Object.entries(partNames) as [SegmentPart, string][]) {
    const path = join(folder, name);
    const size = await stat(path).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) continue;
    await syncFile(path);
    sizes[part] = size;
  }
  await syncFile(folder);
  return sizes;
}

/** Writes a query's rows as a sealed Parquet file. */
export const copySql = (query: string, path: string): string =>
  `copy (${query}) to ${quoted(path)} ${copyOptions}`;

/** Turns fresh files into sealed ones: joined with their origins, sorted, compressed, counted. */
export class Sealer {
  readonly #options: DuckOptions;
  #duck: Promise<Duck> | undefined;

  constructor(options: DuckOptions) {
    this.#options = options;
  }

  /** The engine, loaded at its first use. */
  duck(): Promise<Duck> {
    this.#duck ??= this.#open();
    return this.#duck;
  }

  async #open(): Promise<Duck> {
    await mkdir(this.#options.temporary, { recursive: true });
    const duck = await openDuck(this.#options);
    await duck.run(recentTableSql);
    await duck.run(keptTableSql);
    return duck;
  }

  /** Seals into `folder`, which is made. */
  async seal(unsealed: Unsealed, folder: string, policy: SamplingPolicy): Promise<SealedParts> {
    const { signal, files } = unsealed;
    const duck = await this.duck();
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const merged = mergeColumns(files);
    await duck.run(originsSql(unsealed.origins));
    const from = `${filesSql(files.map((file) => file.path))} d
      left join origin o on d.origin = o.id`;
    const sampled = signal === "spans" && samples(policy);
    if (signal === "spans") await this.#rollSpans(duck, merged, from, folder);
    if (signal === "logs") {
      await duck.run(copySql(countsSql(from), join(folder, partNames.counts)));
    }
    if (sampled) for (const sql of verdictSql(policy)) await duck.run(sql);
    const data = join(folder, partNames.data);
    await duck.run(copySql(rowsSql(signal, merged, from, sampled), data));
    await duck.run(
      copySql("select * from origin order by service, id", join(folder, partNames.origins)),
    );
    await writeFile(join(folder, partNames.index), unsealed.index);
    const segment = { signal, level: 0, ...merged, ...(await factsOf(duck, signal, data)) };
    await writeFinders(duck, folder, segment);
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    // Of a segment that sampling left empty the rollups remain.
    if (segment.rows === 0) Object.assign(segment, rangeOf(files));
    const sizes = await syncParts(folder);
    return { folder, segment: { ...segment, sizes }, leftOut: rows - segment.rows };
  }

  /** After its commit: remembers the spans that were sealed last, for the next seal's edges. */
  async remember(parts: readonly SealedParts[]): Promise<void> {
    if (!parts.some(({ segment }) => segment.signal === "spans")) return;
    const duck = await this.duck();
    for (const sql of rememberSql) await duck.run(sql);
  }

  async #rollSpans(duck: Duck, merged: MergedColumns, from: string, folder: string): Promise<void> {
    await duck.run(spanTableSql(merged, from));
    await duck.run(copySql(redSql, join(folder, partNames.red)));
    await duck.run(copySql(edgesSql, join(folder, partNames.edges)));
  }

  async close(): Promise<void> {
    (await this.#duck)?.close();
    await rm(this.#options.temporary, { recursive: true, force: true });
  }
}

/** Bytes of texts that are looked at in one go, about. */
const textBytesMax = 16 * 2 ** 20;

/** A sealed file's kind and size. */
type Written = Pick<SealedSegment, "signal" | "rows">;

/** Writes beside a sealed file what tells where to look in it. */
export async function writeFinders(duck: Duck, folder: string, written: Written): Promise<void> {
  if (written.rows === 0) return;
  if (written.signal === "logs") await writeTexts(duck, folder, written);
  if (written.signal === "spans") await writeTraces(duck, folder);
}

/** Which trace ids are in which rows: the footer says so too, but takes long to be asked. */
async function writeTraces(duck: Duck, folder: string): Promise<void> {
  const groups = await duck.rows(traceGroupsSql(join(folder, partNames.data)));
  const plain = groups.map(({ n, least, greatest }) => ({ n: Number(n), least, greatest }));
  await writeFile(join(folder, partNames.traces), JSON.stringify(plain));
}

/** Which texts are not in which rows. Of lines alone: names of spans are few, and errors are. */
async function writeTexts(duck: Duck, folder: string, { rows }: Written): Promise<void> {
  const path = join(folder, partNames.data);
  const [size] = await duck.rows(`select sum(total_uncompressed_size)::double as bytes
    from parquet_metadata(${quoted(path)}) where path_in_schema = '${textColumns.logs}'`);
  const bytes = Number(size?.["bytes"] ?? 0);
  const step = Math.ceil(Math.min(sealedGroupRows, textBytesMax / (bytes / rows + 1)));
  const blocks: Block[] = [];
  for (let start = 0; start < rows; start += sealedGroupRows) {
    const builder = new BlockBuilder();
    const end = Math.min(start + sealedGroupRows, rows);
    for (let at = start; at < end; at += step) {
      const [row] = await duck.rows(`select encode(string_agg(text, chr(10))) as texts
        from (select distinct ${textColumns.logs} as text from read_parquet(${quoted(path)})
          where file_row_number >= ${at} and file_row_number < ${Math.min(at + step, end)})`);
      const texts = row?.["texts"];
      if (texts instanceof Uint8Array) builder.add(texts);
    }
    blocks.push(builder.block());
  }
  await writeFile(join(folder, partNames.texts), encodeBlocks(sealedGroupRows, blocks));
}

function rangeOf(files: readonly FreshFile[]): Pick<SealedSegment, "fromNs" | "toNs"> {
  const [first] = files;
  let [fromNs, toNs] = [first?.fromNs ?? 0n, first?.toNs ?? 0n];
  for (const file of files) {
    if (file.fromNs < fromNs) fromNs = file.fromNs;
    if (file.toNs > toNs) toNs = file.toNs;
  }
  return { fromNs, toNs };
}

/** The rows of a sealed file, in its order. */
function rowsSql(signal: Signal, merged: MergedColumns, from: string, sampled: boolean): string {
  const columns = sealedColumns(signal, merged).map((name) =>
    sampled && name === "weight" ? "d.weight * v.factor as weight" : `d.${named(name)}`,
  );
  const kept = sampled ? " join verdict v on d.trace_id = v.trace_id and v.factor > 0" : "";
  return `select ${columns.join(", ")}, ${originSql} from ${from}${kept}
    order by ${orderSql(signal, merged)}`;
}

/** What a sealed file holds, read from it. */
export async function factsOf(
  duck: Duck,
  signal: Signal,
  path: string,
): Promise<Pick<SealedSegment, "rows" | "fromNs" | "toNs" | "services">> {
  const time = timeColumns[signal];
  const [row] = await duck.rows(`select count(*) as n, min(${time}) as low, max(${time}) as high,
    list(distinct ${originColumns[0]}) as services from ${quoted(path)}`);
  const services = (row?.["services"] ?? []) as readonly string[];
  return {
    rows: Number(row?.["n"] ?? 0),
    fromNs: BigInt((row?.["low"] ?? 0) as bigint),
    toNs: BigInt((row?.["high"] ?? 0) as bigint),
    services: services.toSorted(),
  };
}
