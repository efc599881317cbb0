import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Tag } from "../../../ui/badge.tsx";
import { Drawer } from "../../../ui/drawer.tsx";
import { Progress } from "../../../ui/field.tsx";
import { Duration, Facts, Figures, Money } from "../../../ui/figures.tsx";
import { Go } from "../../../ui/go.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { TextView } from "../../../ui/viewer/view.tsx";
import { Answer } from "../answer.tsx";
import { RunLink } from "../runs-columns.tsx";
import { hasEnded, type RunDetail } from "../status.tsx";
import { useText } from "../text.ts";
import { Value } from "../value.tsx";
import { Attempts } from "./attempts.tsx";
import { PaidFor, totals } from "./costs.tsx";
import { Files } from "./files.tsx";
import { ForkButton } from "./fork.tsx";
import { entryIcon } from "./kinds.ts";
import { isWait, type Entry, type Place } from "./places.ts";
import { EntryBadge } from "./table.tsx";
import { entryName, kindName, placeName } from "./words.ts";

const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The last span that worked on an entry; undefined while it is not known, or was not kept. */
function useSpan(run: RunDetail, { at }: Entry): string | undefined {
  const { traceId, id } = run;
  const { data } = useQuery<string | null, Problem>({
    queryKey: ["run-span", traceId, id, at],
    queryFn: async ({ signal }) => {
      const text = `select span_id from spans where trace_id = ${sqlText(traceId ?? "")}
        and attributes['morning.workflow.run'] = ${sqlText(id)}
        and attributes['morning.workflow.at'] = ${sqlText(at)}
        order by time_ns desc limit 1`;
      const { rows } = await call("post", "/telemetry/sql", { body: { text, rowsMax: 1 } }, signal);
      const [span] = (rows[0] ?? []) as readonly unknown[];
      return typeof span === "string" ? span : null;
    },
    enabled: traceId !== null,
    retry: false,
    staleTime: 5000,
  });
  return data ?? undefined;
}

/** Where else an entry is told of: its span, its logs. */
function Elsewhere({ run, entry }: { run: RunDetail; entry: Entry }): ReactNode {
  const { t } = useText();
  const span = useSpan(run, entry);
  const { traceId } = run;
  if (traceId === null) return null;
  return (
    <p className="row">
      <Go to={`/traces/${traceId}`} search={span === undefined ? {} : { span }} className="link">
        {span === undefined ? t("entry.trace") : t("entry.span")}
      </Go>
      <Go to="/logs" search={{ q: `trace_id:${traceId}` }} className="link">
        {t("entry.logs")}
      </Go>
    </p>
  );
}

function ProgressOf({ entry }: { entry: Entry }): ReactNode {
  const { t, locale } = useText();
  const { progress } = entry;
  if (progress === null) return null;
  const { done, total, note } = progress;
  const counts = { done: format.exactNumber(done, locale) };
  return (
    <section>
      <h3>{t("entry.progress")}</h3>
      <Progress label={t("entry.progress")} done={done} total={total} />
      <p className="prose">
        {total === null
          ? t("entry.progressOpen", counts)
          : t("entry.progressOf", { ...counts, total: format.exactNumber(total, locale) })}{" "}
        {note !== null && <bdi>{shown(note, 300)}</bdi>}
      </p>
    </section>
  );
}

/** The run that an entry started and waits for. */
function ChildOf({ entry: { child } }: { entry: Entry }): ReactNode {
  const { t } = useText();
  if (child === null) return null;
  return (
    <p className="row">
      <span>{t("entry.childRun")}</span>
      <RunLink id={child} />
    </p>
  );
}

/** An entry as it is now, with its whole result; as the list has it until that is there. */
function useWhole({ id }: RunDetail, listed: Entry, isOver: boolean): Entry {
  const { data } = useApi(
    "/workflow-runs/{id}/entries/{at}",
    { path: { id, at: listed.at } },
    isOver || listed.status !== "open" ? {} : { everyMs: 1000 },
  );
  return data ?? listed;
}

/** How long an entry took or has waited, and how often it was tried. */
function EntryFigures({ entry }: { entry: Entry }): ReactNode {
  const { t } = useText();
  const { startedAtMs, endedAtMs, attempt, costs } = entry;
  const time =
    endedAtMs === null
      ? { label: t("inbox.since"), value: <Ago atMs={startedAtMs} /> }
      : { label: t("runs.took"), value: <Duration ms={endedAtMs - startedAtMs} /> };
  const tone = attempt > 1 ? { tone: "warning" as const } : {};
  const tried = { label: t("history.attempts"), value: attempt, ...tone };
  const paid = { label: t("entry.cost"), value: <Money costs={totals(costs)} /> };
  return (
    <Figures
      figures={[time, ...(attempt > 0 ? [tried] : []), ...(costs.length > 0 ? [paid] : [])]}
    />
  );
}

