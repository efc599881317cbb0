import type { AnswerOf } from "../../../api/client.ts";
import type { Health, Link, Part } from "../../../api/overview.ts";

/** The service map of a time, observed beside declared. */
export type ServiceMap = AnswerOf<"/telemetry/map", "get">;
export type MapNode = ServiceMap["nodes"][number];
export type MapEdge = ServiceMap["edges"][number];

const healths: Readonly<Record<MapNode["health"], Health>> = {
  ok: "ok",
  degraded: "warning",
  failing: "failing",
  idle: "unknown",
  unknown: "unknown",
};

/** A node as the drawing takes it. */
export function partOf({ id, kind, name, health, ...figures }: MapNode): Part {
  const { callsPerSecond, errorShare, p95Ms, seen } = figures;
  return {
    id,
    kind,
    name,
    health: healths[health],
    ratePerSecond: callsPerSecond,
    errorRate: errorShare,
    ...(seen ? { p95Ms } : {}),
  };
}

/** The name of an id: `queue/mail`. */
export const nameOf = (id: string): string => id.slice(id.indexOf("/") + 1);
export const kindOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf("/")));

/** One line for each pair of nodes that anything joins; those of several kinds add up. */
export function linksOf(edges: readonly MapEdge[], labelOf: (edge: MapEdge) => string): Link[] {
  const links = new Map<string, Link & { calls: number; errors: number }>();
  for (const edge of edges) {
    const { from, to, calls, errors, callsPerSecond } = edge;
    const key = `${from}\n${to}`;
    const known = links.get(key);
    const sum = { calls: (known?.calls ?? 0) + calls, errors: (known?.errors ?? 0) + errors };
    const isMain = known === undefined || calls > known.calls;
    links.set(key, {
      from,
      to,
      verb: edge.state,
      ...sum,
      ratePerSecond: (known?.ratePerSecond ?? 0) + callsPerSecond,
      errorRate: sum.calls === 0 ? 0 : sum.errors / sum.calls,
      label: isMain ? labelOf(edge) : (known.label ?? ""),
    });
  }
  return [...links.values()];
}
