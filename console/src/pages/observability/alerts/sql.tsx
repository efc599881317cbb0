import { useQuery } from "@tanstack/react-query";
import { useId, useMemo, useState, type ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Button } from "../../../ui/button.tsx";
import { Segments, Select } from "../../../ui/field.tsx";
import { Count, Duration } from "../../../ui/figures.tsx";
import { HealthIcon } from "../../../ui/icons.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { oneOf, text, useView, type Parameters } from "../../../view.ts";
import { BigNumber, FrameChart, GridTable } from "./drawing.tsx";
import { frameOfGrid, numberOfGrid, withSpan, type Span } from "./frame.ts";
import { SaveQuery, SavedQueries } from "./sql-saved.tsx";
import { SqlEditor } from "./sql-lazy.tsx";
import { shared, tables } from "./sql-words.ts";
import { useSpan } from "./span.ts";
import { examples } from "./starters.ts";
import { useText } from "./text.ts";
import "./alerts.css";

const looks = ["table", "lines", "bars", "number"] as const;

interface Workbench {
  /** The statement that was run. */
  readonly q: string;
  readonly look: (typeof looks)[number];
  readonly rows: "1000" | "10000";
}

const view: Parameters<Workbench> = {
  q: text(16_384),
  look: oneOf(looks),
  rows: oneOf(["1000", "10000"]),
};

const timeoutMs = 30_000;

type SqlAnswer = AnswerOf<"/telemetry/sql", "post">;

/** Runs the statement of the URL, over the span as it was when it was run. */
function useStatement(q: string, rowsMax: number, span: Span, run: number) {
  const [asked, setAsked] = useState({ q, run, span });
  const isNew = asked.q !== q || asked.run !== run;
  if (isNew) setAsked({ q, run, span });
  const current = isNew ? { q, run, span } : asked;
  return useQuery<SqlAnswer, Problem>({
    queryKey: ["sql", current.q, rowsMax, current.run, current.span],
    queryFn: ({ signal }) => {
      const body = { text: withSpan(current.q, current.span), rowsMax, timeoutMs };
      return call("post", "/telemetry/sql", { body }, signal);
    },
    enabled: current.q.trim() !== "",
    retry: false,
    staleTime: Infinity,
    gcTime: 60_000,
  });
}

function Results({
  answer,
  look,
  onLook,
}: {
  answer: SqlAnswer;
  look: Workbench["look"];
  onLook: (look: Workbench["look"]) => void;
}): ReactNode {
  const { t } = useText();
  const frame = useMemo(() => frameOfGrid(answer), [answer]);
  const isChart = look === "lines" || look === "bars";
  return (
    <Panel
      title={t("sql.results")}
      flush={look === "table"}
      hint={
        <>
          <Count value={answer.rows.length} /> {t("sql.rows", { count: answer.rows.length })} ·{" "}
          <Duration ms={answer.elapsedMs} />
        </>
      }
      actions={
        <Segments
          label={t("panel.draw")}
          value={look}
          options={looks.map((one) => [one, t(`draw.${one}`)] as const)}
          onChange={onLook}
        />
      }
    >
      {answer.cut && (
        <p className="row sql-cut">
          <HealthIcon health="warning" />
          <span>{t("sql.cut", { count: answer.rows.length })}</span>
        </p>
      )}
      {look === "table" && <GridTable label={t("sql.results")} name="sql" grid={answer} />}
      {look === "number" && <BigNumber value={numberOfGrid(answer)} unit="" frame={frame} />}
      {isChart &&
        (frame === undefined ? (
          <Empty title={t("panel.noTime")} text={t("panel.noTimeText")} />
        ) : (
          <FrameChart
            label={t("sql.results")}
            frame={frame}
            unit=""
            bars={look === "bars"}
            height={300}
          />
        ))}
    </Panel>
  );
}

