import { useApi } from "../../api/query.ts";
import type { Health } from "../../api/overview.ts";
import { browserClock } from "../../clock.ts";
import { useLive } from "../../live.tsx";
import { goingOf, type Workflow } from "./status.tsx";
import { useText } from "./text.ts";

/** Runs that failed longer ago need no look any more. */
const recentMs = 86_400_000;
const stillMs = 60_000;
/** More of them are "so many or more". */
const countedMax = 200;

/** Runs that failed within the last day. */
export interface Failures {
  readonly runs: number;
  readonly workflows: number;
  /** There are more than are counted. */
  readonly isMore: boolean;
}

/** The runs that failed within the last day, of one workflow or of all; undefined until known. */
export function useRecentFailures(workflow: string | undefined): Failures | undefined {
  const { scene } = useLive();
  const nowMs = scene?.overview.nowMs ?? browserClock.nowMs();
  const fromMs = Math.floor(nowMs / stillMs) * stillMs - recentMs;
  const { data } = useApi(
    "/workflow-runs",
    { query: { workflow, status: "failed", fromMs, limit: countedMax } },
    { everyMs: 5000, keep: true },
  );
  if (data === undefined) return undefined;
  return {
    runs: data.runs.length,
    workflows: new Set(data.runs.map((run) => run.workflow)).size,
    isMore: data.cursor !== undefined,
  };
}

/** What the page says first. */
export function useVerdict(
  workflows: readonly Workflow[],
  people: number,
  failures: Failures | undefined,
): { readonly sentence: string; readonly health: Health } | undefined {
  const { t } = useText();
  if (workflows.length === 0 || failures === undefined) return undefined;
  const count = workflows.length;
  const going = workflows.reduce((sum, one) => sum + goingOf(one), 0);
  const values = { count, going, people };
  if (failures.runs === 0) return { health: "ok", sentence: t("workflows.ok", values) };
  const { runs: failed, workflows: bad, isMore } = failures;
  const more = isMore ? "yes" : "no";
  const sentence = t("workflows.failing", { ...values, failed, bad, more });
  return { health: "failing", sentence };
}
