import type { ReactNode } from "react";
import { useApi } from "../../api/query.ts";
import { browserClock } from "../../clock.ts";
import * as format from "../../i18n/format.ts";
import { dateFormat } from "../../i18n/intl.ts";
import type { Locale } from "../../i18n/messages.ts";
import { useLive } from "../../live.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Go, ResourceLink } from "../../ui/go.tsx";
import { HealthIcon } from "../../ui/icons.tsx";
import { Panel } from "../../ui/page.tsx";
import { Answer } from "../../ui/states.tsx";
import { text, useView, type Parameters } from "../../view.ts";
import { countsByDay, momentsByDay, noCounts, useMonth, type DayCounts } from "./calendar-data.ts";
import { dayText, monthAfter, monthOf, monthSpan, weeksOf } from "./days.ts";
import type { Workflow } from "./status.tsx";
import { useText } from "./text.ts";

interface CalendarView {
  readonly month: string;
}

const view: Parameters<CalendarView> = { month: text(7) };
const upcomingMax = 500;
const minuteMs = 60_000;

const outcomes = ["completed", "failed", "stopped", "going"] as const;

/** The shares of a day's runs, each as wide as there are many. */
function Shares({ counts }: { counts: DayCounts }): ReactNode {
  return (
    <span className="calendar-shares" aria-hidden="true">
      {outcomes.map(
        (outcome) =>
          counts[outcome] > 0 && (
            <span key={outcome} className={outcome} style={{ flexGrow: counts[outcome] }} />
          ),
      )}
    </span>
  );
}

function Day({
  dayMs,
  counts,
  due,
  isToday,
}: {
  dayMs: number;
  counts: DayCounts;
  /** Runs that a schedule will start. */
  due: number;
  isToday: boolean;
}): ReactNode {
  const { t, locale } = useText();
  const all = outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
  const date = dateFormat(locale, { dateStyle: "full" }).format(dayMs);
  const number = new Date(dayMs).getDate();
  const words = t("calendar.day", { ...counts, date, due });
  const inner = (
    <>
      <span className="calendar-date">{number}</span>
      {all > 0 && (
        <span className="calendar-count">
          {counts.failed > 0 && <HealthIcon health="failing" size={12} />}
          {format.shortNumber(all)}
        </span>
      )}
      {due > 0 && <span className="calendar-due">{t("calendar.due", { due })}</span>}
      {all > 0 && <Shares counts={counts} />}
    </>
  );
  const className = isToday ? "calendar-day today" : "calendar-day";
  if (all === 0) {
    return (
      <span className={className} title={words} aria-current={isToday ? "date" : undefined}>
        {inner}
      </span>
    );
  }
  return (
    <Go to="." search={{ day: dayText(dayMs) }} className={className} title={words}>
      {inner}
      <span className="hidden">{words}</span>
    </Go>
  );
}

/** Names of the days of a week from Monday; 5 January 1970 was one. */
const weekDays = (locale: Locale): readonly string[] =>
  Array.from({ length: 7 }, (_, at) =>
    dateFormat(locale, { weekday: "short", timeZone: "UTC" }).format((4 + at) * 86_400_000),
  );

function Grid({
  month,
  days,
  due,
  nowMs,
  label,
}: {
  month: string;
  days: ReadonlyMap<number, DayCounts>;
  due: ReadonlyMap<number, number>;
  nowMs: number;
  label: string;
}): ReactNode {
  const { locale } = useText();
  const today = new Date(nowMs).setHours(0, 0, 0, 0);
  return (
    <table className="calendar" aria-label={label}>
      <thead>
        <tr>
          {weekDays(locale).map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeksOf(month).map((week, at) => (
          <tr key={at}>
            {week.map((dayMs, place) =>
              dayMs === undefined ? (
                <td key={place} className="calendar-none" />
              ) : (
                <td key={place}>
                  <Day
                    dayMs={dayMs}
                    counts={days.get(dayMs) ?? noCounts}
                    due={due.get(dayMs) ?? 0}
                    isToday={dayMs === today}
                  />
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Legend({ hasSchedule }: { hasSchedule: boolean }): ReactNode {
  const { t } = useText();
  return (
    <ul className="calendar-legend">
      {outcomes.map((outcome) => (
        <li key={outcome}>
          <span className={`calendar-mark ${outcome}`} aria-hidden="true" />
          {t(`calendar.${outcome}`)}
        </li>
      ))}
      {hasSchedule && <li>{t("calendar.dueLegend")}</li>}
    </ul>
  );
}

/** Moments at which a schedule will start runs. */
function useUpcoming(schedule: string | null): readonly number[] {
  const { data } = useApi(
    "/schedules/{name}",
    { path: { name: schedule ?? "" }, query: { upcoming: upcomingMax } },
    { enabled: schedule !== null, everyMs: minuteMs },
  );
  return data === undefined || data.paused ? [] : data.upcomingMs;
}

/** The runs of a month by day, coloured by how they ended, and those that a schedule will start. */
export function Calendar({ workflow }: { workflow: Workflow }): ReactNode {
  const { t, locale } = useText();
  const { scene } = useLive();
  const [{ month: asked }, set] = useView(view);
  const nowMs = scene?.overview.nowMs ?? browserClock.nowMs();
  const month = monthOf(asked, nowMs);
  const query = useMonth(workflow.name, month);
  const due = momentsByDay(useUpcoming(workflow.schedule));
  const { fromMs } = monthSpan(month);
  const name = dateFormat(locale, { year: "numeric", month: "long" }).format(fromMs);
  const isThis = month === monthOf(undefined, nowMs);
  const turn = (count: number): void => set({ month: monthAfter(month, count) });
  return (
    <Panel
      title={name}
      actions={
        <span className="row">
          {workflow.schedule !== null && <ResourceLink kind="schedule" name={workflow.schedule} />}
          <IconButton icon="back" label={t("calendar.before")} onClick={() => turn(-1)} />
          <Button size="small" disabled={isThis} onClick={() => set({ month: undefined })}>
            {t("calendar.now")}
          </Button>
          <IconButton icon="next" label={t("calendar.after")} onClick={() => turn(1)} />
        </span>
      }
    >
      <Answer of={query} rows={6}>
        {({ days }) => (
          <>
            <Grid month={month} days={countsByDay(days)} due={due} nowMs={nowMs} label={name} />
            <Legend hasSchedule={workflow.schedule !== null} />
          </>
        )}
      </Answer>
    </Panel>
  );
}
