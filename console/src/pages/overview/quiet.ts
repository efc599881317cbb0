import type { Part } from "../../api/overview.ts";

const quietKinds = ["schedule", "table", "blob", "cache", "secret"];

/**
 * Schedules, tables, blob stores, caches and secrets: on the map only when asked for, or when they
 * are not well.
 */
export function isQuiet({ kind, health }: Part): boolean {
  return quietKinds.includes(kind) && (health === "ok" || health === "unknown");
}
