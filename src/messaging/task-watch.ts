import { endedTaskMs } from "../core/capabilities/tasks.ts";
import type { TaskProgress, Tasks } from "../core/capabilities/tasks.ts";
import type { Host } from "../core/host.ts";

/** The tasks of a pillar, which is told of those that begin. */
export interface TaskWatch extends Tasks {
  /** A task began in this process. */
  started(task: TaskProgress): void;
}

/**
 * Lists tasks as they are now: those of some resources, or of all where none are given.
 * @throws what the engine throws
 */
export type TaskList = (resources?: ReadonlySet<string>) => Promise<readonly TaskProgress[]>;

interface Known {
  readonly task: TaskProgress;
  /** When it was first seen to have ended. */
  readonly endedAtMs?: number;
}

const listedMax = 100;

/**
 * Watches tasks: asks the engine only while some are running, since a look may be a call of a
 * managed engine. Those that an earlier process left running are found once, at the first look.
 */
export function makeTaskWatch(
  { clock, log }: Pick<Host, "clock" | "log">,
  list: TaskList,
): TaskWatch {
  const known = new Map<string, Known>();
  let scanned = false;
  let looking: Promise<void> | undefined;

  const note = (task: TaskProgress): void => {
    if (task.state === "running") known.set(task.id, { task });
    else known.set(task.id, { task, endedAtMs: known.get(task.id)?.endedAtMs ?? clock.now() });
  };
  const runningNow = (): TaskProgress[] =>
    [...known.values()].map(({ task }) => task).filter(({ state }) => state === "running");
  const look = async (): Promise<void> => {
    const before = runningNow();
    if (scanned && before.length === 0) return;
    const resources = scanned ? new Set(before.map(({ resource }) => resource)) : undefined;
    const found = await list(resources);
    scanned = true;
    for (const task of found) {
      if (known.has(task.id) || task.state === "running") note(task);
    }
    const ids = new Set(found.map(({ id }) => id));
    // The engine has forgotten it: nobody can say how it ended.
    for (const { id } of before) if (!ids.has(id)) known.delete(id);
  };
  const forget = (): void => {
    for (const [id, { endedAtMs = Infinity }] of known) {
      if (clock.now() - endedAtMs > endedTaskMs) known.delete(id);
    }
  };
  return {
    started: note,
    async running() {
      looking ??= look()
        .catch((error: unknown) => {
          log.warn("tasks could not be looked at", { error: String(error) });
        })
        .finally(() => (looking = undefined));
      await looking;
      forget();
      const tasks = [...known.values()].map(({ task }) => task);
      return tasks.toSorted((a, b) => b.startedAtMs - a.startedAtMs).slice(0, listedMax);
    },
  };
}
