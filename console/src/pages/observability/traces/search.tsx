import { useState, type ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import * as format from "../../../i18n/format.ts";
import { Button } from "../../../ui/button.tsx";
import { huesOf } from "../../../ui/chart/hues.ts";
import { useGo } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { useView, type Change } from "../../../view.ts";
import { useSpan, type AskedSpan } from "../logs/asked.ts";
import { isIn, queryOf, readBox, searchView, writeBox, type SearchView } from "./asked.ts";
import { Why } from "./explain.tsx";
import { Form } from "./form.tsx";
import { TraceList } from "./list.tsx";
import { Scatter } from "./scatter.tsx";
import type { Summary } from "./summary.ts";
import { useText } from "./text.ts";
import "./traces.css";

/** Traces that are read at most: what a picture can still show. */
const tracesMax = 500;
/** Traces of one side of a comparison. */
const sideMax = 25;

const sample = `import { instrument } from "morning-ai/instrument";
instrument({ service: "shop", endpoint: "http://localhost:4318" });`;

/** The address that holds traces (b) against others (a); what is too much for it is left out. */
function compareOf(a: readonly string[], b: readonly string[]): string {
  const list = (ids: readonly string[]): string => ids.slice(0, sideMax).join(",");
  return `/traces/compare?a=${list(a)}&b=${list(b)}`;
}

/** What can be done with the traces that were chosen: by boxes, or by pulling over the picture. */
function Chosen({
  traces,
  picked,
  search,
  onChange,
}: {
  traces: readonly Summary[];
  picked: ReadonlySet<string>;
  search: Partial<SearchView>;
  onChange: (change: Change<SearchView>, push?: boolean) => void;
}): ReactNode {
  const { t } = useText();
  const go = useGo();
  const box = readBox(search.box);
  const inside = box === undefined ? [] : traces.filter((trace) => isIn(box, trace));
  const chosen = picked.size > 0 ? traces.filter(({ traceId }) => picked.has(traceId)) : inside;
  const ids = chosen.map(({ traceId }) => traceId);
  const rest = traces.filter(({ traceId }) => !ids.includes(traceId));
  const [first, second] = ids;
  return (
    <div className="row">
      {box !== undefined && (
        <span className="hint">{t("box.inside", { count: inside.length })}</span>
      )}
      {picked.size === 2 && first !== undefined && second !== undefined && (
        <Button size="small" onClick={() => go(compareOf([first], [second]))}>
          {t("box.compareTwo")}
        </Button>
      )}
      {ids.length > 0 && rest.length > 0 && (
        <Button
          size="small"
          onClick={() =>
            go(
              compareOf(
                rest.map(({ traceId }) => traceId),
                ids,
              ),
            )
          }
        >
          {t("box.compareRest", { count: ids.length })}
        </Button>
      )}
      {box !== undefined && (
        <Button size="small" tone="quiet" icon="close" onClick={() => onChange({ box: undefined })}>
          {t("box.clear")}
        </Button>
      )}
      {search.why === undefined && box === undefined && (
        <>
          <Button size="small" onClick={() => onChange({ why: "slow" }, true)}>
            {t("why.slow")}
          </Button>
          <Button size="small" onClick={() => onChange({ why: "failed" }, true)}>
            {t("why.failed")}
          </Button>
        </>
      )}
    </div>
  );
}

function Found({
  traces,
  span,
  search,
  onChange,
}: {
  traces: readonly Summary[];
  span: AskedSpan;
  search: Partial<SearchView>;
  onChange: (change: Change<SearchView>, push?: boolean) => void;
}): ReactNode {
  const { t } = useText();
  const go = useGo();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const box = readBox(search.box);
  const hues = huesOf(
    traces.flatMap(({ rootService, services }) => [
      rootService,
      ...services.map(({ name }) => name),
    ]),
  );
  const open = ({ traceId }: Summary): void => go(`/traces/${traceId}`);
  const listed = box === undefined ? traces : traces.filter((trace) => isIn(box, trace));
  return (
    <>
      <Panel
        title={t("scatter.title")}
        flush
        actions={<Chosen {...{ traces, picked, search, onChange }} />}
      >
        <Scatter
          {...{ traces, span, hues, box }}
          onBox={(next) => onChange({ box: next && writeBox(next), why: undefined }, true)}
          onOpen={open}
        />
      </Panel>
      <Why {...{ search, span, box, traces, onChange }} />
      <Panel
        title={t("list.title")}
        flush
        {...(traces.length === tracesMax ? { hint: t("list.cut", { count: tracesMax }) } : {})}
      >
        <TraceList
          traces={listed}
          hues={hues}
          selection={{ keys: picked, onChange: setPicked }}
          onOpen={open}
          empty={<Empty title={t("list.none")} text={t("list.noneText")} code={sample} />}
        />
      </Panel>
    </>
  );
}

/** Traces of a time: a form, a picture of their durations, a list. */
export default function TracesPage(): ReactNode {
  const { t, locale } = useText();
  const [search, set] = useView(searchView);
  const [span] = useSpan();
  const { min, max, by = "start" } = search;
  const input = {
    q: queryOf(search),
    limit: tracesMax,
    orderBy: by,
    durationMinMs: min,
    durationMaxMs: max,
    ...span,
  };
  const found = useApi("/telemetry/traces", { query: input }, { keep: true });
  const traces = found.data?.traces;
  const failed = traces?.filter(({ errors }) => errors > 0).length ?? 0;
  const sorted = (traces ?? []).map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const change = (next: Change<SearchView>, push = false): void => set(next, { push });
  return (
    <Page
      title={t("search.title")}
      sentence={
        middle === undefined
          ? t("search.sentence")
          : t("search.found", {
              count: sorted.length,
              failed,
              middle: format.duration(middle, locale),
              most: format.duration(sorted.at(-1) ?? 0, locale),
            })
      }
      {...(middle === undefined ? {} : { health: failed > 0 ? "warning" : "ok" })}
    >
      <Form search={search} span={span} error={found.error} onChange={change} />
      <Answer of={found}>
        {(answer) => <Found traces={answer.traces} span={span} search={search} onChange={change} />}
      </Answer>
    </Page>
  );
}
