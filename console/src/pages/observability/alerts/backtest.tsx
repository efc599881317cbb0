import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import type { Marker, Threshold } from "../../../ui/chart/series.ts";
import { Figures, Duration, Count } from "../../../ui/figures.tsx";
import { unitOfCondition, type AlertSpec, type Backtest, type Condition } from "./alert-data.ts";
import { useHeldSpan } from "./ask.ts";
import { FrameChart } from "./drawing.tsx";
import { FiringLanes } from "./firing-lanes.tsx";
import type { Frame, Span } from "./frame.ts";
import { useText } from "./text.ts";
import { drawnOf } from "./unit.ts";

/** Runs an alert over a span of the past, with the code that runs it live. */
export function useBacktest(
  spec: AlertSpec,
  span: Span,
  enabled: boolean,
): UseQueryResult<Backtest, Problem> {
  const [held, settle] = useHeldSpan(span);
  const result = useQuery<Backtest, Problem>({
    queryKey: ["backtest", spec, held],
    queryFn: ({ signal }) => call("post", "/alerts/backtest", { body: { spec, ...held } }, signal),
    placeholderData: keepPreviousData,
    gcTime: 30_000,
    retry: false,
    enabled,
  });
  useEffect(() => settle(result.isFetching));
  return result;
}

/** The bound of a condition as a chart draws it. */
function thresholdsOf(condition: Condition, words: string): readonly Threshold[] {
  if (condition.type !== "threshold" && condition.type !== "change") return [];
  const value = condition.value * drawnOf(unitOfCondition(condition)).factor;
  const isAbove = condition.op.startsWith(">");
  return [{ ...(isAbove ? { from: value } : { to: value }), label: words, tone: "failing" }];
}

const markersMax = 30;

/** The values that an alert judges, its bound, and when it fired or would have. */
export function JudgedChart({
  spec,
  result,
  label,
}: {
  spec: AlertSpec;
  result: Backtest;
  label: string;
}): ReactNode {
  const { t } = useText();
  const { fromMs, stepMs, values, firings } = result;
  const frame = useMemo<Frame>(
    () => ({
      atMs: values.map((_, at) => fromMs + at * stepMs),
      lines: [{ label: "", values }],
      leftOut: 0,
    }),
    [fromMs, stepMs, values],
  );
  const markers = useMemo<readonly Marker[]>(
    () =>
      firings
        .slice(0, markersMax)
        .map(({ fromMs: atMs }) => ({ atMs, label: t("backtest.fires"), tone: "failing" })),
    [firings, t],
  );
  return (
    <FrameChart
      label={label}
      frame={frame}
      unit={unitOfCondition(spec.condition)}
      height={200}
      markers={markers}
      thresholds={thresholdsOf(spec.condition, t("backtest.bound"))}
    />
  );
}

/** What an alert would have done: how often, how long, and how nervously. */
export function BacktestResult({ spec, result }: { spec: AlertSpec; result: Backtest }): ReactNode {
  const { t } = useText();
  const lanes = result.firings.map(({ labels, fromMs, toMs }, at) => ({
    id: String(at),
    alert: Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
    fromMs,
    toMs: toMs ?? undefined,
  }));
  return (
    <>
      <Figures
        figures={[
          {
            label: t("backtest.count"),
            value: <Count value={result.count} />,
            ...(result.count > 0 ? { tone: "failing" as const } : {}),
          },
          {
            label: t("backtest.minutes"),
            value: <Duration ms={result.firingMinutes * 60_000} />,
          },
          {
            label: t("backtest.flaps"),
            value: <Count value={result.flaps} />,
            ...(result.flaps > 0 ? { tone: "warning" as const } : {}),
          },
          { label: t("backtest.evaluations"), value: <Count value={result.evaluations} /> },
          { label: t("backtest.step"), value: <Duration ms={result.stepMs} /> },
          { label: t("backtest.undecided"), value: <Count value={result.undecided} /> },
        ]}
      />
      <JudgedChart spec={spec} result={result} label={t("backtest.values")} />
      {lanes.length > 0 && <FiringLanes firings={lanes} span={result} plain />}
    </>
  );
}
