import dagre from "@dagrejs/dagre";
import type { Link, Part } from "../../api/overview.ts";

/** Size of a node's card. */
export const cardWidth = 184;
export const cardHeight = 56;

/** Where a card stands: its top left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The plan of a map. Keys are node ids, and edge ids made by `linkId`. */
export interface Layout {
  readonly places: ReadonlyMap<string, Place>;
  /** SVG path data in the map's own coordinates. */
  readonly paths: ReadonlyMap<string, string>;
  readonly width: number;
  readonly height: number;
}

export function linkId({ from, to, verb }: Pick<Link, "from" | "to" | "verb">): string {
  return JSON.stringify([from, verb, to]);
}

/** The same as long as the topology is: figures may change without the map moving. */
export function topologyKey(parts: readonly Part[], links: readonly Link[]): string {
  return JSON.stringify([parts.map(({ id }) => id).sort(), links.map(linkId).sort()]);
}

/** A line that leaves and enters level, and goes level through each point between. */
export function levelPath(points: readonly Place[]): string {
  const [start, ...rest] = points;
  if (start === undefined) return "";
  let from = start;
  const curves = rest.map((to) => {
    const middle = (from.x + to.x) / 2;
    const curve = `C${middle},${from.y} ${middle},${to.y} ${to.x},${to.y}`;
    from = to;
    return curve;
  });
  return [`M${start.x},${start.y}`, ...curves].join(" ");
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** From the side of one card to the facing side of the other, through the points between. */
function route(from: Place, to: Place, between: readonly Place[]): string {
  const forward = from.x <= to.x;
  // A way back leaves and enters a little lower, so that a way there and back is two lines.
  const y = (place: Place): number => place.y + cardHeight / 2 + (forward ? -4 : 8);
  const start = { x: forward ? from.x + cardWidth : from.x, y: y(from) };
  const end = { x: forward ? to.x : to.x + cardWidth, y: y(to) };
  return levelPath([start, ...between, end]);
}

/** Back to itself: a loop over the top of the card. */
function loop({ x, y }: Place): string {
  const [left, right] = [x + cardWidth * 0.6, x + cardWidth * 0.85];
  return `M${left},${y} C${left},${y - 34} ${right},${y - 34} ${right},${y}`;
}

/**
 * Steps from where traffic enters: services that nothing calls first, then what is left. A layout
 * by the longest way would be twice as wide, and its cards too small to read.
 */
function depths(ids: readonly string[], links: readonly Link[]): ReadonlyMap<string, number> {
  const next = Map.groupBy(links, ({ from }) => from);
  const entered = new Set(links.map(({ to }) => to));
  const seeds = ids.filter((id) => !entered.has(id));
  const services = seeds.filter((id) => id.startsWith("service/"));
  const depth = new Map<string, number>();
  const spread = (starts: readonly string[]): void => {
    let layer = starts.filter((id) => !depth.has(id));
    for (let steps = 0; layer.length > 0; steps++) {
      for (const id of layer) depth.set(id, steps);
      const reached = layer.flatMap((id) => (next.get(id) ?? []).map(({ to }) => to));
      layer = [...new Set(reached)].filter((id) => !depth.has(id));
    }
  };
  spread(services);
  spread(seeds);
  for (const id of ids) spread([id]);
  // What only begins (a schedule) goes before all that it starts.
  for (const id of seeds) depth.set(id, -1);
  return depth;
}

const byKey =
  <T>(key: (item: T) => string) =>
  (a: T, b: T): number =>
    key(a) < key(b) ? -1 : 1;

const pathOf = (
  link: Link,
  places: ReadonlyMap<string, Place>,
  points: readonly Place[],
): string => {
  const [from, to] = [places.get(link.from), places.get(link.to)];
  if (from === undefined || to === undefined) return "";
  if (link.from === link.to) return loop(from);
  const inner = points.slice(1, -1).map(({ x, y }) => ({ x: round(x), y: round(y) }));
  // A straight hop needs no point between: dagre puts one halfway.
  return route(from, to, inner.length > 1 ? inner : []);
};

/**
 * Layers from left to right, in the direction of the traffic. The same input gives the same plan.
 */
export function layout(parts: readonly Part[], links: readonly Link[]): Layout {
  const ids = parts.map(({ id }) => id).sort();
  const sorted = links.toSorted(byKey(linkId));
  const depth = depths(ids, sorted);
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", ranksep: 52, nodesep: 16, edgesep: 12, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { width: cardWidth, height: cardHeight });
  const turned = ({ from, to }: Link): boolean => (depth.get(from) ?? 0) > (depth.get(to) ?? 0);
  for (const link of sorted) {
    if (link.from === link.to) continue;
    const [tail, head] = turned(link) ? [link.to, link.from] : [link.from, link.to];
    graph.setEdge(tail, head, {}, linkId(link));
  }
  dagre.layout(graph);
  const places = new Map<string, Place>();
  for (const id of ids) {
    const { x, y } = graph.node(id);
    places.set(id, { x: round(x - cardWidth / 2), y: round(y - cardHeight / 2) });
  }
  const pointsOf = (link: Link): readonly Place[] => {
    if (link.from === link.to) return [];
    const name = linkId(link);
    if (turned(link)) return (graph.edge(link.to, link.from, name)?.points ?? []).toReversed();
    return graph.edge(link.from, link.to, name)?.points ?? [];
  };
  const paths = new Map(
    links.map((link) => [linkId(link), pathOf(link, places, pointsOf(link))] as const),
  );
  const { width = 0, height = 0 } = graph.graph();
  return { places, paths, width, height };
}
