import type { Filter } from "../../../signals/filter.ts";
import type { Origin, Signal } from "../../../signals/records.ts";
import type { Range } from "../../../signals/store.ts";
import type { FileFacts } from "../segment.ts";
import { timeColumns } from "../segment.ts";
import type { Engine, View } from "../view.ts";
import { decodeOrigin } from "./decode.ts";
import type { Decoding } from "./decode.ts";
import type { DuckPool, DuckRow } from "./duck-pool.ts";
import { FieldSql } from "./field-sql.ts";
import { filterSql } from "./filter-sql.ts";
import { branchesOf, candidates, fromSql, tableSql } from "./source.ts";
import type { Branch, DataFile } from "./source.ts";
import type { TraceRows } from "./trace-rows.ts";

/** Origins that are remembered between calls. */
const originsMax = 20_000;

/** What calls of a reader share. */
export interface Shared {
  readonly engine: Engine;
  readonly pool: DuckPool;
  /** Origins by id: an id is a hash of what it says, so that it never changes. */
  readonly origins: Map<bigint, Origin>;
  readonly traceRows: TraceRows;
}

const unknownOrigin: Origin = {
  resource: {},
  scopeName: "",
  scopeVersion: "",
  scopeAttributes: {},
};

/** The condition that a row of a data file lies in a range. */
export function rangeSql(signal: Signal, { fromNs, toNs }: Range): string {
  const time = `d.${timeColumns[signal]}`;
  return `${time} >= ${fromNs} and ${time} < ${toNs}`;
}

/** One call's look at the store: what was acknowledged when it began. */
export class Session {
  readonly #shared: Shared;
  readonly view: View;

  constructor(shared: Shared, view: View) {
    this.#shared = shared;
    this.view = view;
  }

  get engine(): Engine {
    return this.#shared.engine;
  }

  /** Files that may have what is looked for, the newest first. */
  files(signal: Signal, range: Range, filter: Filter): Promise<DataFile[]> {
    return candidates(this.#shared.engine, this.view, signal, range, filter);
  }

  /** Files as branches of one file each, of the rows alone in which a trace is. */
  async branchesOfTrace(
    signal: Signal,
    files: readonly DataFile[],
    traceId: string,
    where: string,
  ): Promise<{ readonly branches: readonly Branch[]; readonly count: number }> {
    const perhaps: Branch[] = [];
    for (const file of files) {
      const [branch] = await this.branches([file]);
      if (branch === undefined) continue;
      const rows =
        signal === "spans" && "segment" in file
          ? await this.#shared.traceRows.rowsOf(file.segment, traceId)
          : "true";
      if (rows !== undefined) perhaps.push({ ...branch, rows });
    }
    if (perhaps.length === 0) return { branches: [], count: 0 };
    // At ids alone first: of most files the filter of their index said "perhaps" by mistake.
    const each = perhaps.map(
      ({ paths, rows }, at) => `select ${at} as place, count(*) as n,
        min(d.file_row_number) as low, max(d.file_row_number) as high
      from ${tableSql(paths)} d where ${rows} and ${where} and d.trace_id = '${traceId}'::uuid`,
    );
    const located = await this.rows(each.join(" union all "));
    const branches: Branch[] = [];
    let count = 0;
    for (const { place, n, low, high } of located) {
      const branch = perhaps[Number(place)];
      if (Number(n) === 0 || branch === undefined) continue;
      count += Number(n);
      const rows = `d.file_row_number between ${Number(low)} and ${Number(high)}`;
      branches.push({ ...branch, rows });
    }
    return { branches, count };
  }

  branches(files: readonly DataFile[]): Promise<Branch[]> {
    return branchesOf(this.#shared.engine, this.view, files);
  }

  rows(...statements: readonly string[]): Promise<readonly DuckRow[]> {
    return this.#shared.pool.rows(...statements);
  }

  /** What rows of these branches are decoded with; reads origins that are not known yet. */
  async decoding(branches: readonly Branch[], rows: readonly DuckRow[]): Promise<Decoding> {
    const { origins } = this.#shared;
    const missing = new Set<bigint>();
    for (const row of rows) {
      const id = row["origin"] as bigint;
      if (!origins.has(id)) missing.add(id);
    }
    const paths = [...new Set(branches.flatMap((branch) => branch.origins))];
    if (missing.size > 0 && paths.length > 0) {
      const ids = [...missing].join(", ");
      const found = await this.rows(
        `select distinct on (id) * from ${tableSql(paths)} where id in (${ids})`,
      );
      // The oldest go first.
      for (const id of origins.keys()) {
        if (origins.size + found.length <= originsMax) break;
        origins.delete(id);
      }
      for (const row of found) origins.set(row["id"] as bigint, decodeOrigin(row));
    }
    const known = new Map(rows.map((row) => [row["origin"], origins.get(row["origin"] as bigint)]));
    const facts = this.#factsByPath();
    return {
      facts: (path) => facts.get(path),
      origin: (id) => known.get(id) ?? unknownOrigin,
    };
  }

  #factsByPath(): Map<string, FileFacts> {
    const facts = new Map<string, FileFacts>();
    for (const file of this.view.fresh) facts.set(file.path, file);
    for (const segment of this.view.segments) facts.set(segment.files.data ?? "", segment);
    return facts;
  }
}

/** Runs one call over what is stored now. */
export async function inSession<T>(
  shared: Shared,
  call: (session: Session) => Promise<T>,
): Promise<T> {
  await shared.engine.flush();
  const view = shared.engine.view();
  try {
    return await call(new Session(shared, view));
  } finally {
    view.release();
  }
}

/**
 * One SELECT a branch, over the rows that a filter matches, put together.
 * @param columns what to select; it may write fields
 */
export function unionSql(
  signal: Signal,
  branches: readonly Branch[],
  filter: Filter,
  { where, columns }: { where: string; columns: (branch: Branch, fields: FieldSql) => string },
): string {
  const parts = branches.map((branch) => {
    const fields = new FieldSql(signal, branch);
    const [selected, condition] = [columns(branch, fields), filterSql(filter, fields)];
    const rows = branch.rows === undefined ? "" : `${branch.rows} and `;
    return `select ${selected} from ${fromSql(branch, fields.needsOrigin)}
      where ${rows}${where} and ${condition}`;
  });
  return parts.join("\nunion all\n");
}
