import type { Filter } from "../signals/filter.ts";
import type { Range, SignalReader } from "../signals/store.ts";
import { normaliseStatement } from "./apm-statements.ts";

/** A statement that services ran, from their spans. */
export interface SlowQuery {
  readonly service: string;
  readonly system: string;
  readonly namespace: string;
  /** Without literals. */
  readonly statement: string;
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: number;
  readonly averageMs: number;
  readonly maxMs: number;
  /** The worst of the texts that fold into this statement. */
  readonly p95Ms: number;
}

type Growing = { -readonly [K in keyof SlowQuery]: SlowQuery[K] };

/** Texts that are folded: those that took most time. */
const textsMax = 5000;

/**
 * The statements that took most time, from spans with `db.query.text` (older: `db.statement`),
 * grouped without their literals.
 * @param limit 50 if left out
 */
export async function readSlowQueries(
  reader: Pick<SignalReader, "aggregate">,
  range: Range,
  filter: Filter = { op: "all" },
  limit = 50,
): Promise<readonly SlowQuery[]> {
  const folded = new Map<string, Growing>();
  for (const [system, namespace, text] of [
    ["db.system.name", "db.namespace", "db.query.text"],
    ["db.system", "db.name", "db.statement"],
  ] as const) {
    const { rows } = await reader.aggregate({
      ...range,
      signal: "spans",
      filter: { op: "and", of: [{ op: "exists", field: text }, filter] },
      by: ["service", system, namespace, text],
      measures: [
        { as: "calls", fn: "count" },
        { as: "errors", fn: "count-if", filter: { op: "eq", field: "status", value: "error" } },
        { as: "total", fn: "sum", field: "duration" },
        { as: "max", fn: "max", field: "duration" },
        { as: "p95", fn: "quantile", field: "duration", q: 0.95 },
      ],
      orderBy: "total",
      limit: textsMax,
    });
    for (const { by, values } of rows) fold(folded, by, values);
  }
  return [...folded.values()]
    .map((query) => ({ ...query, averageMs: query.totalMs / Math.max(1, query.calls) }))
    .sort((a, b) => b.totalMs - a.totalMs)
    .slice(0, limit);
}

function fold(
  folded: Map<string, Growing>,
  by: readonly (string | null)[],
  values: Readonly<Record<string, number | null>>,
): void {
  const [service = "", system = "", namespace = "", text = ""] = by.map((value) => value ?? "");
  const statement = normaliseStatement(text);
  const key = [service, system, namespace, statement].join("\n");
  const known = folded.get(key) ?? {
    service,
    system,
    namespace,
    statement,
    calls: 0,
    errors: 0,
    totalMs: 0,
    averageMs: 0,
    maxMs: 0,
    p95Ms: 0,
  };
  folded.set(key, known);
  known.calls += values["calls"] ?? 0;
  known.errors += values["errors"] ?? 0;
  known.totalMs += values["total"] ?? 0;
  known.maxMs = Math.max(known.maxMs, values["max"] ?? 0);
  known.p95Ms = Math.max(known.p95Ms, values["p95"] ?? 0);
}
