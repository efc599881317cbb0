import { createHash } from "node:crypto";
import { coreErrors } from "../../core/errors.ts";
import type { BlobReader } from "../../state/blob/index.ts";
import type { Sensor, Sighted } from "../workflow.ts";

/** A file that came, or changed. */
export interface SeenFile {
  readonly key: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAtMs: number;
}

/** How far a look came: the newest instant, and what was seen of it. */
interface Mark {
  readonly atMs: number;
  readonly seen: readonly string[];
}

/** Files below a prefix that a look takes. */
const filesMax = 10_000;
const pageMax = 500;
/** Rows that a table lists at once. */
const rowsMax = 1000;

const none: Mark = { atMs: -1, seen: [] };

const keyLengthMax = 120;

/** A name for what a file is now; keys may be longer than ids of runs. */
function idOf({ key, modifiedAtMs }: SeenFile): string {
  const short = key.length <= keyLengthMax ? key : createHash("sha256").update(key).digest("hex");
  return `${short}@${modifiedAtMs}`;
}

/** What is newer than the mark, and the mark after it. */
function newer<T>(
  found: readonly T[],
  mark: Mark,
  of: (one: T) => { readonly id: string; readonly atMs: number },
): { readonly fresh: readonly T[]; readonly next: Mark } {
  const seen = new Set(mark.seen);
  const fresh = found.filter((one) => {
    const { id, atMs } = of(one);
    return atMs > mark.atMs || (atMs === mark.atMs && !seen.has(id));
  });
  const atMs = Math.max(mark.atMs, ...fresh.map((one) => of(one).atMs));
  const last = fresh.map(of).filter((one) => one.atMs === atMs);
  const before = atMs === mark.atMs ? mark.seen : [];
  return { fresh, next: { atMs, seen: [...before, ...last.map(({ id }) => id)] } };
}

/**
 * Looks for files that came or changed since the last look. Each starts a run, whose input is the
 * file.
 * @example sensor: { look: newFiles(({ inbox }) => inbox, { prefix: "in/" }) }
 * @throws MOR_INVALID past 10,000 files below the prefix
 */
export function newFiles<Held>(
  pick: (held: Held) => Pick<BlobReader, "list">,
  { prefix = "" }: { readonly prefix?: string } = {},
): Sensor<Held, SeenFile>["look"] {
  return async (held, cursor): Promise<Sighted<SeenFile>> => {
    const files: SeenFile[] = [];
    for (let page: string | undefined; ;) {
      const more = page === undefined ? {} : { cursor: page };
      const listed = await pick(held).list({ prefix, limit: pageMax, ...more });
      for (const { key, size, updatedAtMs } of listed.blobs) {
        files.push({ key, size, modifiedAtMs: updatedAtMs });
      }
      if (files.length > filesMax) {
        throw coreErrors.MOR_INVALID(`more than ${filesMax} files begin with "${prefix}"`, {
          fix: "Move those away that are done, or look at a narrower prefix.",
        });
      }
      if (listed.cursor === undefined) break;
      page = listed.cursor;
    }
    const { fresh, next } = newer(files, (cursor as Mark | undefined) ?? none, (file) => ({
      id: file.key,
      atMs: file.modifiedAtMs,
    }));
    const starts = fresh.map((file) => ({ id: idOf(file), input: file }));
    return { starts, cursor: next };
  };
}

/** Where rows of a table are looked for. */
export interface NewRows<Row> {
  /** An index whose first field is the instant that `atMs` gives. */
  readonly index: string;
  /** When a row came, milliseconds since the epoch; it may not change. */
  readonly atMs: (row: Row) => number;
  /** What tells rows apart. */
  readonly id: (row: Row) => string;
}

/** A table as a look needs it. */
interface Listed<Row> {
  list(options: {
    readonly index: never;
    readonly range: { readonly gte: number };
    readonly limit: number;
  }): Promise<{ readonly rows: readonly Row[] }>;
}

/**
 * Looks for rows that came since the last look, by an index over time: 500 a look, and so many of
 * one millisecond. Each starts a run, whose input is the row.
 */
export function newRows<Held, Row>(
  pick: (held: Held) => Listed<Row>,
  { index, atMs, id }: NewRows<Row>,
): Sensor<Held, Row>["look"] {
  return async (held, cursor): Promise<Sighted<Row>> => {
    const mark = (cursor as Mark | undefined) ?? none;
    const range = { gte: mark.atMs };
    const limit = Math.min(rowsMax, pageMax + mark.seen.length);
    const { rows } = await pick(held).list({ index: index as never, range, limit });
    const { fresh, next } = newer(rows, mark, (row) => ({ id: id(row), atMs: atMs(row) }));
    return { starts: fresh.map((row) => ({ id: id(row), input: row })), cursor: next };
  };
}
