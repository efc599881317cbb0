import { useMemo, type ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Badge } from "../../../ui/badge.tsx";
import { SearchField, Select } from "../../../ui/field.tsx";
import { Duration, Money } from "../../../ui/figures.tsx";
import { Icon } from "../../../ui/icons.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { At } from "../../../ui/time.tsx";
import { oneOf, text, useView, type Parameters } from "../../../view.ts";
import { hasEnded, type RunDetail } from "../status.tsx";
import { useText, type Say } from "../text.ts";
import { totals } from "./costs.tsx";
import type { History } from "./entries.ts";
import { entryIcon, healthOfEntry } from "./kinds.ts";
import type { Entry } from "./places.ts";
import { entryName, kindName } from "./words.ts";

const entryStates = ["open", "done", "failed"] as const;

interface TableView {
  readonly q: string;
  readonly is: Entry["status"];
}

const view: Parameters<TableView> = { q: text(200), is: oneOf(entryStates) };

/** How an entry stands, by shape and word. */
export function EntryBadge({
  entry,
  isOver,
}: {
  entry: Entry;
  /** Its run has ended: what is open stays so. */
  isOver: boolean;
}): ReactNode {
  const { t } = useText();
  if (isOver && entry.status === "open") {
    return <Badge health="unknown">{t("entry.is.left")}</Badge>;
  }
  return <Badge health={healthOfEntry(entry)}>{t(`entry.is.${entry.status}`)}</Badge>;
}

const timeColumns = (t: Say, { untilMs, hasValues }: History): readonly Column<Entry>[] => [
  {
    id: "attempt",
    title: t("history.attempts"),
    value: ({ attempt }) => attempt,
    cell: ({ attempt }) => (attempt === 0 ? <span className="none">–</span> : attempt),
    width: 84,
    align: "end",
    priority: 4,
  },
  {
    id: "cost",
    title: t("entry.cost"),
    value: ({ costs }) => costs[0]?.amount,
    cell: ({ costs }) => <Money costs={totals(costs)} />,
    width: 92,
    align: "end",
    priority: 6,
  },
  {
    id: "started",
    title: t("history.started"),
    value: ({ startedAtMs }) => startedAtMs,
    cell: ({ startedAtMs }) => <At atMs={startedAtMs} />,
    width: 178,
    priority: 4,
  },
  {
    id: "took",
    title: t("runs.took"),
    value: ({ startedAtMs, endedAtMs }) => (endedAtMs ?? untilMs) - startedAtMs,
    cell: ({ startedAtMs, endedAtMs }) => <Duration ms={(endedAtMs ?? untilMs) - startedAtMs} />,
    width: 92,
    align: "end",
    priority: 2,
  },
  {
    id: "value",
    title: t("history.value"),
    value: ({ value, error }) => error?.message ?? value?.json,
    cell: ({ value, error }) => {
      const words = error?.message ?? value?.json;
      // Of a long history results are not read with the list.
      if (words === undefined) return <span className="none">{hasValues ? "–" : "…"}</span>;
      return (
        <bdi className="mono" title={isolated(words, 400)}>
          {shown(words, 160)}
        </bdi>
      );
    },
    width: 180,
    grows: true,
    priority: 3,
    sorts: false,
  },
];

function useColumns(history: History, isOver: boolean): readonly Column<Entry>[] {
  const { t, locale } = useText();
  return [
    {
      id: "place",
      title: t("history.place"),
      value: ({ place }) => (place === 0 ? undefined : place),
      cell: ({ place }) => (place === 0 ? <span className="none">–</span> : place),
      width: 72,
      align: "end",
      priority: 5,
    },
    {
      id: "at",
      title: t("history.at"),
      value: ({ at }) => at,
      cell: ({ at }) => <bdi className="mono">{shown(at, 60)}</bdi>,
      width: 92,
      priority: 3,
    },
    {
      id: "name",
      title: t("history.name"),
      value: (one) => entryName(t, locale, one),
      cell: (one) => (
        <span className="resource">
          <Icon name={entryIcon(one.kind)} size={14} />
          <bdi>{shown(entryName(t, locale, one), 120)}</bdi>
        </span>
      ),
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "kind",
      title: t("history.kind"),
      value: ({ kind }) => kindName(t, kind),
      width: 128,
      priority: 4,
    },
    {
      id: "status",
      title: t("runs.status"),
      value: ({ status }) => entryStates.indexOf(status),
      cell: (one) => <EntryBadge entry={one} isOver={isOver} />,
      width: 108,
      priority: 1,
    },
    ...timeColumns(t, history),
  ];
}

/** All that a run recorded as a file, for a test that replays it against other code. */
function RecordingLink({ run: { id } }: { run: RunDetail }): ReactNode {
  const { t } = useText();
  return (
    <a
      className="button small"
      href={`/api/v1/workflow-runs/${encodeURIComponent(id)}/recording`}
      download={`${id.replaceAll(/[^\w.-]+/g, "-")}.recording.json`}
      title={t("history.recordingHint")}
    >
      <Icon name="download" size={14} />
      {t("history.recording")}
    </a>
  );
}

/** All that a run recorded, by position. */
export function HistoryTable({
  history,
  run,
  selected,
  onSelect,
}: {
  history: History;
  run: RunDetail;
  selected: string | undefined;
  onSelect: (at: string) => void;
}): ReactNode {
  const { t } = useText();
  const [{ q = "", is }, set] = useView(view);
  const { entries } = history;
  const columns = useColumns(history, hasEnded(run));
  const rows = useMemo(() => {
    const wanted = q.toLowerCase();
    return entries.filter(
      ({ name, at, kind, status }) =>
        (is === undefined || status === is) &&
        (wanted === "" || `${name} ${kind}`.toLowerCase().includes(wanted) || at === q),
    );
  }, [entries, q, is]);
  return (
    <Panel title={t("history.title")} actions={<RecordingLink run={run} />} flush>
      <Table
        label={t("history.title")}
        name="entries"
        columns={columns}
        rows={rows}
        rowKey={({ at }) => at}
        onOpen={({ at }) => onSelect(at)}
        opened={selected}
        filters={
          <>
            <SearchField
              label={t("gantt.search")}
              value={q}
              onChange={(typed) => set({ q: typed === "" ? undefined : typed })}
            />
            <Select
              label={t("runs.status")}
              value={is ?? "any"}
              options={[
                ["any", t("history.anyStatus")],
                ...entryStates.map((one) => [one, t(`entry.is.${one}`)] as const),
              ]}
              onChange={(next) => set({ is: next === "any" ? undefined : next })}
            />
          </>
        }
        empty={<Empty title={t("gantt.none")} />}
      />
    </Panel>
  );
}
