import type { Resource } from "./resource.ts";
import { heldBy } from "./service.ts";
import type { App } from "./service.ts";

/** A node of the declared topology. */
export interface GraphNode {
  /** `queue/welcome-email`: kind and name. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
}

/** An edge of the declared topology, in the direction in which work flows. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** The capability's verb. */
  readonly verb: string;
}

/** Who talks to whom, as declared. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** The identity of a resource within an app: `queue/welcome-email`. */
export function resourceId(resource: Pick<Resource, "kind" | "name">): string {
  return `${resource.kind}/${resource.name}`;
}

/**
 * The declared topology of an app: one edge a capability held, one for each resource that another
 * needs. Resources that only watch are left out.
 */
export function graphOf(app: App): Graph {
  const working = app.resources.filter(({ watches }) => watches !== true);
  const nodes = working.map((resource) => ({
    id: resourceId(resource),
    kind: resource.kind,
    name: resource.name,
  }));
  const edges = new Map<string, GraphEdge>();
  const add = (from: string, to: string, verb: string): void => {
    edges.set(`${from} ${to} ${verb}`, { from, to, verb });
  };
  for (const user of app.services) {
    for (const one of user.runs) add(resourceId(user), resourceId(one), "run");
    for (const [, held] of heldBy(user)) {
      if (held.resource.watches === true) continue;
      const holder = resourceId(user);
      const resource = resourceId(held.resource);
      if (held.flow === "in") add(resource, holder, held.verb);
      else add(holder, resource, held.verb);
    }
  }
  for (const resource of working) {
    for (const needed of resource.needs ?? []) {
      add(resourceId(resource), resourceId(needed), "needs");
    }
  }
  return { nodes, edges: [...edges.values()] };
}
