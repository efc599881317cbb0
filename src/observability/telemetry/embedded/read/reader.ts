import { join } from "node:path";
import type { Clock } from "../../../../core/clock.ts";
import type { SignalReader } from "../../../signals/store.ts";
import type { Engine } from "../view.ts";
import { aggregateOf } from "./aggregate.ts";
import { contextOf } from "./context.ts";
import { duckPool } from "./duck-pool.ts";
import { edgesIn } from "./edges.ts";
import { fieldsIn, fieldValuesIn } from "./fields.ts";
import { metricsIn, seriesIn } from "./points.ts";
import { search } from "./search.ts";
import { inSession } from "./session.ts";
import type { Session, Shared } from "./session.ts";
import { sqlRunner } from "./sql.ts";
import { TraceRows } from "./trace-rows.ts";
import { traceOf, tracesOf } from "./traces.ts";

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
  const statements = sqlRunner({
    temporary: join(folder, "sql"),
    memoryMb: limits.sqlMemoryMb,
    clock,
  });
  const traceRows = new TraceRows(pool);
  const shared: Shared = { engine, pool, origins: new Map(), traceRows };
  const reads = <T>(work: (session: Session) => Promise<T>): Promise<T> => inSession(shared, work);
  return {
    searchLogs: (query) => reads((session) => search(session, "logs", query)),
    searchSpans: (query) => reads((session) => search(session, "spans", query)),
    searchErrors: (query) => reads((session) => search(session, "errors", query)),
    logContext: (id, before, after) => reads((session) => contextOf(session, id, before, after)),
    aggregate: (query) => reads((session) => aggregateOf(session, query)),
    trace: (traceId) => reads((session) => traceOf(session, traceId)),
    traces: (query) => reads((session) => tracesOf(session, query)),
    edges: (range) => reads((session) => edgesIn(session, range)),
    metrics: (range) => reads((session) => metricsIn(session, range)),
    series: (query) => reads((session) => seriesIn(session, query)),
    fields: (signal, range) => reads((session) => fieldsIn(session, signal, range)),
    fieldValues: (signal, field, range, prefix, limit) =>
      reads((session) => fieldValuesIn(session, { signal, field, range, prefix, limit })),
    sql: (text, sqlLimits) => reads((session) => statements.run(session, text, sqlLimits)),
    async close() {
      await Promise.all([pool.close(), statements.close()]);
    },
  };
}