function EntryFacts({ entry, isOpen }: { entry: Entry; isOpen: boolean }): ReactNode {
  const { t } = useText();
  const { at, startedAtMs, endedAtMs, dueAtMs, costs } = entry;
  return (
    <Facts
      facts={[
        [
          t("history.at"),
          <bdi key="at" className="mono">
            {shown(at, 200)}
          </bdi>,
        ],
        costs.some(({ what }) => what !== null) && [t("entry.paidFor"), <PaidFor costs={costs} />],
        [t("history.started"), <At key="started" atMs={startedAtMs} />],
        endedAtMs !== null && [t("entry.ended"), <At key="ended" atMs={endedAtMs} />],
        isOpen &&
          dueAtMs !== null && [
            t(isWait(entry) ? "entry.due" : "entry.triedAgain"),
            <span key="due" className="row">
              <Ago atMs={dueAtMs} />
              <span className="none">
                <At atMs={dueAtMs} />
              </span>
            </span>,
          ],
      ]}
    />
  );
}

function EntryError({ entry: { error } }: { entry: Entry }): ReactNode {
  const { t } = useText();
  if (error === null) return null;
  return (
    <section>
      <h3>
        <bdi>{shown(error.code ?? error.name, 120)}</bdi>
      </h3>
      <TextView text={error.message} label={t("runs.error")} heightMax={240} />
    </section>
  );
}

function Details({ run, entry: listed }: { run: RunDetail; entry: Entry }): ReactNode {
  const { t } = useText();
  const isOver = hasEnded(run);
  const entry = useWhole(run, listed, isOver);
  const { at, status, value, name, kind } = entry;
  const isOpen = status === "open" && !isOver;
  // What is open has no result yet; an event that is waited for has its pattern there.
  const label =
    status !== "open" ? t("entry.value") : kind === "event" ? t("entry.pattern") : undefined;
  const waiting = { run: run.id, at, name, attributes: run.attributes, input: run.input };
  return (
    <>
      <EntryFigures entry={entry} />
      {isOpen && kind === "callback" && (
        <section>
          <h3>{t("entry.yourAnswer")}</h3>
          {value !== null && <Value value={value} label={t("answer.what")} />}
          <Answer waiting={{ ...waiting, about: value }} />
        </section>
      )}
      <ProgressOf entry={entry} />
      <EntryError entry={entry} />
      <Attempts entry={entry} />
      {label !== undefined && entry !== listed && <Value value={value} label={label} />}
      <Files run={run} entry={entry} />
      <EntryFacts entry={entry} isOpen={isOpen} />
      <ChildOf entry={entry} />
      <Elsewhere run={run} entry={entry} />
    </>
  );
}

/** What stands above several: how much of it is done. */
function GroupDetails({ place }: { place: Place }): ReactNode {
  const { t, locale } = useText();
  const { children, childrenDone, childrenFailed, entries, fromMs, toMs } = place;
  return (
    <>
      <Figures
        figures={[
          { label: t("runs.took"), value: <Duration ms={toMs - fromMs} /> },
          { label: t("entry.entries"), value: format.count(entries, locale) },
          { label: t("entry.below"), value: format.count(children.length, locale) },
          {
            label: t("entry.belowFailed"),
            value: format.count(childrenFailed, locale),
            ...(childrenFailed > 0 ? { tone: "failing" as const } : {}),
          },
        ]}
      />
      {place.goesOn && (
        <Progress label={t("entry.progress")} done={childrenDone} total={children.length} />
      )}
    </>
  );
}

/** One entry of a run's history, or what stands above several. */
export function EntryDrawer({
  run,
  place,
  onClose,
}: {
  run: RunDetail;
  place: Place;
  onClose: () => void;
}): ReactNode {
  const { t, locale } = useText();
  const { entry, at, kind } = place;
  const name = entry === undefined ? placeName(t, locale, place) : entryName(t, locale, entry);
  return (
    <Drawer
      wide
      about={at}
      title={<bdi>{shown(name, 160)}</bdi>}
      kicker={
        <>
          <Icon name={entryIcon(kind)} size={14} />
          <Tag>{kindName(t, kind)}</Tag>
          {entry !== undefined && <EntryBadge entry={entry} isOver={hasEnded(run)} />}
        </>
      }
      onClose={onClose}
    >
      {entry === undefined ? (
        <GroupDetails place={place} />
      ) : (
        <>
          <Details key={at} run={run} entry={entry} />
          <div className="row">
            <ForkButton run={run} entry={entry} />
          </div>
        </>
      )}
    </Drawer>
  );
}
