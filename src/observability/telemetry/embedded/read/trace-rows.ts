import { readFile } from "node:fs/promises";
import { traceGroupsSql } from "../seal-sql.ts";
import type { Segment } from "../segment.ts";
import type { DuckPool } from "./duck-pool.ts";

/** Files whose row groups are remembered. */
const filesMax = 2000;

/** Rows of a file, and the least and greatest trace id among them as the file writes them. */
interface RowGroup {
  readonly fromRow: number;
  readonly toRow: number;
  readonly least: string;
  readonly greatest: string;
}

/**
 * Knows in which rows of a sealed file a trace's spans may be. Its spans lie in the order of their
 * trace ids, but DuckDB 1.5 passes over row groups by no condition on a UUID; by rows it does.
 */
export class TraceRows {
  readonly #pool: DuckPool;
  /** Row groups by path; a path never gets another content. */
  readonly #known = new Map<string, Promise<readonly RowGroup[]>>();

  constructor(pool: DuckPool) {
    this.#pool = pool;
  }

  /** A condition on `file_row_number`; undefined when the trace has no spans in the file. */
  async rowsOf({ files }: Segment, traceId: string): Promise<string | undefined> {
    const id = traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    const groups = await this.#groupsOf(files);
    const within = groups.filter(({ least, greatest }) => least <= id && id <= greatest);
    const [first, last] = [within[0], within.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    return `d.file_row_number >= ${first.fromRow} and d.file_row_number < ${last.toRow}`;
  }

  #groupsOf(files: Segment["files"]): Promise<readonly RowGroup[]> {
    const path = files.data ?? "";
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const read = this.#read(path, files.traces);
    this.#known.set(path, read);
    read.catch(() => this.#known.delete(path));
    for (const old of this.#known.keys()) {
      if (this.#known.size <= filesMax) break;
      this.#known.delete(old);
    }
    return read;
  }

  /** @param traces the segment's own account of them, which older ones lack */
  async #read(path: string, traces: string | undefined): Promise<RowGroup[]> {
    const rows =
      traces === undefined
        ? await this.#pool.rows(traceGroupsSql(path))
        : (JSON.parse(await readFile(traces, "utf8")) as Readonly<Record<string, unknown>>[]);
    let fromRow = 0;
    return rows.map(({ n, least, greatest }) => {
      const toRow = fromRow + Number(n);
      const known = typeof least === "string" && typeof greatest === "string";
      const group = {
        fromRow,
        toRow,
        least: known ? least : "",
        greatest: known ? greatest : "g",
      };
      fromRow = toRow;
      return group;
    });
  }
}
