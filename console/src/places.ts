/** Where things are shown: the path of the page of a resource, by its kind and name. */
const pages: Readonly<Record<string, string>> = {
  service: "/services",
  queue: "/queues",
  event: "/events",
  schedule: "/schedules",
  workflow: "/workflows",
  asset: "/assets",
  table: "/tables",
  blob: "/blobs",
  cache: "/tables",
  secret: "/tables",
};

/** Kinds that are listed on a page, and have none of their own. */
const listed: ReadonlySet<string> = new Set(["cache", "secret"]);

/** The path of the page about a resource; undefined for a kind that has none. */
export function placeOf(kind: string, name: string): string | undefined {
  const page = pages[kind];
  if (page === undefined) return undefined;
  return listed.has(kind) ? page : `${page}/${encodeURIComponent(name)}`;
}

/** The same by the id of a node: `queue/welcome-email`. */
export function placeOfId(id: string): string | undefined {
  const [kind = "", ...name] = id.split("/");
  return placeOf(kind, name.join("/"));
}
