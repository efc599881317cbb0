import { z } from "zod";
import type { BlastRadius, Reached } from "./blast.ts";
import type { EdgeChange, MapDiff, NodeChange } from "./diff.ts";
import type { MapEdge, MapNode, ServiceMap } from "./map.ts";

const figures = {
  calls: z.number(),
  callsPerSecond: z.number(),
  errors: z.number(),
  errorShare: z.number(),
  p95Ms: z.number(),
};

const Node: z.ZodType<MapNode> = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  declared: z.boolean(),
  seen: z.boolean(),
  health: z.enum(["ok", "degraded", "failing", "idle", "unknown"]),
  ...figures,
});

const Edge: z.ZodType<MapEdge> = z.object({
  from: z.string(),
  to: z.string(),
  type: z.string(),
  state: z.enum(["declared", "undeclared", "unused", "outside"]),
  verbs: z.array(z.string()),
  p50Ms: z.number(),
  p99Ms: z.number(),
  ...figures,
});

/** A service map. */
export const MapAnswer: z.ZodType<ServiceMap> = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  nodes: z.array(Node),
  edges: z.array(Edge),
  nodesFolded: z.number(),
});

const ReachedNode: z.ZodType<Reached> = z.object({
  id: z.string(),
  distance: z.number(),
  path: z.array(z.string()),
  share: z.number(),
  buffered: z.boolean(),
});

/** What hangs on a node. */
export const BlastAnswer: z.ZodType<BlastRadius> = z.object({
  id: z.string(),
  upstream: z.array(ReachedNode),
  downstream: z.array(ReachedNode),
});

const change = z.enum(["added", "gone", "changed", "same"]);

const ChangedEdge: z.ZodType<EdgeChange> = z.object({
  from: z.string(),
  to: z.string(),
  type: z.string(),
  change,
  before: z.exactOptional(Edge),
  after: z.exactOptional(Edge),
  rateRatio: z.exactOptional(z.number()),
  p95Ratio: z.exactOptional(z.number()),
  errorShareChange: z.number(),
  errorsDiffer: z.boolean(),
});

const ChangedNode: z.ZodType<NodeChange> = z.object({
  id: z.string(),
  change,
  before: z.exactOptional(Node),
  after: z.exactOptional(Node),
});

/** Two service maps beside each other. */
export const MapDiffAnswer: z.ZodType<MapDiff> = z.object({
  nodes: z.array(ChangedNode),
  edges: z.array(ChangedEdge),
});
