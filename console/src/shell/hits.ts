import { placeOfId } from "../places.ts";

/** Something that has the id that was looked for. */
export interface Hit {
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  /** Where it is: `queue/mail`, `event/order.placed`, `table/orders`. */
  readonly resource: string;
}

/** Where something that was found is shown. */
export interface Place {
  readonly to: string;
  readonly search: Readonly<Record<string, string>>;
}

/** The page and the drawer that show what was found. */
export function placeOfHit({ kind, id, resource }: Hit): Place {
  const page = placeOfId(resource) ?? "/find";
  if (kind === "message") return { to: page, search: { tab: "messages", message: id } };
  if (kind === "event") return { to: "/events", search: { tab: "log", event: id } };
  if (kind === "row") return { to: page, search: { row: id } };
  if (kind === "trace") return { to: `/traces/${id}`, search: {} };
  if (kind === "run") return { to: `/workflow-runs/${encodeURIComponent(id)}`, search: {} };
  if (kind === "action") return { to: "/audit", search: {} };
  if (kind === "key") return { to: "/settings", search: { tab: "keys" } };
  return { to: page, search: {} };
}
