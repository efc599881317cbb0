import { join } from "node:path";
import type { Clock } from "../../../../core/clock.ts";
import type { ErrorRecord, LogRecord, SpanRecord } from "../../../signals/records.ts";
import type { SignalReader } from "../../../signals/store.ts";
import type { Engine, View } from "../view.ts";
import { aggregate } from "./aggregate.ts";
import { duckPool } from "./duck-pool.ts";
import { edges } from "./edges.ts";
import type { Reading } from "./search.ts";
import { context, search } from "./search.ts";
import { fields, fieldValues, metrics, series } from "./series.ts";
import { runSql } from "./sql.ts";
import { trace, traces } from "./traces.ts";

/** How the store is read. */
export interface ReaderOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  /** Folder of the engine. */
  readonly folder: string;
  readonly limits?: Partial<ReaderLimits>;
}

/** Limits of reading. */
export interface ReaderLimits {
  readonly memoryMb: number;
  readonly threads: number;
  /** Queries at once; others wait. */
  readonly connectionsMax: number;
  readonly waitingMax: number;
  readonly timeoutMs: number;
  /** Memory of one statement of a user. */
  readonly sqlMemoryMb: number;
}

/** Limits that suit a machine of two cores and 4 GB. */
export const readerLimits: ReaderLimits = {
  memoryMb: 1024,
  threads: 2,
  connectionsMax: 4,
  waitingMax: 200,
  timeoutMs: 20_000,
  sqlMemoryMb: 512,
};

/** A reader with an end. */
export interface OpenReader extends SignalReader {
  close(): Promise<void>;
}

/** Opens the reading side of the embedded store. */
export function openReader({ engine, clock, folder, ...options }: ReaderOptions): OpenReader {
  const limits = { ...readerLimits, ...options.limits };
  const temporary = join(folder, "query");
  const pool = duckPool({ ...limits, temporary, clock });
  const reading: Reading = { engine, pool };
  const reads = async <T>(work: (view: View) => Promise<T>): Promise<T> => {
    await engine.flush();
    const view = engine.view();
    try {
      return await work(view);
    } finally {
      view.release();
    }
  };
  return {
    searchLogs: (query) => reads((view) => search<LogRecord>(reading, view, "logs", query)),
    searchSpans: (query) => reads((view) => search<SpanRecord>(reading, view, "spans", query)),
    searchErrors: (query) => reads((view) => search<ErrorRecord>(reading, view, "errors", query)),
    logContext: (id, before, after) =>
      reads((view) => context<LogRecord>(reading, view, id, before, after)),
    aggregate: (query) => reads((view) => aggregate(reading, view, query)),
    trace: (traceId) => reads((view) => trace(reading, view, traceId)),
    traces: (query) => reads((view) => traces(reading, view, query)),
    edges: (range) => reads((view) => edges(reading, view, range)),
    metrics: (range) => reads((view) => metrics(reading, view, range)),
    series: (query) => reads((view) => series(reading, view, query)),
    fields: (signal, range) => reads((view) => fields(reading, view, signal, range)),
    fieldValues: (signal, field, range, prefix, limit) =>
      reads((view) => fieldValues(reading, view, { signal, field, range, prefix, limit })),
    sql: (text, sqlLimits) =>
      reads((view) => {
        const sqlOptions = { folder, temporary, memoryMb: limits.sqlMemoryMb, clock };
        return runSql(reading, view, sqlOptions, text, sqlLimits);
      }),
    close: () => pool.close(),
  };
}
