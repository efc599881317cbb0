import type { Signal } from "../../signals/records.ts";

/** What a Parquet file of records has, besides its bytes. */
export interface FileFacts {
  readonly rows: number;
  /** First and last time of its records, nanoseconds; both are in the file. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Keys of attributes that are columns (`@` in front), ascending, and their usual types. */
  readonly columns: readonly string[];
  readonly types: readonly string[];
  /** Keys that may be in the map although there is a column: of files that were merged. */
  readonly mixed: readonly string[];
  /** Keys that are in the map; undefined where they are too many to list. */
  readonly rest?: readonly string[];
}

/** The files of a segment. */
export type SegmentPart =
  | "data"
  | "origins"
  | "index"
  | "texts"
  | "traces"
  | "red"
  | "edges"
  | "counts";

/** The name of each part's file. */
export const partNames: { readonly [P in SegmentPart]: string } = {
  data: "data.parquet",
  origins: "origins.parquet",
  index: "index.bin",
  texts: "texts.bin",
  traces: "traces.json",
  red: "red.parquet",
  edges: "edges.parquet",
  counts: "counts.parquet",
};

/** Sealed records of one signal, as the manifest lists them. */
export interface SealedSegment extends FileFacts {
  readonly id: string;
  readonly signal: Signal;
  /** How often its records were merged; 0 as sealed. */
  readonly level: number;
  /** Services whose records it holds. */
  readonly services: readonly string[];
  /** Bytes of each part that it has. */
  readonly sizes: { readonly [P in SegmentPart]?: number };
  readonly sealedAtMs: number;
}

/** A sealed segment, and where its parts lie on this machine. */
export interface Segment extends SealedSegment {
  readonly bytes: number;
  readonly files: { readonly [P in SegmentPart]?: string };
}

/** A file of records that are not sealed. Its rows have no service: join `origin` with origins. */
export interface FreshFile extends FileFacts {
  readonly signal: Signal;
  readonly path: string;
}

/** The column that says when a record was, a signal each. */
export const timeColumns: { readonly [S in Signal]: string } = {
  logs: "time_ns",
  spans: "start_ns",
  points: "time_ns",
  errors: "time_ns",
};

/** The column that a search for text reads, where there is one. */
export const textColumns: { readonly [S in Signal]?: string } = {
  logs: "body",
  spans: "name",
  errors: "message",
};

/** Columns that sealed files have of the origin, so that most queries need no join. */
export const originColumns = ["service", "version", "environment", "instance", "scope"] as const;
