import type { Page, PageOptions, RunFilter } from "./records.ts";
import type { RunSummary } from "./rows.ts";
import type { RunStatus } from "./status.ts";

/** Where a run is taken up again: from what it failed with, or from its start. */
export type ReplayFrom = "failure" | "start";

/** Which runs are taken up again, and where. */
export type ReplayAsked = RunFilter & PageOptions & { readonly from?: ReplayFrom };

/** A run, and the one that takes it up. */
export interface Replayed {
  readonly run: string;
  readonly fork: string;
}

/** What can be taken up: neither what goes on, nor what went on as the next of a chain. */
const taken: Readonly<Record<ReplayFrom, readonly RunStatus[]>> = {
  failure: ["failed", "cancelled", "terminated"],
  start: ["completed", "failed", "cancelled", "terminated"],
};

/** Those that are meant where a search names no statuses. */
const meant: Readonly<Record<ReplayFrom, readonly RunStatus[]>> = {
  failure: ["failed"],
  start: taken.start,
};

/**
 * Takes up what a search finds, each as a run of its own, the newest first.
 * @param begin takes up one run, and gives the id of the run that does
 */
export async function replay(
  { from = "failure", ...filter }: ReplayAsked,
  list: (asked: RunFilter & PageOptions) => Promise<Page<RunSummary>>,
  begin: (id: string, from: ReplayFrom) => Promise<string>,
): Promise<Page<Replayed>> {
  const asked = filter.statuses ?? meant[from];
  const statuses = asked.filter((status) => taken[from].includes(status));
  if (statuses.length === 0) return { items: [], cursor: undefined };
  const { items, cursor } = await list({ ...filter, statuses });
  const replayed: Replayed[] = [];
  for (const { id } of items) replayed.push({ run: id, fork: await begin(id, from) });
  return { items: replayed, cursor };
}
