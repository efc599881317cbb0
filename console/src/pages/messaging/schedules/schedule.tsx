import { useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { useLive } from "../../../live.tsx";
import { Count, Facts, Figures } from "../../../ui/figures.tsx";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { KindIcon } from "../../../ui/icons.tsx";
import { Lanes } from "../../../ui/lanes.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer } from "../../../ui/states.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { useText, type Say } from "../text.ts";
import {
  healthOf,
  localTime,
  nameIn,
  policyText,
  stateOf,
  whenText,
  type Schedule,
  type State,
} from "./facts.ts";
import { Actions, Due, StateBadge } from "./parts.tsx";

const upcomingMax = 200;
const listedMax = 8;
const hourMs = 3_600_000;
const minuteMs = 60_000;
/** Spans that the next runs are drawn over: the first that several of them fall into. */
const spansMs = [hourMs, 24 * hourMs, 7 * 24 * hourMs, 35 * 24 * hourMs, 366 * 24 * hourMs];
const severalRuns = 5;

function sentenceOf(t: Say, state: State, schedule: Schedule): string {
  const { deadLetters, missedTotal, service } = schedule;
  const words = {
    onTime:
      service === undefined
        ? t("schedule.unheard")
        : t("schedule.isOnTime", { service: nameIn(service) }),
    running: t("schedule.isRunning", { service: nameIn(service ?? "") }),
    paused: t("schedule.isPaused"),
    missed: t("schedule.isMissed", { count: missedTotal }),
    failing: t("schedule.isFailing", { count: deadLetters }),
  };
  return words[state];
}

/** The next runs, drawn and listed in the schedule's zone and the reader's. */
function Upcoming({ schedule }: { schedule: Schedule }): ReactNode {
  const { t, locale } = useText();
  const { scene } = useLive();
  const { name, upcomingMs, timezone, paused } = schedule;
  const nowMs = scene?.overview.nowMs ?? 0;
  if (paused) return <p className="nothing">{t("schedule.pausedNext")}</p>;
  if (upcomingMs.length === 0) return <p className="nothing">{t("schedule.never")}</p>;
  const fromMs = Math.floor(nowMs / minuteMs) * minuteMs;
  const several = upcomingMs[Math.min(severalRuns, upcomingMs.length) - 1] ?? fromMs;
  const spanMs = spansMs.find((one) => fromMs + one >= several) ?? several - fromMs;
  const toMs = fromMs + spanMs;
  const within = upcomingMs.filter((at) => at <= toMs).length;
  const label = t("schedule.upcomingOf", { name: nameIn(name), count: within });
  return (
    <>
      <Lanes
        label={label}
        lanes={[
          {
            id: name,
            name: t("schedule.span", { span: format.duration(spanMs, locale) }),
            label,
            atMs: upcomingMs,
            goesOn: within === upcomingMax,
          },
        ]}
        fromMs={fromMs}
        toMs={toMs}
      />
      <Facts
        facts={upcomingMs.slice(0, listedMax).map((at) => [
          localTime(at, timezone, locale),
          <span key={at} className="row">
            <Due atMs={at} timezone={timezone} />
            <span className="none">
              <At atMs={at} />
            </span>
          </span>,
        ])}
      />
    </>
  );
}

/** The queue that runs wait in, and those that failed for good. */
function RunQueue({ schedule }: { schedule: Schedule }): ReactNode {
  const { t } = useText();
  const { queue } = schedule;
  const query = useApi("/queues/{name}", { path: { name: queue } }, { everyMs: 2000 });
  const stats = query.data?.stats;
  const dead = query.data?.spec.deadLetters;
  return (
    <Panel title={t("schedule.queue")}>
      <p className="prose">{t("schedule.queueText")}</p>
      <Facts
        facts={[
          [t("schedule.queueName"), <ResourceLink key="queue" kind="queue" name={queue} />],
          [t("schedule.waiting"), <Count key="waiting" value={stats?.visible} />],
          [t("schedule.inFlight"), <Count key="flight" value={stats?.inFlight} />],
          [t("schedule.retrying"), <Count key="delayed" value={stats?.delayed} />],
          [
            t("schedule.deadLetters"),
            <span key="dead" className="row">
              <Count value={schedule.deadLetters} />
              {dead !== undefined && <ResourceLink kind="queue" name={dead} />}
            </span>,
          ],
        ]}
      />
    </Panel>
  );
}

function Details({ schedule }: { schedule: Schedule }): ReactNode {
  const { t, locale } = useText();
  const { text, timezone, missed, service, missedTotal, lastMissedAtMs } = schedule;
  const words = whenText(t, locale, text);
  return (
    <Panel title={t("schedule.how")}>
      <Facts
        facts={[
          words !== undefined && [t("schedule.when"), words],
          [
            t("schedule.expression"),
            <bdi key="text" className="mono">
              {shown(text, 256)}
            </bdi>,
          ],
          [t("schedule.zone"), <bdi key="zone">{shown(timezone, 60)}</bdi>],
          [
            t("schedule.service"),
            service === undefined ? (
              t("schedule.nobody")
            ) : (
              <ResourceLink key="service" kind="service" name={service} />
            ),
          ],
          [t("schedule.policy"), policyText(t, missed)],
          [
            t("schedule.missedTotal"),
            <span key="missed" className="row">
              <Count value={missedTotal} />
              {lastMissedAtMs !== null && (
                <span className="none">
                  <Ago atMs={lastMissedAtMs} />
                </span>
              )}
            </span>,
          ],
        ]}
      />
    </Panel>
  );
}

function Body({ schedule }: { schedule: Schedule }): ReactNode {
  const { t } = useText();
  const { nextAtMs, lastAtMs, timezone, handled, failed, missedTotal, deadLetters } = schedule;
  return (
    <>
      {schedule.description !== "" && (
        <p className="prose">
          <bdi>{shown(schedule.description, 600)}</bdi>
        </p>
      )}
      <Figures
        figures={[
          { label: t("schedule.next"), value: <Due atMs={nextAtMs} timezone={timezone} /> },
          { label: t("schedule.last"), value: <Ago atMs={lastAtMs} /> },
          { label: t("schedule.handled"), value: <Count value={handled} /> },
          { label: t("schedule.failed"), value: <Count value={failed} /> },
          {
            label: t("schedule.deadLetters"),
            value: <Count value={deadLetters} />,
            ...(deadLetters > 0 ? { tone: "failing" as const } : {}),
          },
          { label: t("schedule.missedRuns"), value: <Count value={missedTotal} /> },
        ]}
      />
      {handled === null && <p className="none">{t("schedule.elsewhere")}</p>}
      <Panel title={t("schedule.upcoming")}>
        <Upcoming schedule={schedule} />
      </Panel>
      <div className="columns">
        <Details schedule={schedule} />
        <RunQueue schedule={schedule} />
      </div>
    </>
  );
}

/** The page of one schedule. */
export default function SchedulePage(): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const { name = "" }: { name?: string } = useParams({ strict: false });
  const query = useApi(
    "/schedules/{name}",
    { path: { name }, query: { upcoming: upcomingMax } },
    { everyMs: 2000 },
  );
  const schedule = query.data;
  const state = schedule === undefined ? undefined : stateOf(schedule, scene?.overview.nowMs ?? 0);
  return (
    <Page
      title={shown(name, 160)}
      mark={<KindIcon kind="schedule" size={20} />}
      above={<Go to="/schedules">{t("kinds.schedule")}</Go>}
      {...(schedule === undefined || state === undefined
        ? {}
        : {
            sentence: sentenceOf(t, state, schedule),
            health: healthOf[state],
            actions: (
              <>
                <StateBadge schedule={schedule} />
                <Actions schedule={schedule} />
              </>
            ),
          })}
    >
      <Answer of={query}>{(found) => <Body schedule={found} />}</Answer>
    </Page>
  );
}
