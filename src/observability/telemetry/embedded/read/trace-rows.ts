import { quoted } from "../duck.ts";
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
  async rowsOf(path: string, traceId: string): Promise<string | undefined> {
    const id = traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    const groups = await this.#groupsOf(path);
    const within = groups.filter(({ least, greatest }) => least <= id && id <= greatest);
    const [first, last] = [within[0], within.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    return `d.file_row_number >= ${first.fromRow} and d.file_row_number < ${last.toRow}`;
  }

  #groupsOf(path: string): Promise<readonly RowGroup[]> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const read = this.#read(path);
    this.#known.set(path, read);
    read.catch(() => this.#known.delete(path));
    for (const old of this.#known.keys()) {
      if (this.#known.size <= filesMax) break;
      this.#known.delete(old);
    }
    return read;
  }

  async #read(path: string): Promise<RowGroup[]> {
    const rows = await this.#pool.rows(`select row_group_num_rows as n,
        stats_min_value as least, stats_max_value as greatest
      from parquet_metadata(${quoted(path)}) where path_in_schema = 'trace_id'
      order by row_group_id`);
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
