import { Sketch } from "../metrics/sketch.ts";
import { serviceOf } from "../signals/records.ts";
import type { SpanRecord } from "../signals/records.ts";
import type { ObservedEdge, Range } from "../signals/store.ts";
import { callType, peerOf } from "./peer.ts";
import type { Peer } from "./peer.ts";

/** One call over one edge. */
export interface EdgeCall {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  readonly failed: boolean;
  readonly weight: number;
}

/** The node that requests come from whose caller sent no span. */
export const outside = "client/outside";

const internal = 1;
const server = 2;
const client = 3;
const producer = 4;
const consumer = 5;
const failedStatus = 2;

const keyOf = (traceId: string, spanId: string): string => traceId + spanId;

const serviceNode = (span: SpanRecord): string => `service/${serviceOf(span.origin)}`;

const consumes = (span: SpanRecord, peer: Peer | undefined): boolean =>
  span.kind === consumer && peer?.type === "messaging";

function ownCall(span: SpanRecord, from: string, to: string, type: string): EdgeCall {
  const { startNs, durationNs, weight } = span;
  return { from, to, type, startNs, durationNs, failed: span.status === failedStatus, weight };
}

/** Rule A: a span whose parent runs in another service. */
function crossing(child: SpanRecord, parent: SpanRecord): EdgeCall {
  const asked = parent.kind === client;
  const messaging = child.kind === producer || child.kind === consumer || parent.kind === producer;
  const rpc = callType(child.attributes) === "rpc" || callType(parent.attributes) === "rpc";
  return {
    from: serviceNode(parent),
    to: serviceNode(child),
    type: messaging ? "messaging" : rpc ? "rpc" : "http",
    startNs: child.startNs,
    durationNs: asked ? parent.durationNs : child.durationNs,
    failed: child.status === failedStatus || (asked && parent.status === failedStatus),
    weight: child.weight,
  };
}

/** Rules B and C: what a span says of the other end itself. */
function towardsPeer(
  span: SpanRecord,
  peer: Peer,
  answered: ReadonlySet<string>,
): EdgeCall | undefined {
  const own = serviceNode(span);
  if (peer.type === "messaging") {
    if (span.kind === producer) return ownCall(span, own, peer.node, peer.type);
    return span.kind === consumer ? ownCall(span, peer.node, own, peer.type) : undefined;
  }
  const calls = span.kind === client || (span.kind === internal && peer.named);
  if (!calls || peer.node === own) return undefined;
  const remote = peer.node.startsWith("service/") || peer.node.startsWith("external/");
  if (remote && answered.has(keyOf(span.traceId, span.spanId))) return undefined;
  return ownCall(span, own, peer.node, peer.type);
}

/**
 * The calls between nodes that spans tell of: from the parent's service to the child's, from
 * producers to queues and from queues to consumers, from clients to databases, models and third
 * parties, and from outside to root server spans. This is the meaning that every store's edges
 * have; spans of one trace must be given together.
 */
export function edgeCalls(spans: readonly SpanRecord[]): EdgeCall[] {
  const byId = new Map<string, SpanRecord>();
  for (const span of spans) byId.set(keyOf(span.traceId, span.spanId), span);
  const calls: EdgeCall[] = [];
  const answered = new Set<string>();
  const peers = spans.map((span) => peerOf(span));
  for (const [at, span] of spans.entries()) {
    if (span.parentSpanId === "") continue;
    const key = keyOf(span.traceId, span.parentSpanId);
    const parent = byId.get(key);
    if (parent === undefined || serviceOf(parent.origin) === serviceOf(span.origin)) continue;
    answered.add(key);
    if (!consumes(span, peers[at])) calls.push(crossing(span, parent));
  }
  for (const [at, span] of spans.entries()) {
    const peer = peers[at];
    const call = peer && towardsPeer(span, peer, answered);
    if (call !== undefined) calls.push(call);
    if (span.kind === server && span.parentSpanId === "") {
      calls.push(ownCall(span, outside, serviceNode(span), callType(span.attributes)));
    }
  }
  return calls;
}

/**
 * Folds calls into edges, most calls first; only those that began within `range`, if one is given.
 */
export function foldEdges(calls: Iterable<EdgeCall>, range?: Range): ObservedEdge[] {
  const edges = new Map<string, { call: EdgeCall; sketch: Sketch; errors: number }>();
  for (const call of calls) {
    if (range && (call.startNs < range.fromNs || call.startNs >= range.toNs)) continue;
    const key = `${call.from}\n${call.to}\n${call.type}`;
    let edge = edges.get(key);
    if (edge === undefined) {
      edge = { call, sketch: new Sketch(), errors: 0 };
      edges.set(key, edge);
    }
    edge.sketch.add(Number(call.durationNs) / 1e6, call.weight);
    if (call.failed) edge.errors += call.weight;
  }
  return [...edges.values()]
    .map(({ call: { from, to, type }, sketch, errors }) => {
      const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = sketch.quantiles([0.5, 0.95, 0.99]);
      return { from, to, type, calls: sketch.weight, errors, p50Ms, p95Ms, p99Ms };
    })
    .sort((a, b) => b.calls - a.calls || (a.from + a.to < b.from + b.to ? -1 : 1));
}

/** The edges of `spans` within `range`: the reference for what stores answer. */
export function edgesOf(spans: readonly SpanRecord[], range?: Range): ObservedEdge[] {
  return foldEdges(edgeCalls(spans), range);
}
