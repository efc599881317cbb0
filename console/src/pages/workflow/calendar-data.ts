import type { AnswerOf } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { monthSpan } from "./days.ts";
import { goingStatuses } from "./status.tsx";

type Day = AnswerOf<"/workflows/{name}/days", "get">["days"][number];

const everyMs = 5000;

/** How the runs of a day ended, or that they have not. */
export interface DayCounts {
  readonly completed: number;
  readonly failed: number;
  readonly stopped: number;
  readonly going: number;
}

export const noCounts: DayCounts = { completed: 0, failed: 0, stopped: 0, going: 0 };

const countsOf = ({ runs }: Day): DayCounts => ({
  completed: runs.completed + runs.continued,
  failed: runs.failed,
  stopped: runs.cancelled + runs.terminated,
  going: goingStatuses.reduce((sum, status) => sum + runs[status], 0),
});

/** Days by their midnights in the reader's zone. */
export function countsByDay(days: readonly Day[]): ReadonlyMap<number, DayCounts> {
  return new Map(days.map((day) => [day.dayMs, countsOf(day)]));
}

/** How many moments lie on each day. */
export function momentsByDay(atMs: readonly number[]): ReadonlyMap<number, number> {
  const days = new Map<number, number>();
  for (const at of atMs) {
    const dayMs = new Date(at).setHours(0, 0, 0, 0);
    days.set(dayMs, (days.get(dayMs) ?? 0) + 1);
  }
  return days;
}

/** The runs of a month, counted by the day that they were started on. */
export function useMonth(name: string, month: string) {
  const { fromMs, untilMs } = monthSpan(month);
  const { timeZone: timezone } = new Intl.DateTimeFormat().resolvedOptions();
  return useApi(
    "/workflows/{name}/days",
    { path: { name }, query: { fromMs, untilMs, timezone } },
    { everyMs, keep: true },
  );
}
