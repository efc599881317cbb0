import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { Graph } from "../../core/graph.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { rangeOf, rangeQuery } from "../api/range.ts";
import { isOnSet, isOnTable } from "./apm-statements.ts";
import type { EngineStatement } from "./slow-kept.ts";
import type { SlowEngine } from "./slow-engines.ts";
import type { PollState } from "./slow-polling.ts";

/** What the routes of slow statements stand on. */
export interface SlowParts {
  readonly slow: readonly SlowEngine[];
  readonly graph: Graph;
  readonly clock: Clock;
  /** The engine's name of a table or cache. */
  readonly physicalName: (kind: "table" | "cache", name: string) => string;
}

/** What an engine says of its slow statements. */
export interface SlowEngineView extends PollState {
  readonly engine: "postgres" | "valkey";
  readonly everyMs: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly totalMs: number;
  readonly statements: readonly EngineStatement[];
  /** Statements that the limit left out. */
  readonly leftOut: number;
}

const instant = z.nullable(z.number());

const Statement: z.ZodType<EngineStatement> = z.object({
  database: z.string(),
  statement: z.string(),
  calls: z.number(),
  totalMs: z.number(),
  averageMs: z.number(),
  maxMs: z.number(),
  p95Ms: z.exactOptional(z.number()),
  rows: z.exactOptional(z.number()),
  blocksRead: z.exactOptional(z.number()),
  blocksTemporary: z.exactOptional(z.number()),
  share: z.number(),
  lastAtMs: z.exactOptional(z.number()),
});

const SlowAnswer: z.ZodType<{ readonly engines: readonly SlowEngineView[] }> = z.object({
  engines: z.array(
    z.object({
      engine: z.enum(["postgres", "valkey"]),
      everyMs: z.number(),
      readAtMs: instant,
      nextAtMs: instant,
      failures: z.number(),
      problem: z.nullable(
        z.object({
          code: z.string(),
          message: z.string(),
          fix: z.string(),
          sinceMs: z.number(),
        }),
      ),
      fromMs: instant,
      toMs: instant,
      totalMs: z.number(),
      statements: z.array(Statement),
      leftOut: z.number(),
    }),
  ),
});

const SlowQuery = z.object({
  ...rangeQuery,
  of: z
    .enum(["range", "all"])
    .default("range")
    .describe("all: since the engine's own statistics were reset."),
  resource: z
    .string()
    .max(500)
    .regex(/^(?:table|cache)\/./, "table/NAME or cache/NAME")
    .optional()
    .describe("Only statements on this table or cache."),
  service: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe("Only statements on tables and caches that the service holds."),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

type Asked = z.output<typeof SlowQuery>;

/** The tables and caches that a query is about; undefined where it is about all statements. */
function resourcesOf(graph: Graph, { resource, service }: Asked): readonly string[] | undefined {
  if (service === undefined) return resource === undefined ? undefined : [resource];
  const id = `service/${service}`;
  return graph.edges
    .flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : []))
    .filter((one) => /^(?:table|cache)\//.test(one))
    .filter((one) => resource === undefined || one === resource);
}

/** Whether a statement of an engine is about one of these. */
function aboutThese(
  { physicalName }: SlowParts,
  engine: SlowEngine["engine"],
  resources: readonly string[],
): (one: EngineStatement) => boolean {
  const kind = engine === "postgres" ? "table" : "cache";
  const names = resources
    .filter((id) => id.startsWith(`${kind}/`))
    .map((id) => physicalName(kind, id.slice(kind.length + 1)));
  const isOn = engine === "postgres" ? isOnTable : isOnSet;
  return ({ statement }) => names.some((name) => isOn(statement, name));
}

function viewOf(parts: SlowParts, engine: SlowEngine, query: Asked): SlowEngineView {
  const { fromMs, toMs } = rangeOf(query, parts.clock);
  const found = query.of === "all" ? engine.readAll() : engine.read(fromMs, toMs);
  const resources = resourcesOf(parts.graph, query);
  const about = resources === undefined ? () => true : aboutThese(parts, engine.engine, resources);
  const statements = found.statements.filter(about);
  return {
    engine: engine.engine,
    everyMs: engine.everyMs,
    ...engine.state(),
    ...found,
    statements: statements.slice(0, query.limit),
    leftOut: Math.max(0, statements.length - query.limit),
  };
}

/** The routes of what engines themselves found slow. */
export function slowRoutes(parts: SlowParts): readonly AnyRoute[] {
  return [
    get(
      "/telemetry/apm/slow-queries",
      {
        role: "viewer",
        summary: "Statements that took most time, as Postgres and Valkey counted them themselves",
        query: SlowQuery,
        answer: SlowAnswer,
      },
      ({ query }) => ({ engines: parts.slow.map((engine) => viewOf(parts, engine, query)) }),
    ),
  ];
}
