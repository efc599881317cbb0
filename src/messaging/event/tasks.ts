import type { TaskProgress } from "../../core/capabilities/tasks.ts";
import type { Host } from "../../core/host.ts";
import { makeTaskWatch } from "../task-watch.ts";
import type { TaskWatch } from "../task-watch.ts";
import type { EventDriver, ReplayTask } from "./driver.ts";

/** A replay as the console shows tasks; its name is its id. */
export function replayProgress(task: ReplayTask): TaskProgress {
  const { name, state, read, total, startedAtMs, error } = task;
  return {
    id: name,
    kind: "replay",
    resource: "event/*",
    state: state === "done" ? "completed" : state,
    done: read,
    total,
    startedAtMs,
    ...(error === undefined ? {} : { error }),
  };
}

/** Watches the replays of the bus. */
export function watchReplays(host: Host, driver: EventDriver): TaskWatch {
  return makeTaskWatch(host, async () =>
    driver.features.replay ? (await driver.replays()).map(replayProgress) : [],
  );
}