/** Which tables there are and what they hold. */
function Tables({ onTake }: { onTake: (statement: string) => void }): ReactNode {
  const { t } = useText();
  return (
    <Panel title={t("sql.tables")} hint={t("sql.tablesHint")}>
      <div className="sql-tables">
        {Object.entries(tables).map(([name, columns]) => (
          <details key={name}>
            <summary className="mono">{name}</summary>
            <p className="mono hint">{[...columns, ...shared].join(", ")}</p>
            <Button
              size="small"
              onClick={() =>
                onTake(`select *\nfrom ${name}\nwhere time >= $from and time < $to\nlimit 100`)
              }
            >
              {t("sql.look", { name })}
            </Button>
          </details>
        ))}
      </div>
    </Panel>
  );
}

interface StatementProps {
  readonly draft: string;
  readonly onDraft: (text: string) => void;
  readonly onStart: (statement: string) => void;
  readonly rows: Workbench["rows"];
  readonly onRows: (rows: Workbench["rows"]) => void;
  readonly busy: boolean;
  /** What the store says is wrong with the statement that was run. */
  readonly problem: Problem | undefined;
}

/** Where a statement is written, and what bounds it. */
function StatementPanel(props: StatementProps): ReactNode {
  const { draft, onDraft, onStart, rows, onRows, busy, problem } = props;
  const { t } = useText();
  const problemId = useId();
  return (
    <Panel
      title={t("sql.statement")}
      hint={t("sql.hint")}
      actions={
        <Select
          label={t("sql.examples")}
          value=""
          options={[
            ["", t("sql.examples")],
            ...examples.map(({ key }) => [key as string, t(key)] as const),
          ]}
          onChange={(key) => {
            const example = examples.find((one) => one.key === key);
            if (example !== undefined) onStart(example.text);
          }}
        />
      }
    >
      <SqlEditor
        label={t("sql.statement")}
        text={draft}
        onChange={onDraft}
        onRun={() => onStart(draft)}
        describedBy={problem === undefined ? undefined : problemId}
      />
      <div className="row">
        <Button
          tone="main"
          icon="play"
          busy={busy}
          disabled={draft.trim() === ""}
          onClick={() => onStart(draft)}
        >
          {t("sql.run")}
        </Button>
        <Select
          label={t("sql.rowsMax")}
          value={rows}
          options={[
            ["1000", t("sql.upTo", { count: 1000 })],
            ["10000", t("sql.upTo", { count: 10_000 })],
          ]}
          onChange={onRows}
        />
        <span className="hint">{t("sql.limits", { seconds: timeoutMs / 1000 })}</span>
      </div>
      {problem !== undefined && (
        <p className="field-problem sql-problem" id={problemId} role="alert">
          {shown(problem.message, 1000)} {shown(problem.fix, 300)}
        </p>
      )}
    </Panel>
  );
}

/** SQL over everything that was stored: read only, bounded, as a table or a chart. */
export default function SqlPage(): ReactNode {
  const { t } = useText();
  const [{ q = "", look = "table", rows = "1000" }, set] = useView(view);
  const [span] = useSpan();
  const [draft, setDraft] = useState(q === "" ? examples[0].text : q);
  const [told, setTold] = useState(q);
  const [run, setRun] = useState(0);
  // Opened from elsewhere, or the back button.
  if (told !== q) {
    setTold(q);
    if (q !== "") setDraft(q);
  }
  const found = useStatement(q, Number(rows), span, run);
  const start = (statement: string): void => {
    setDraft(statement);
    setRun(run + 1);
    if (statement !== q) set({ q: statement }, { push: true });
  };
  const mine = found.error?.code.startsWith("MOR_") === true ? found.error : undefined;
  return (
    <Page
      title={t("sql.title")}
      sentence={t("sql.sentence")}
      actions={
        <>
          <SavedQueries onOpen={start} />
          <SaveQuery text={draft} look={look} />
        </>
      }
    >
      <StatementPanel
        draft={draft}
        onDraft={setDraft}
        onStart={start}
        rows={rows}
        onRows={(next) => set({ rows: next === "1000" ? undefined : next })}
        busy={found.isFetching}
        problem={mine}
      />
      {q === "" ? (
        <Tables onTake={start} />
      ) : (
        mine === undefined && (
          <Answer of={found}>
            {(answer) => (
              <Results
                answer={answer}
                look={look}
                onLook={(next) => set({ look: next === "table" ? undefined : next })}
              />
            )}
          </Answer>
        )
      )}
      {q !== "" && <Tables onTake={start} />}
    </Page>
  );
}
