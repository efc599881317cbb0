interface Edge {
  readonly from: string;
  readonly to: string;
}

function along(edges: readonly Edge[], start: string, from: "from" | "to"): ReadonlySet<string> {
  const to = from === "from" ? "to" : "from";
  const found = new Set([start]);
  const waiting = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const edge of edges) {
      if (edge[from] !== next || found.has(edge[to])) continue;
      found.add(edge[to]);
      waiting.push(edge[to]);
    }
  }
  return found;
}

/** What something has to do with: all that it is made of, and all that is made of it. */
export const reachable = (edges: readonly Edge[], id: string): ReadonlySet<string> =>
  new Set([...along(edges, id, "to"), ...along(edges, id, "from")]);
