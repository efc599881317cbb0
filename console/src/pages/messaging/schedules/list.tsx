import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import type { Health } from "../../../api/overview.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import type { Locale } from "../../../i18n/messages.ts";
import { useLive } from "../../../live.tsx";
import { useNow } from "../../../now.ts";
import { placeOf } from "../../../places.ts";
import { SearchField, Select } from "../../../ui/field.tsx";
import { Count } from "../../../ui/figures.tsx";
import { ResourceLink } from "../../../ui/go.tsx";
import { Lanes, type Lane } from "../../../ui/lanes.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { oneOf, text, useView, type Parameters } from "../../../view.ts";
import { useText, type Say } from "../text.ts";
import { nameIn, stateOf, whenText, type Schedule, type State } from "./facts.ts";
import { Actions, Due, StateBadge, When } from "./parts.tsx";

const states = ["onTime", "running", "paused", "missed", "failing"] as const;

interface SchedulesView {
  readonly q: string;
  readonly state: State;
}

const schedulesView: Parameters<SchedulesView> = { q: text(), state: oneOf(states) };

const dayMs = 86_400_000;
const minuteMs = 60_000;
const upcomingMax = 300;
const lanesMax = 40;

const scheduleSample = `import { schedule } from "morning-ai/messaging/schedule";
const nightly = schedule("nightly", { cron: "0 2 * * *", timezone: "Asia/Taipei" });
const reports = service("reports", {
  uses: { nightly: nightly.trigger() },
  handlers: ({ nightly }) => [handle(nightly, {}, async ({ scheduledAtMs }) => {})],
});`;

/** What the page says first: whether runs go well, and which is next. */
function useVerdict(
  schedules: readonly Schedule[],
): { readonly sentence: string; readonly health: Health } | undefined {
  const { t, locale } = useText();
  const nowMs = useNow(true);
  const { scene } = useLive();
  if (schedules.length === 0) return undefined;
  const of = (state: State): number =>
    schedules.filter((one) => stateOf(one, scene?.overview.nowMs ?? nowMs) === state).length;
  const [failing, missed, paused] = [of("failing"), of("missed"), of("paused")];
  const count = schedules.length;
  if (failing > 0) {
    return { health: "failing", sentence: t("schedules.failing", { failing, count }) };
  }
  if (missed > 0) return { health: "warning", sentence: t("schedules.missed", { missed, count }) };
  const [next] = schedules
    .filter(({ nextAtMs }) => nextAtMs !== undefined)
    .toSorted((a, b) => (a.nextAtMs ?? 0) - (b.nextAtMs ?? 0));
  if (next?.nextAtMs === undefined) {
    return { health: "unknown", sentence: t("schedules.noneNext", { count, paused }) };
  }
  const wait = format.age(Math.max(0, next.nextAtMs - nowMs), locale);
  const values = { count, paused, name: nameIn(next.name), wait };
  return { health: "ok", sentence: t("schedules.ok", values) };
}

/** The runs of the next 24 hours of all schedules, to be looked at rather than read. */
function NextDay(): ReactNode {
  const { t, locale } = useText();
  const { scene } = useLive();
  const query = useApi(
    "/schedules",
    { query: { upcoming: upcomingMax } },
    { everyMs: minuteMs, keep: true },
  );
  const nowMs = scene?.overview.nowMs;
  if (query.data === undefined || nowMs === undefined) return null;
  const fromMs = Math.floor(nowMs / minuteMs) * minuteMs;
  const toMs = fromMs + dayMs;
  const { schedules } = query.data;
  const lanes = schedules.slice(0, lanesMax).map((schedule): Lane => {
    const { name, upcomingMs, paused } = schedule;
    const within = upcomingMs.filter((at) => at <= toMs).length;
    const goesOn = upcomingMs.length === upcomingMax && within === upcomingMax;
    const when = whenText(t, locale, schedule.text) ?? isolated(schedule.text, 80);
    const values = { name: nameIn(name), count: within, when };
    return {
      id: name,
      name: <ResourceLink kind="schedule" name={name} icon={false} />,
      label: paused
        ? t("schedules.lanePaused", { name: nameIn(name) })
        : t(goesOn ? "schedules.laneMany" : "schedules.lane", values),
      atMs: upcomingMs,
      goesOn,
      tone: paused ? "quiet" : schedule.deadLetters > 0 ? "failing" : "plain",
    };
  });
  return (
    <Panel
      title={t("schedules.nextDay")}
      hint={
        schedules.length > lanesMax
          ? t("schedules.lanesMore", { count: schedules.length - lanesMax })
          : undefined
      }
    >
      <Lanes label={t("schedules.nextDay")} lanes={lanes} fromMs={fromMs} toMs={toMs} />
    </Panel>
  );
}

