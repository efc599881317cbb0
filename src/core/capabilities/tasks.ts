import type { ProviderKey } from "../host.ts";

/** Long work of a pillar that somebody started and may watch: a redrive, a replay. */
export interface TaskProgress {
  readonly id: string;
  readonly kind: "redrive" | "replay";
  /** What it works on: `queue/welcome-email-dead`; `event/*` where it is not one resource. */
  readonly resource: string;
  readonly state: "running" | "completed" | "failed" | "cancelled";
  /** Pieces done so far, and all of them; `total` is null where it is not known. */
  readonly done: number;
  readonly total: number | null;
  readonly startedAtMs: number;
  /** Why it failed. */
  readonly error?: string;
}

/** How long a task that has ended is still listed, milliseconds. */
export const endedTaskMs = 60_000;

/** A pillar's tasks. */
export interface Tasks {
  /** Those that run, and those that ended within the last {@link endedTaskMs}; at most 100. */
  running(): Promise<readonly TaskProgress[]>;
}

/** The key under which the queue pillar provides its tasks. */
export const queueTasks: ProviderKey<Tasks> = { provider: "queue-tasks" };

/** The key under which the event pillar provides its tasks. */
export const eventTasks: ProviderKey<Tasks> = { provider: "event-tasks" };
