/** The state of the Overview that its URL holds, so that a colleague who opens it sees the same. */
export interface OverviewSearch {
  /** The part whose details are open. */
  readonly node?: string | undefined;
  /** Only events of this type. */
  readonly type?: string | undefined;
  /** How the parts are shown; by the width of the window when absent. */
  readonly view?: "map" | "list";
  /** Whether tables, blob stores, caches, secrets and schedules are on the map. */
  readonly state?: boolean;
}

/** Text of at most 300 characters; the router has read `?node=12` as a number. */
function text(value: unknown): string | undefined {
  const read = typeof value === "number" ? String(value) : value;
  return typeof read === "string" && read !== "" ? read.slice(0, 300) : undefined;
}

/** Reads the search parameters of a URL that anyone may have written. */
export function overviewSearch(search: Readonly<Record<string, unknown>>): OverviewSearch {
  const { view, state } = search;
  const node = text(search["node"]);
  const type = text(search["type"]);
  return {
    ...(node === undefined ? {} : { node }),
    ...(type === undefined ? {} : { type }),
    ...(view === "map" || view === "list" ? { view } : {}),
    ...(state === true ? { state } : {}),
  };
}
