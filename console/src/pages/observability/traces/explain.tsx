import { useQuery } from "@tanstack/react-query";
import { useMemo, type ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import * as format from "../../../i18n/format.ts";
import { IconButton } from "../../../ui/button.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer } from "../../../ui/states.tsx";
import { AttributeCompare, type AttributeRow } from "../../../ui/traces/compare.tsx";
import type { Change } from "../../../view.ts";
import type { AskedSpan } from "../logs/asked.ts";
import { withCondition } from "../logs/lines.ts";
import { queryOf, type Box, type SearchView } from "./asked.ts";
import type { Summary } from "./summary.ts";
import { useText } from "./text.ts";

type Explained = AnswerOf<"/telemetry/traces/explain", "post">;

/** The slowest twentieth, where nobody said what is slow. */
const slowShare = 0.95;

interface WhyProps {
  readonly search: Partial<SearchView>;
  readonly span: AskedSpan;
  readonly box: Box | undefined;
  readonly traces: readonly Summary[];
  readonly onChange: (change: Change<SearchView>) => void;
}

/** What is asked: the first spans of traces, slower than something or failed. */
function bodyOf({ search, span, box, traces }: WhyProps) {
  // With neither a service nor a query, only the spans that began traces: others would be
  // explained by being what they are.
  const query = queryOf(search);
  const q = query === "" ? "-parent_span_id:*" : query;
  if (box !== undefined) {
    const most = box.mostMs.toPrecision(6);
    return {
      q: `${q} duration<=${Number(most)}`,
      slowerThanMs: Math.max(box.leastMs, 0.001),
      fromMs: Math.round(box.fromMs),
      toMs: Math.round(box.toMs),
    };
  }
  if (search.why === "failed") return { q, failed: true, ...span };
  const sorted = traces.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  const slow = sorted[Math.floor(sorted.length * slowShare)] ?? 1;
  return { q, slowerThanMs: Math.max(Number(slow.toPrecision(2)), 0.001), ...span };
}

function rowsOf({ explanations }: Explained): readonly AttributeRow[] {
  return explanations
    .filter(({ significant }) => significant)
    .map(({ attribute, value, inShare, restShare, score }) => ({
      attribute,
      value,
      inSet: inShare,
      inRest: restShare,
      score: Math.min(1, Math.max(0, score)),
    }));
}

/** Which attribute tells slow or failed spans from the others. */
export function Why(props: WhyProps): ReactNode {
  const { search, box, onChange } = props;
  const { t, locale } = useText();
  const isOpen = box !== undefined || search.why !== undefined;
  const asked = bodyOf(props);
  // A range that moves on does not ask anew every few seconds: what is explained stands still.
  const key = JSON.stringify([asked.q, search.why, search.box, Math.round(asked.toMs / 60_000)]);
  const body = useMemo(() => asked, [key]);
  const found = useQuery<Explained, Problem>({
    queryKey: ["api", "/telemetry/traces/explain", key],
    queryFn: ({ signal }) => call("post", "/telemetry/traces/explain", { body }, signal),
    enabled: isOpen,
    placeholderData: (before) => before,
  });
  if (!isOpen) return null;
  const slow = "slowerThanMs" in body ? format.duration(body.slowerThanMs, locale) : undefined;
  const pick = ({ attribute, value }: AttributeRow): void => {
    if (value === "(absent)" || /^[<>]/.test(value)) return;
    onChange({ q: withCondition(search.q ?? "", attribute, value, false) });
  };
  return (
    <Panel
      flush
      title={slow === undefined ? t("why.failedTitle") : t("why.slowTitle", { slow })}
      actions={
        <IconButton
          icon="close"
          label={t("detail.close")}
          onClick={() => onChange({ why: undefined, box: undefined })}
        />
      }
    >
      <Answer of={found}>
        {(answer) => (
          <>
            <p className="hint why-words">
              {answer.enough
                ? t("why.sizes", {
                    set: answer.inSize,
                    rest: answer.restSize,
                    tested: answer.tested,
                  })
                : t("why.few", { set: answer.inSize, rest: answer.restSize })}
            </p>
            <AttributeCompare
              name="why"
              setLabel={slow === undefined ? t("why.failedSet") : t("why.slowSet", { slow })}
              restLabel={t("why.rest")}
              rows={rowsOf(answer)}
              onPick={pick}
            />
          </>
        )}
      </Answer>
    </Panel>
  );
}
