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
import { traceOf, tracesOf } from "./traces.ts";

/** How telemetry is read. */
export interface ReaderOptions {
  readonly engine: Engine;
  /** Where DuckDB spills to: a folder of its own. */
  readonly folder: string;
  readonly clock: Clock;
  /** Memory of the queries, megabytes; 1024 if left out. */
  readonly memoryMb?: number;
  /** Threads of the queries; 2 if left out. */
  readonly threads?: number;
  /** Longest time of one statement; 30 s if left out. */
  readonly timeoutMs?: number;
}

/** Reads what an engine stores. */
export interface EngineReader extends SignalReader {
  close(): Promise<void>;
}

/** Opens the reader of an engine; DuckDB is loaded at the first query. */
export function openReader(options: ReaderOptions): EngineReader {
  const { engine, folder, clock, memoryMb = 1024, threads = 2, timeoutMs = 30_000 } = options;
  const pool = duckPool({
    temporary: join(folder, "queries"),
    memoryMb,
    threads,
    connectionsMax: 8,
    waitingMax: 256,
    timeoutMs,
    clock,
  });
  const shared: Shared = { engine, pool, origins: new Map() };
  const runSql = sqlRunner({
    temporary: join(folder, "statements"),
    memoryMb: Math.ceil(memoryMb / 2),
    threads,
    timeoutMs,
    clock,
  });
  const call = <T>(work: (session: Session) => Promise<T>): Promise<T> => inSession(shared, work);
  return {
    searchLogs: (query) => call((session) => search(session, "logs", query)),
    searchSpans: (query) => call((session) => search(session, "spans", query)),
    searchErrors: (query) => call((session) => search(session, "errors", query)),
    logContext: (id, before, after) => call((session) => contextOf(session, id, before, after)),
    aggregate: (query) => call((session) => aggregateOf(session, query)),
    trace: (traceId) => call((session) => traceOf(session, traceId)),
    traces: (query) => call((session) => tracesOf(session, query)),
    edges: (range) => call((session) => edgesIn(session, range)),
    metrics: (range) => call((session) => metricsIn(session, range)),
    series: (query) => call((session) => seriesIn(session, query)),
    fields: (signal, range) => call((session) => fieldsIn(session, signal, range)),
    fieldValues: (signal, field, range, prefix, limit) =>
      call((session) => fieldValuesIn(session, { signal, field, range, prefix, limit })),
    sql: (text, limits) => call((session) => runSql.run(session, text, limits)),
    async close() {
      await Promise.all([pool.close(), runSql.close()]);
    },
  };
}
