import type { ReactNode } from "react";
import { HealthIcon } from "../../../ui/icons.tsx";
import type { TraceDetail } from "./summary.ts";
import { useText } from "./text.ts";

type Counts = TraceDetail["analysis"]["counts"];

/** What is odd about a trace, in words: what was not received, whose clock is off. */
export function Oddities({ counts, leftOut }: { counts: Counts; leftOut: number }): ReactNode {
  const { t } = useText();
  const { missing, orphans, skewed, duplicates, cycles } = counts;
  const said = [
    missing > 0 && t("odd.missing", { missing, orphans }),
    skewed > 0 && t("odd.skewed", { count: skewed }),
    duplicates > 0 && t("odd.duplicates", { count: duplicates }),
    cycles > 0 && t("odd.cycles", { count: cycles }),
    leftOut > 0 && t("odd.leftOut", { count: leftOut }),
  ].filter((one) => one !== false);
  if (said.length === 0) return null;
  return (
    <ul className="trace-odd" aria-label={t("odd.label")}>
      {said.map((words) => (
        <li key={words}>
          <HealthIcon health="warning" />
          {words}
        </li>
      ))}
    </ul>
  );
}
