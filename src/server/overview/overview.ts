import { z } from "zod";
import type { ResourceFigures } from "../../core/capabilities/figures.ts";
import type { TaskProgress } from "../../core/capabilities/tasks.ts";
import type { Schema } from "../../core/schema.ts";

/** How a node is. */
export type Health = "ok" | "warning" | "failing" | "unknown";

/** Something that is wrong now. */
export interface OverviewProblem {
  readonly id: string;
  readonly severity: "warning" | "failing";
  readonly code: string;
  /** The node's id. */
  readonly subject: string;
  readonly message: string;
}

/** A node of the live map. */
export interface OverviewNode extends ResourceFigures {
  readonly kind: string;
  readonly name: string;
  readonly health: Health;
  readonly ratePerSecond: number;
  /** 0 to 1. */
  readonly errorRate: number;
  readonly p95Ms?: number;
}

/** An edge of the live map. */
export interface OverviewEdge {
  readonly from: string;
  readonly to: string;
  readonly verb: string;
  readonly ratePerSecond: number;
  readonly errorRate: number;
}

/** A count with its current rate. */
export interface OverviewCounter {
  readonly key: string;
  readonly label: string;
  readonly total: number;
  readonly ratePerSecond: number;
}

/** One second of traffic. */
export interface OverviewPoint {
  readonly atMs: number;
  readonly requests: number;
  readonly messages: number;
  readonly events: number;
  readonly errors: number;
}

/** An event that was published. */
export interface OverviewEvent {
  readonly id: string;
  readonly atMs: number;
  readonly type: string;
  readonly source: string;
  /** Its data as JSON text, cut after 200 characters. */
  readonly summary: string;
  readonly traceId?: string;
}

/** What the Overview page shows. */
export interface Overview {
  readonly app: string;
  readonly environment: string;
  readonly version: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly health: "ok" | "warning" | "failing";
  readonly problems: readonly OverviewProblem[];
  readonly nodes: readonly OverviewNode[];
  readonly edges: readonly OverviewEdge[];
  readonly counters: readonly OverviewCounter[];
  /** Newest first. */
  readonly recent: readonly OverviewEvent[];
  /** Tasks that run, and those that ended within the last minute. */
  readonly tasks: readonly TaskProgress[];
  /** The last five minutes, a point a second, oldest first. */
  readonly history: readonly OverviewPoint[];
}

/** What changes, once a second. */
export interface OverviewTick extends Omit<Overview, "history"> {
  /** The newest second. */
  readonly point: OverviewPoint;
  /** Events since the tick before that `recent` has no room for. */
  readonly skipped: number;
}

const atMs = z.number().int().describe("Milliseconds since the epoch.");
const severity = z.enum(["warning", "failing"]);
const rated = { ratePerSecond: z.number(), errorRate: z.number() };
const node = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  health: z.enum(["ok", "warning", "failing", "unknown"]),
  ...rated,
  p95Ms: z.exactOptional(z.number()),
  depth: z.exactOptional(z.number()),
  inFlight: z.exactOptional(z.number()),
  oldestMs: z.exactOptional(z.number()),
  deadLetters: z.exactOptional(z.number()),
});
const event = z.object({
  id: z.string(),
  atMs,
  type: z.string(),
  source: z.string(),
  summary: z.string(),
  traceId: z.exactOptional(z.string()),
});
const task = z.object({
  id: z.string(),
  kind: z.enum(["redrive", "replay"]),
  resource: z.string(),
  state: z.enum(["running", "completed", "failed", "cancelled"]),
  done: z.number(),
  total: z.number().nullable(),
  startedAtMs: atMs,
  error: z.exactOptional(z.string()),
});

/** `GET /overview` */
export const overviewAnswer: Schema<unknown, Overview> = z.object({
  app: z.string(),
  environment: z.string(),
  version: z.string(),
  startedAtMs: atMs,
  nowMs: atMs,
  health: z.enum(["ok", "warning", "failing"]),
  problems: z.array(
    z.object({
      id: z.string(),
      severity,
      code: z.string(),
      subject: z.string(),
      message: z.string(),
    }),
  ),
  nodes: z.array(node),
  edges: z.array(z.object({ from: z.string(), to: z.string(), verb: z.string(), ...rated })),
  counters: z.array(
    z.object({ key: z.string(), label: z.string(), total: z.number(), ratePerSecond: z.number() }),
  ),
  recent: z.array(event),
  tasks: z.array(task),
  history: z.array(
    z.object({
      atMs,
      requests: z.number(),
      messages: z.number(),
      events: z.number(),
      errors: z.number(),
    }),
  ),
});