/** When a schedule is due: in words, as it was written, and by which clock. */
const timeColumns = (t: Say, locale: Locale): readonly Column<Schedule>[] => [
  {
    id: "when",
    title: t("schedule.when"),
    value: (one) => whenText(t, locale, one.text) ?? one.text,
    cell: (one) => (
      <span title={isolated(one.text)}>
        <When schedule={one} />
      </span>
    ),
    width: 170,
    grows: true,
    priority: 3,
  },
  {
    id: "text",
    title: t("schedule.expression"),
    value: (one) => one.text,
    cell: (one) => (
      <bdi className="mono" title={isolated(one.text)}>
        {shown(one.text, 80)}
      </bdi>
    ),
    width: 150,
    priority: 6,
  },
  {
    id: "zone",
    title: t("schedule.zone"),
    value: ({ timezone }) => timezone,
    cell: ({ timezone }) => <bdi>{shown(timezone, 60)}</bdi>,
    width: 120,
    priority: 5,
  },
];

/** The runs of a schedule: the next, the last, and how they went. */
const runColumns = (t: Say): readonly Column<Schedule>[] => [
  {
    id: "next",
    title: t("schedule.next"),
    value: ({ nextAtMs }) => nextAtMs,
    cell: ({ nextAtMs, timezone }) => <Due atMs={nextAtMs} timezone={timezone} />,
    width: 128,
    priority: 2,
  },
  {
    id: "last",
    title: t("schedule.last"),
    value: ({ lastAtMs }) => lastAtMs,
    cell: ({ lastAtMs }) => <Ago atMs={lastAtMs} />,
    width: 116,
    priority: 4,
  },
  {
    id: "handled",
    title: t("schedule.handled"),
    value: ({ handled }) => handled,
    cell: ({ handled }) => <Count value={handled} />,
    width: 84,
    align: "end",
    priority: 5,
  },
  {
    id: "failed",
    title: t("schedule.failed"),
    value: ({ failed }) => failed,
    cell: ({ failed }) => <Count value={failed} />,
    width: 76,
    align: "end",
    priority: 5,
  },
  {
    id: "missed",
    title: t("schedule.missedRuns"),
    value: ({ missedTotal }) => missedTotal,
    cell: ({ missedTotal }) => <Count value={missedTotal} />,
    width: 80,
    align: "end",
    priority: 6,
  },
];

function useColumns(nowMs: number): readonly Column<Schedule>[] {
  const { t, locale } = useText();
  return [
    {
      id: "name",
      title: t("schedule.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <ResourceLink kind="schedule" name={name} />,
      width: 160,
      grows: true,
      priority: 1,
    },
    {
      id: "state",
      title: t("schedule.state"),
      value: (one) => states.indexOf(stateOf(one, nowMs)),
      cell: (one) => <StateBadge schedule={one} />,
      width: 116,
      priority: 1,
    },
    ...timeColumns(t, locale),
    ...runColumns(t),
    {
      id: "actions",
      title: t("schedule.actions"),
      value: () => undefined,
      cell: (one) => (
        <span className="row" onClick={(press) => press.stopPropagation()}>
          <Actions schedule={one} small />
        </span>
      ),
      width: 92,
      sorts: false,
      priority: 4,
    },
  ];
}

function List({ schedules }: { schedules: readonly Schedule[] }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const [{ q, state }, set] = useView(schedulesView);
  const navigate = useNavigate();
  const nowMs = scene?.overview.nowMs ?? 0;
  const columns = useColumns(nowMs);
  const wanted = q?.toLowerCase() ?? "";
  const rows = schedules.filter(
    (one) =>
      (state === undefined || stateOf(one, nowMs) === state) &&
      `${one.name} ${one.description} ${one.service ?? ""}`.toLowerCase().includes(wanted),
  );
  return (
    <Panel title={t("schedules.all")} flush>
      <Table
        label={t("schedules.all")}
        name="schedules"
        columns={columns}
        rows={rows}
        rowKey={({ name }) => name}
        onOpen={({ name }) => void navigate({ to: placeOf("schedule", name) ?? "/schedules" })}
        filters={
          <>
            <SearchField
              label={t("schedules.search")}
              value={q ?? ""}
              onChange={(typed) => set({ q: typed === "" ? undefined : typed })}
            />
            <Select
              label={t("schedule.state")}
              value={state ?? "all"}
              options={[
                ["all", t("schedules.anyState")],
                ["onTime", t("schedule.onTime")],
                ["running", t("schedule.running")],
                ["paused", t("schedule.paused")],
                ["missed", t("schedule.missedRuns")],
                ["failing", t("health.failing")],
              ]}
              onChange={(next) => set({ state: next === "all" ? undefined : next })}
            />
          </>
        }
        empty={<Empty title={t("schedules.noneSuch")} />}
      />
    </Panel>
  );
}

/** The page of all schedules: whether they run, and when. */
export default function SchedulesPage(): ReactNode {
  const { t } = useText();
  const query = useApi("/schedules", {}, { everyMs: 2000 });
  const verdict = useVerdict(query.data?.schedules ?? []);
  return (
    <Page title={t("kinds.schedule")} {...verdict}>
      <Answer of={query}>
        {({ schedules }) =>
          schedules.length === 0 ? (
            <Empty
              title={t("schedules.none")}
              text={t("schedules.noneText")}
              code={scheduleSample}
            />
          ) : (
            <>
              <NextDay />
              <List schedules={schedules} />
            </>
          )
        }
      </Answer>
    </Page>
  );
}
