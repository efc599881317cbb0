import type { FindHit } from "../core/host.ts";
import type { WorkflowRuntime } from "./runtime.ts";

const hitsMax = 20;
const titleMax = 200;

/** Runs of this id. */
export async function findRuns({ engine }: WorkflowRuntime, id: string): Promise<FindHit[]> {
  const { items } = await engine.list({ idPrefix: id, limit: hitsMax });
  return items
    .filter((run) => run.id === id)
    .map(({ workflow, status, createdAtMs }) => ({
      kind: "run",
      id,
      title: `${workflow}, ${status}`.slice(0, titleMax),
      resource: `workflow/${workflow}`,
      atMs: createdAtMs,
    }));
}
