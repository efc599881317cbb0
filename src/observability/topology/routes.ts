import { z } from "zod";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { Graph } from "../../core/graph.ts";
import type { ApiParts } from "../api/parts.ts";
import { rangeOf, rangeQuery } from "../api/range.ts";
import type { Range } from "../signals/store.ts";
import { BlastAnswer, MapAnswer, MapDiffAnswer } from "./answers.ts";
import { blastRadius } from "./blast.ts";
import { diffMaps } from "./diff.ts";
import { buildMap } from "./map.ts";
import type { Health, MapOptions, ServiceMap } from "./map.ts";

/** What the routes of the map stand on. */
export interface TopologyParts extends Pick<ApiParts, "reader" | "clock"> {
  /** What the app declares. */
  readonly graph: Graph;
  readonly aliases?: MapOptions["aliases"];
  /** Health that SLOs know of nodes. */
  readonly health?: (range: Range) => Promise<ReadonlyMap<string, Health>>;
}

/** Exact percentiles of services: those of edges do not add up. */
async function serviceP95({ reader }: TopologyParts, range: Range): Promise<Map<string, number>> {
  const { rows } = await reader.aggregate({
    fromNs: range.fromNs,
    toNs: range.toNs,
    signal: "spans",
    filter: { op: "in", field: "kind", values: ["server", "consumer"] },
    by: ["service"],
    measures: [
      { as: "calls", fn: "count" },
      { as: "p95", fn: "quantile", field: "duration", q: 0.95 },
    ],
    orderBy: "calls",
    limit: 1000,
  });
  return new Map(
    rows.map(({ by: [service], values }) => [`service/${service}`, values["p95"] ?? 0]),
  );
}

async function mapOf(parts: TopologyParts, range: Range): Promise<ServiceMap> {
  const { reader, graph, aliases } = parts;
  const [edges, p95Ms, health] = await Promise.all([
    reader.edges(range),
    serviceP95(parts, range),
    parts.health?.(range),
  ]);
  return buildMap(edges, graph, range, {
    p95Ms,
    ...(aliases !== undefined && { aliases }),
    ...(health !== undefined && { health }),
  });
}

const DiffQuery = z.object({
  ...rangeQuery,
  beforeFromMs: z.coerce.number().nonnegative(),
  beforeToMs: z.coerce.number().nonnegative(),
});

/** The routes of the service map, below `/telemetry/map`. */
export function topologyRoutes(parts: TopologyParts): readonly AnyRoute[] {
  const { clock } = parts;
  return [
    get(
      "/telemetry/map",
      {
        role: "viewer",
        summary: "The service map of a range, observed beside declared",
        query: z.object(rangeQuery),
        answer: MapAnswer,
      },
      ({ query }) => mapOf(parts, rangeOf(query, clock)),
    ),
    get(
      "/telemetry/map/blast",
      {
        role: "viewer",
        summary: "What hangs on a node of the map, upstream and downstream",
        query: z.object({ ...rangeQuery, node: z.string().min(1).max(500) }),
        answer: BlastAnswer,
      },
      async ({ query }) => blastRadius(await mapOf(parts, rangeOf(query, clock)), query.node),
    ),
    get(
      "/telemetry/map/diff",
      {
        role: "viewer",
        summary: "What changed on the map between two ranges",
        query: DiffQuery,
        answer: MapDiffAnswer,
      },
      async ({ query }) => {
        const before = { fromMs: query.beforeFromMs, toMs: query.beforeToMs };
        const [was, is] = await Promise.all([
          mapOf(parts, rangeOf(before, clock)),
          mapOf(parts, rangeOf(query, clock)),
        ]);
        return diffMaps(was, is);
      },
    ),
  ];
}
