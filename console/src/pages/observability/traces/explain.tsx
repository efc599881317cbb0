import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
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

/** What sets one side of spans apart from the other. */
export type Explained = AnswerOf<"/telemetry/traces/explain", "post">;

/** The slowest tenth, where nobody said what is slow. */
const slowShare = 0.9;

interface WhyProps {
  readonly search: Partial<SearchView>;
  readonly span: AskedSpan;
  readonly box: Box | undefined;
  readonly traces: readonly Summary[];
  readonly onChange: (change: Change<SearchView>) => void;
}

/** What is explained, before it is known from what duration on spans count as slow. */
interface Question {
  readonly q: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly failed: boolean;
  /** The share of spans that are not slow. */
  readonly share: number;
  /** What counts as slow whatever the share, milliseconds. */
  readonly leastMs: number;
}

/** A trace may last longer than the span that it began with: a box takes its share of spans. */
function questionOf({ search, span, box, traces }: WhyProps): Question {
  // With neither a service nor a query, only the spans that began traces: others would be
  // explained by being what they are.
  const query = queryOf(search);
  const q = query === "" ? "-parent_span_id:*" : query;
  const failed = box === undefined && search.why === "failed";
  if (box === undefined) return { q, ...span, failed, share: slowShare, leastMs: Infinity };
  const { fromMs, toMs, leastMs } = box;
  const then = traces.filter(({ startMs }) => startMs >= fromMs && startMs <= toMs);
  const faster = then.filter(({ durationMs }) => durationMs < leastMs).length;
  const share = faster / Math.max(1, then.length);
  return { q, fromMs: Math.round(fromMs), toMs: Math.round(toMs), failed, share, leastMs };
}

interface Answered {
  readonly answer: Explained;
  readonly slowerThanMs: number | undefined;
}

async function explain(question: Question, signal: AbortSignal): Promise<Answered> {
  const { q, fromMs, toMs, failed, share, leastMs } = question;
  const asked = { q, fromMs, toMs };
  const path = "/telemetry/traces/explain";
  if (failed) {
    const answer = await call("post", path, { body: { ...asked, failed } }, signal);
    return { answer, slowerThanMs: undefined };
  }
  const measures = [{ as: "slow", fn: "quantile" as const, field: "duration", q: share }];
  const body = { ...asked, signal: "spans" as const, measures };
  const found = await call("post", "/telemetry/aggregate", { body }, signal);
  const slow = Math.min(leastMs, found.rows[0]?.values["slow"] ?? leastMs);
  // Two digits are enough to be read, and take in at least as many spans.
  const size = 10 ** (Math.floor(Math.log10(Math.max(slow, 0.001))) - 1);
  const slowerThanMs = Math.max(0.001, Number((Math.floor(slow / size) * size).toPrecision(2)));
  const answer = await call("post", path, { body: { ...asked, slowerThanMs } }, signal);
  return { answer, slowerThanMs };
}

/** What chance does not explain, as rows. */
export function rowsOf({ explanations }: Explained): readonly AttributeRow[] {
  return explanations
    .filter(({ significant }) => significant)
    .map(({ attribute, value, kind, inShare, restShare, score }) => ({
      attribute,
      value,
      kind,
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
  const question = questionOf(props);
  // A range that moves on does not ask anew every few seconds: what is explained stands still.
  const minute = Math.round(question.toMs / 60_000);
  const found = useQuery<Answered, Problem>({
    queryKey: ["api", "/telemetry/traces/explain", question.q, search.why, search.box, minute],
    queryFn: ({ signal }) => explain(question, signal),
    enabled: isOpen,
    placeholderData: (before) => before,
  });
  if (!isOpen) return null;
  const ms = found.data?.slowerThanMs;
  const slow = ms === undefined ? undefined : format.duration(ms, locale);
  const isFailed = question.failed;
  const pick = ({ attribute, value, kind }: AttributeRow): void => {
    if (kind !== "value") return;
    onChange({ q: withCondition(search.q ?? "", attribute, value, false) });
  };
  return (
    <Panel
      flush
      title={isFailed ? t("why.failedTitle") : t("why.slowTitle", { slow: slow ?? "…" })}
      actions={
        <IconButton
          icon="close"
          label={t("detail.close")}
          onClick={() => onChange({ why: undefined, box: undefined })}
        />
      }
    >
      <Answer of={found}>
        {({ answer }) => (
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
              setLabel={isFailed ? t("why.failedSet") : t("why.slowSet", { slow: slow ?? "" })}
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
