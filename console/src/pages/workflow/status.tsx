import type { ReactNode } from "react";
import type { AnswerOf } from "../../api/client.ts";
import type { Health } from "../../api/overview.ts";
import { Badge } from "../../ui/badge.tsx";
import { useText, type Say } from "./text.ts";

/** A workflow, as the API gives it. */
export type Workflow = AnswerOf<"/workflows/{name}", "get">;
/** A run as a list has it, and whole. */
export type Run = AnswerOf<"/workflow-runs", "get">["runs"][number];
export type RunDetail = AnswerOf<"/workflow-runs/{id}", "get">;
export type RunStatus = Run["status"];

/** Every status, in the order of a run's life. */
export const statuses: readonly RunStatus[] = [
  "ready",
  "running",
  "waiting",
  "paused",
  "completed",
  "failed",
  "cancelled",
  "terminated",
  "continued",
];

/** Those of runs that have not ended. */
export const goingStatuses: readonly RunStatus[] = statuses.slice(0, 4);

const healths: Readonly<Record<RunStatus, Health>> = {
  ready: "unknown",
  running: "unknown",
  waiting: "unknown",
  paused: "warning",
  completed: "ok",
  failed: "failing",
  cancelled: "warning",
  terminated: "warning",
  continued: "ok",
};

export const healthOfRun = (status: RunStatus): Health => healths[status];

/** A status in a word. */
export const statusName = (t: Say, status: RunStatus): string => t(`status.${status}`);

/** How a run stands, by shape and word. */
export function StatusBadge({
  run: { status, cancelling },
}: {
  run: Pick<Run, "status" | "cancelling">;
}): ReactNode {
  const { t } = useText();
  if (cancelling) return <Badge health="warning">{t("status.cancelling")}</Badge>;
  return <Badge health={healths[status]}>{statusName(t, status)}</Badge>;
}

/** Whether a run has ended. */
export const hasEnded = ({ endedAtMs }: Pick<Run, "endedAtMs">): boolean => endedAtMs !== null;

/** How many of the runs of a workflow have not ended. */
export const goingOf = ({ runs }: Pick<Workflow, "runs">): number =>
  goingStatuses.reduce((sum, status) => sum + runs[status], 0);

/** The path of the page of a run. */
export const runPath = (id: string): string => `/workflow-runs/${encodeURIComponent(id)}`;
