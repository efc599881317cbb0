import type { Health } from "../../../api/overview.ts";
import type { IconName } from "../../../ui/icons.tsx";
import type { Entry, Place } from "./places.ts";

const icons: Readonly<Record<string, IconName>> = {
  step: "play",
  invoke: "send",
  once: "table",
  sleep: "clock",
  signal: "bell",
  event: "event",
  callback: "person",
  child: "workflow",
  patch: "edit",
  attributes: "list",
  stop: "stop",
  branches: "map",
  branch: "next",
  undo: "undo",
};

/** The sign of a kind of entry. */
export const entryIcon = (kind: string): IconName => icons[kind] ?? "other";

const healths: Readonly<Record<Entry["status"], Health>> = {
  open: "unknown",
  done: "ok",
  failed: "failing",
};

/** How an entry stands. */
export const healthOfEntry = ({ status }: Pick<Entry, "status">): Health => healths[status];

/** How a place stands: branches as the worst of what is in them. */
export function healthOfPlace({ entry, isFailed, goesOn }: Place): Health {
  if (entry !== undefined) return healthOfEntry(entry);
  if (isFailed) return "failing";
  return goesOn ? "unknown" : "ok";
}
