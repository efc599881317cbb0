import { useMemo, useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import { useLive } from "../../../live.tsx";
import { ActionButton } from "../../../ui/action.tsx";
import { Button } from "../../../ui/button.tsx";
import { Segments } from "../../../ui/field.tsx";
import { Count } from "../../../ui/figures.tsx";
import { Go } from "../../../ui/go.tsx";
import { LogHistogram, type LevelBucket } from "../../../ui/logs/log-histogram.tsx";
import { LogView } from "../../../ui/logs/log-view.tsx";
import type { LogLine } from "../../../ui/logs/line.ts";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import type { QueryProblem } from "../../../ui/logs/query.ts";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { useView, oneOf, text, type Parameters } from "../../../view.ts";
import { useSpan, type AskedSpan } from "./asked.ts";
import { Around } from "./around.tsx";
import { Facets } from "./facets.tsx";
import { lineOf, withCondition, wordsOf } from "./lines.ts";
import { Patterns } from "./patterns.tsx";
import { queryProblem } from "./problem.ts";
import { Saved } from "./saved.tsx";
import { useSuggest } from "./suggest.ts";
import { useTail } from "./tail.ts";
import { useText } from "./text.ts";
import "./logs.css";

const looks = ["lines", "live", "patterns"] as const;

interface LogsView {
  readonly q: string;
  readonly look: (typeof looks)[number];
  /** The line whose surroundings are open. */
  readonly around: string;
}

const view: Parameters<LogsView> = { q: text(4096), look: oneOf(looks), around: text(80) };

const sample = `curl -X POST http://localhost:4318/v1/logs -H 'content-type: application/json' \\
  -d '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}'`;

const levelNames = {
  fatal: "FATAL",
  error: "ERROR",
  warn: "WARN",
  info: "INFO",
  debug: "DEBUG",
  trace: "TRACE",
  unspecified: "–",
} as const;

function bucketsOf(
  buckets: readonly { readonly atMs: number; readonly counts: Readonly<Record<string, number>> }[],
  stepMs: number,
): LevelBucket[] {
  return buckets.map(({ atMs, counts }) => ({
    fromMs: atMs,
    toMs: atMs + stepMs,
    counts: Object.fromEntries(
      Object.entries(counts).map(([level, lines]) => [
        levelNames[level as keyof typeof levelNames] ?? "–",
        lines,
      ]),
    ),
  }));
}

interface ListProps {
  readonly q: string;
  readonly onQuery: (q: string) => void;
  readonly onAround: (id: string) => void;
}

function LineActs({
  line,
  onAround,
}: {
  line: LogLine;
  onAround?: (id: string) => void;
}): ReactNode {
  const { t } = useText();
  return (
    <>
      {line.traceId !== undefined && (
        <Go to={`/traces/${line.traceId}`} className="button small">
          {t("logs.trace")}
        </Go>
      )}
      {onAround !== undefined && (
        <Button size="small" onClick={() => onAround(line.id)}>
          {t("logs.around")}
        </Button>
      )}
    </>
  );
}

/** Lines of the range that a query finds, with what they are spread over. */
function Lines({ q, onQuery, onAround, span }: ListProps & { span: AskedSpan }): ReactNode {
  const { t } = useText();
  const [older, setOlder] = useState<readonly string[]>([]);
  const page = useApi("/telemetry/logs", { query: { q, limit: 500, ...span } }, { keep: true });
  const more = useOlder(q, span, page.data?.cursor ?? null, older, setOlder);
  const first = page.data?.records;
  const lines = useMemo(
    () => [...(first ?? []), ...more.records].map((record) => lineOf(record as never)),
    [first, more.records],
  );
  const [only, without] = useMemo(
    () => [
      (field: string, value: string) => onQuery(withCondition(q, field, value, false)),
      (field: string, value: string) => onQuery(withCondition(q, field, value, true)),
    ],
    [q, onQuery],
  );
  const words = useMemo(() => wordsOf(q), [q]);
  return (
    <Answer of={page}>
      {() => (
        <LogView
          label={t("logs.title")}
          lines={lines}
          words={words}
          onOnly={only}
          onWithout={without}
          actions={(line) => <LineActs line={line} onAround={onAround} />}
          empty={<Empty title={t("logs.none")} text={t("logs.noneText")} code={sample} />}
          {...(more.load === undefined ? {} : { more: { load: more.load, busy: more.busy } })}
          heightMax={720}
        />
      )}
    </Answer>
  );
}

/** The pages after the first, read one by one. */
function useOlder(
  q: string,
  span: AskedSpan,
  cursor: string | null,
  older: readonly string[],
  setOlder: (older: readonly string[]) => void,
): {
  readonly records: readonly object[];
  readonly load: (() => void) | undefined;
  readonly busy: boolean;
} {
  const key = `${q} ${span.fromMs} ${cursor ?? ""}`;
  const [state, setState] = useState<{
    key: string;
    records: readonly object[];
    cursor: string | null;
    busy: boolean;
  }>({ key, records: [], cursor, busy: false });
  const own = state.key === key ? state : { key, records: [], cursor, busy: false };
  const next = own.records.length === 0 ? cursor : own.cursor;
  if (next === null) return { records: own.records, load: undefined, busy: false };
  return {
    records: own.records,
    busy: own.busy,
    load() {
      if (own.busy) return;
      setState({ ...own, busy: true });
      setOlder([...older, next]);
      void call("get", "/telemetry/logs", { query: { q, limit: 500, ...span, cursor: next } }).then(
        (page) =>
          setState({
            key,
            records: [...own.records, ...page.records],
            cursor: page.cursor,
            busy: false,
          }),
        () => setState({ ...own, busy: false }),
      );
    },
  };
}

/** Lines as they are stored. */
function Live({ q, onQuery }: Omit<ListProps, "onAround">): ReactNode {
  const { t } = useText();
  const { pausedAtMs } = useLive();
  const { feed, leftOut } = useTail(q, true);
  const words = useMemo(() => wordsOf(q), [q]);
  return (
    <>
      {leftOut > 0 && <p className="hint logs-note">{t("logs.leftOut", { count: leftOut })}</p>}
      <LogView
        label={t("logs.live")}
        feed={feed}
        paused={pausedAtMs !== undefined}
        words={words}
        onOnly={(field, value) => onQuery(withCondition(q, field, value, false))}
        onWithout={(field, value) => onQuery(withCondition(q, field, value, true))}
        actions={(line) => <LineActs line={line} />}
        empty={<Empty title={t("logs.waiting")} text={t("logs.waitingText")} code={sample} />}
        heightMax={720}
      />
    </>
  );
}

/** How the lines of the range are spread over time. */
function Spread({
  q,
  span,
  onPick,
}: {
  q: string;
  span: AskedSpan;
  onPick: (fromMs: number, toMs: number) => void;
}): ReactNode {
  const { t } = useText();
  const found = useApi("/telemetry/logs/histogram", { query: { q, ...span } }, { keep: true });
  if (found.data === undefined) return <div className="log-histogram" />;
  return (
    <>
      <LogHistogram buckets={bucketsOf(found.data.buckets, found.data.stepMs)} onPick={onPick} />
      <p className="hint logs-note">
        <Count value={found.data.total} /> {t("logs.lines", { count: found.data.total })}
      </p>
    </>
  );
}

interface SearchProps {
  readonly q: string;
  readonly look: (typeof looks)[number];
  readonly problem: QueryProblem | undefined;
  readonly onQuery: (q: string) => void;
  readonly onLook: (look: (typeof looks)[number] | undefined) => void;
}

function Search({ q, look, problem, onQuery, onLook }: SearchProps): ReactNode {
  const { t } = useText();
  const suggest = useSuggest("logs");
  return (
    <Panel
      title={t("logs.search")}
      actions={
        <Segments
          label={t("logs.look")}
          value={look}
          options={[
            ["lines", t("logs.look.lines")],
            ["live", t("logs.look.live")],
            ["patterns", t("logs.look.patterns")],
          ]}
          onChange={(next) => onLook(next === "lines" ? undefined : next)}
        />
      }
    >
      <QueryField
        label={t("logs.query")}
        value={q}
        onSubmit={onQuery}
        suggest={suggest}
        problem={problem}
      />
    </Panel>
  );
}

/** Logs: what was said, where and how often. */
export default function LogsPage(): ReactNode {
  const { t } = useText();
  const [{ q = "", look = "lines", around }, set] = useView(view);
  const [span, setRange] = useSpan();
  const probe = useApi(
    "/telemetry/logs",
    { query: { q, limit: 1, fromMs: span.fromMs, toMs: span.toMs } },
    { keep: true },
  );
  const problem = queryProblem(probe.error, q);
  const onQuery = (next: string): void => set({ q: next === "" ? undefined : next });
  return (
    <Page
      title={t("logs.title")}
      sentence={t("logs.sentence")}
      actions={
        <>
          <Saved q={q} onOpen={onQuery} />
          <ActionButton
            label={t("logs.save")}
            icon="plus"
            disabled={q === "" || problem !== undefined}
            run={() => saveSearch(q)}
            done={() => t("logs.saved")}
          />
        </>
      }
    >
      <Search
        q={q}
        look={look}
        problem={problem}
        onQuery={onQuery}
        onLook={(next) => set({ look: next })}
      />
      {look !== "live" && (
        <Panel title={t("logs.overTime")}>
          <Spread q={q} span={span} onPick={(fromMs, toMs) => setRange({ fromMs, toMs })} />
        </Panel>
      )}
      {look === "patterns" ? (
        <Patterns q={q} span={span} onQuery={(next) => set({ q: next, look: undefined })} />
      ) : (
        <div className={look === "live" ? "logs-live" : "logs-split"}>
          {look === "lines" && <Facets q={q} span={span} onQuery={onQuery} />}
          <Panel title={look === "live" ? t("logs.live") : t("logs.found")} flush>
            {look === "live" ? (
              <Live q={q} onQuery={onQuery} />
            ) : (
              <Lines
                q={q}
                span={span}
                onQuery={onQuery}
                onAround={(id) => set({ around: id }, { push: true })}
              />
            )}
          </Panel>
        </div>
      )}
      {around !== undefined && <Around id={around} onClose={() => set({ around: undefined })} />}
    </Page>
  );
}

/** Saves a query under a name made of it. */
async function saveSearch(q: string): Promise<void> {
  const name = q
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[-0-9]+|-+$/g, "")
    .slice(0, 40);
  await call("put", "/telemetry/searches", {
    body: {
      name: name === "" ? `search-${q.length}` : name,
      signal: "logs",
      q,
      title: q.slice(0, 200),
    },
  });
}
