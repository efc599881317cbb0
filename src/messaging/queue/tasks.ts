import type { TaskProgress } from "../../core/capabilities/tasks.ts";
import type { Host } from "../../core/host.ts";
import { makeTaskWatch } from "../task-watch.ts";
import type { TaskWatch } from "../task-watch.ts";
import type { QueueDriver, RedriveTask } from "./driver.ts";
import type { Entries } from "./entries.ts";

const resourceOf = (queue: string): string => `queue/${queue}`;

/** A redrive as the console shows tasks. */
export function redriveProgress(task: RedriveTask): TaskProgress {
  const { id, deadLetters, state, moved, total, startedAtMs, error } = task;
  return {
    id,
    kind: "redrive",
    resource: resourceOf(deadLetters),
    state: state === "done" ? "completed" : state,
    done: moved,
    total,
    startedAtMs,
    ...(error === undefined ? {} : { error }),
  };
}

/** Watches the redrives of every dead-letter queue. */
export function watchRedrives(host: Host, driver: QueueDriver, entries: Entries): TaskWatch {
  return makeTaskWatch(host, async (resources) => {
    const queues = entries
      .list()
      .filter(
        ({ role, spec }) => role === "dead" && (resources?.has(resourceOf(spec.name)) ?? true),
      );
    const lists = await Promise.all(queues.map(({ spec }) => driver.redrives(spec.name)));
    return lists.flat().map(redriveProgress);
  });
}
