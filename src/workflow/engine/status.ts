/** How a run may stand, in the order of its life. */
export const runStatuses = [
  "ready",
  "running",
  /** In nobody's memory. */
  "waiting",
  "paused",
  "completed",
  "failed",
  "cancelled",
  "terminated",
  /** The next run of its chain goes on. */
  "continued",
] as const;

/** How a run stands. */
export type RunStatus = (typeof runStatuses)[number];
