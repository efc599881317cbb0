import type { ReactNode } from "react";
import { shown } from "../../../i18n/foreign.ts";
import { Facts, Figures, Money } from "../../../ui/figures.tsx";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Count } from "../../../ui/figures.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { TextView } from "../../../ui/viewer/view.tsx";
import { Answer } from "../answer.tsx";
import { RunLink, Took } from "../runs-columns.tsx";
import { hasEnded, type Run, type RunDetail } from "../status.tsx";
import { useText } from "../text.ts";
import { Value } from "../value.tsx";
import type { Entry } from "./places.ts";

/** When a run was started, how long it took, when it goes on, how much it recorded. */
export function RunFigures({ run }: { run: RunDetail }): ReactNode {
  const { t } = useText();
  const { createdAtMs, endedAtMs, wakeAtMs, entries, costs } = run;
  return (
    <Figures
      figures={[
        { label: t("runs.created"), value: <Ago atMs={createdAtMs} /> },
        { label: t("runs.took"), value: <Took run={run} /> },
        hasEnded(run)
          ? { label: t("entry.ended"), value: <Ago atMs={endedAtMs} /> }
          : { label: t("runs.wakes"), value: <Ago atMs={wakeAtMs} /> },
        { label: t("entry.entries"), value: <Count value={entries} /> },
        ...(costs.length === 0 ? [] : [{ label: t("entry.cost"), value: <Money costs={costs} /> }]),
      ]}
    />
  );
}

/** What a run waits for from people, to be answered here. */
export function OpenAnswers({
  run,
  open,
  onSelect,
}: {
  run: RunDetail;
  open: readonly Entry[];
  onSelect: (at: string) => void;
}): ReactNode {
  const { t } = useText();
  const waiting = open.filter(({ kind }) => kind === "callback").slice(0, 20);
  if (waiting.length === 0 || hasEnded(run)) return null;
  return (
    <Panel title={t("inbox.title", { count: waiting.length })} hint={t("inbox.hint")}>
      <ul className="run-answers">
        {waiting.map(({ at, name, startedAtMs, dueAtMs, value }) => (
          <li key={at}>
            <button type="button" className="quiet-link" onClick={() => onSelect(at)}>
              <strong>
                <bdi>{shown(name, 120)}</bdi>
              </strong>
            </button>
            <span className="hint">
              <Ago atMs={startedAtMs} />
            </span>
            {dueAtMs !== null && (
              <span className="hint">
                {t("inbox.due")} <Ago atMs={dueAtMs} />
              </span>
            )}
            <span className="spring" />
            <Answer
              waiting={{
                run: run.id,
                at,
                name,
                attributes: run.attributes,
                input: run.input,
                about: value,
              }}
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Runs that are linked at most. */
const linkedMax = 20;

/** Longer than this, an error is not told in a sentence. */
const sentenceMax = 240;

/** What a run ended with, where the sentence above has no room for it. */
export function RunError({ run: { error } }: { run: RunDetail }): ReactNode {
  const { t } = useText();
  if (error === null) return null;
  if (error.message.length <= sentenceMax && !error.message.includes("\n")) return null;
  return (
    <Panel title={t("run.error", { name: shown(error.code ?? error.name, 80) })}>
      <TextView text={error.message} label={t("runs.error")} heightMax={200} />
    </Panel>
  );
}

/** Runs that a run has to do with. */
interface Relations {
  readonly run: RunDetail;
  /** Runs that it started. */
  readonly children: readonly Run[];
  /** Runs that go on for it, or were forked from it. */
  readonly later: readonly Run[];
}

function RunLinks({ title, runs }: { title: string; runs: readonly Run[] }): ReactNode {
  if (runs.length === 0) return null;
  return (
    <div className="row">
      <span className="none">{title}</span>
      {runs.slice(0, linkedMax).map(({ id }) => (
        <RunLink key={id} id={id} max={40} />
      ))}
      {runs.length > linkedMax && <span className="none">…</span>}
    </div>
  );
}

function Relatives({ run, children, later }: Relations): ReactNode {
  const { t } = useText();
  const { parent, origin } = run;
  return (
    <>
      {parent !== null && (
        <p className="row">
          <span className="none">{t("run.parent")}</span>
          <RunLink id={parent} />
        </p>
      )}
      {origin !== null && (
        <p className="row">
          <span className="none">{t("run.origin")}</span>
          <RunLink id={origin} />
        </p>
      )}
      <RunLinks title={t("run.children", { count: children.length })} runs={children} />
      <RunLinks title={t("run.later", { count: later.length })} runs={later} />
    </>
  );
}

/** What a run is about, what went in and came out, and what it has to do with. */
export function RunAbout({ run, children, later }: Relations): ReactNode {
  const { t } = useText();
  const { workflow, version, priority, createdAtMs, startedAtMs, endedAtMs, traceId } = run;
  return (
    <>
      <div className="columns">
        <Value value={run.input} label={t("start.input")} />
        <Value value={run.output} label={t("run.output")} />
      </div>
      <div className="columns">
        <Panel title={t("run.facts")}>
          <Facts
            facts={[
              [t("workflow.one"), <ResourceLink key="of" kind="workflow" name={workflow} />],
              [t("workflow.version"), <bdi key="version">{shown(version, 60)}</bdi>],
              [t("runs.priority"), priority],
              [t("runs.created"), <At key="created" atMs={createdAtMs} />],
              [t("run.started"), <At key="started" atMs={startedAtMs} />],
              [t("entry.ended"), <At key="ended" atMs={endedAtMs} />],
            ]}
          />
        </Panel>
        <Panel title={t("run.related")}>
          {traceId !== null && (
            <p className="row">
              <Go to={`/traces/${traceId}`} search={{}} className="link">
                {t("entry.trace")}
              </Go>
              <Go to="/logs" search={{ q: `trace_id:${traceId}` }} className="link">
                {t("entry.logs")}
              </Go>
              <Go to="/find" search={{ id: run.id }} className="link">
                {t("run.find")}
              </Go>
            </p>
          )}
          <Relatives run={run} children={children} later={later} />
        </Panel>
      </div>
    </>
  );
}
