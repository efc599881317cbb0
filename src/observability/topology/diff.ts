import type { MapEdge, MapNode, ServiceMap } from "./map.ts";

/** What became of an edge or a node between two ranges. */
export type Change = "added" | "gone" | "changed" | "same";

/** An edge in both ranges. */
export interface EdgeChange {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly change: Change;
  readonly before?: MapEdge;
  readonly after?: MapEdge;
  /** After over before; absent where one of them had no calls. */
  readonly rateRatio?: number;
  readonly p95Ratio?: number;
  /** After minus before, in shares. */
  readonly errorShareChange: number;
  /** Whether the error shares differ by more than chance explains (two-sided, 1 %). */
  readonly errorsDiffer: boolean;
}

/** A node in both ranges. */
export interface NodeChange {
  readonly id: string;
  readonly change: Change;
  readonly before?: MapNode;
  readonly after?: MapNode;
}

/** Two maps beside each other. */
export interface MapDiff {
  readonly nodes: readonly NodeChange[];
  readonly edges: readonly EdgeChange[];
}

/** z of 1 % two-sided. */
const zLimit = 2.576;

/**
 * Whether two shares differ beyond chance (pooled two-proportion z, at least 5 expected errors).
 */
function sharesDiffer(before: MapEdge, after: MapEdge): boolean {
  const total = before.calls + after.calls;
  const pooled = (before.errors + after.errors) / total;
  if (!(pooled * Math.min(before.calls, after.calls) >= 5)) return false;
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / before.calls + 1 / after.calls));
  return spread > 0 && Math.abs(after.errorShare - before.errorShare) / spread > zLimit;
}

function compareEdge(before: MapEdge | undefined, after: MapEdge | undefined): EdgeChange {
  const { from, to, type } = (after ?? before) as MapEdge;
  const errorShareChange = (after?.errorShare ?? 0) - (before?.errorShare ?? 0);
  if (before === undefined || after === undefined) {
    return {
      from,
      to,
      type,
      change: before === undefined ? "added" : "gone",
      ...(before && { before }),
      ...(after && { after }),
      errorShareChange,
      errorsDiffer: false,
    };
  }
  const rateRatio = after.callsPerSecond / before.callsPerSecond;
  const p95Ratio = after.p95Ms / before.p95Ms;
  const errorsDiffer = sharesDiffer(before, after);
  const moved = rateRatio > 1.5 || rateRatio < 1 / 1.5 || p95Ratio > 1.5 || p95Ratio < 1 / 1.5;
  return {
    from,
    to,
    type,
    change: moved || errorsDiffer ? "changed" : "same",
    before,
    after,
    ...(Number.isFinite(rateRatio) && { rateRatio }),
    ...(Number.isFinite(p95Ratio) && { p95Ratio }),
    errorShareChange,
    errorsDiffer,
  };
}

const order: Readonly<Record<Change, number>> = { added: 0, gone: 1, changed: 2, same: 3 };

/** What changed between two ranges: edges and nodes that came, went, or fare otherwise. */
export function diffMaps(before: ServiceMap, after: ServiceMap): MapDiff {
  const key = ({ from, to, type }: MapEdge): string => `${from}\n${to}\n${type}`;
  const used = (map: ServiceMap): Map<string, MapEdge> =>
    new Map(map.edges.filter(({ state }) => state !== "unused").map((edge) => [key(edge), edge]));
  const [edgesBefore, edgesAfter] = [used(before), used(after)];
  const edges = [...new Set([...edgesBefore.keys(), ...edgesAfter.keys()])]
    .map((one) => compareEdge(edgesBefore.get(one), edgesAfter.get(one)))
    .sort(
      (a, b) =>
        order[a.change] - order[b.change] || Number(b.errorsDiffer) - Number(a.errorsDiffer),
    );
  const nodesOf = (map: ServiceMap): Map<string, MapNode> =>
    new Map(map.nodes.filter(({ seen }) => seen).map((node) => [node.id, node]));
  const [nodesBefore, nodesAfter] = [nodesOf(before), nodesOf(after)];
  const nodes = [...new Set([...nodesBefore.keys(), ...nodesAfter.keys()])]
    .map((id): NodeChange => {
      const was = nodesBefore.get(id);
      const is = nodesAfter.get(id);
      const moved = was !== undefined && is !== undefined && was.health !== is.health;
      const change =
        was === undefined ? "added" : is === undefined ? "gone" : moved ? "changed" : "same";
      return { id, change, ...(was && { before: was }), ...(is && { after: is }) };
    })
    .sort((a, b) => order[a.change] - order[b.change]);
  return { nodes, edges };
}
