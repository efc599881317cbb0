import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { isolated } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { useLive } from "../../live.tsx";
import { Button } from "../../ui/button.tsx";
import { SearchField, Segments, Select } from "../../ui/field.tsx";
import { Panel } from "../../ui/page.tsx";
import { Empty, Failure, Loading } from "../../ui/states.tsx";
import { Table } from "../../ui/table/table.tsx";
import { useView } from "../../view.ts";
import { dayOf } from "./days.ts";
import { Replay } from "./replay.tsx";
import { useRunColumns } from "./runs-columns.tsx";
import { useFilter, useRuns } from "./runs-data.ts";
import { looks, runsView, sinces } from "./search.ts";
import { runPath } from "./status.tsx";
import { useText } from "./text.ts";
import "./workflow.css";

/** Which runs are listed; it is in the URL. */
function Filters(): ReactNode {
  const { t, locale } = useText();
  const [{ look, q = "", since, day }, set] = useView(runsView);
  const dayMs = day === undefined ? undefined : dayOf(day);
  return (
    <>
      <Segments
        label={t("runs.look")}
        value={look ?? "all"}
        options={[
          ["all", t("runs.all")],
          ...looks.map((one) => [one, t(`runs.look.${one}`)] as const),
        ]}
        onChange={(next) => set({ look: next === "all" ? undefined : next })}
      />
      <SearchField
        label={t("runs.search")}
        value={q}
        onChange={(typed) => set({ q: typed === "" ? undefined : typed })}
      />
      <Select
        label={t("runs.since")}
        value={dayMs === undefined ? (since ?? "any") : "day"}
        options={[
          ["any", t("runs.anyTime")],
          ...sinces.map((one) => [one, t(`runs.since.${one}`)] as const),
          ...(dayMs === undefined
            ? []
            : [["day", format.dateTime(dayMs, locale).replace(/\s*\S+$/, "")] as const]),
        ]}
        onChange={(next) => {
          if (next === "day") return;
          set({ since: next === "any" ? undefined : next, day: undefined });
        }}
      />
    </>
  );
}

function Freshness({ runs }: { runs: ReturnType<typeof useRuns> }): ReactNode {
  const { t } = useText();
  const { connection, pausedAtMs } = useLive();
  const isMoving = connection.phase === "live" && pausedAtMs === undefined;
  if (runs.isFirst && isMoving) return <span className="hint">{t("runs.live")}</span>;
  return (
    <Button size="small" onClick={() => void runs.query.refetch()}>
      {t("runs.refresh")}
    </Button>
  );
}

/** The runs of a workflow, or of all, as the address searches for them. */
export function Runs({
  workflow,
  none,
}: {
  workflow?: string;
  /** What stands there when nothing was ever started. */
  none: ReactNode;
}): ReactNode {
  const { t } = useText();
  const [view, set] = useView(runsView);
  const filter = useFilter(view, workflow);
  const found = useRuns(filter);
  const navigate = useNavigate();
  const columns = useRunColumns(workflow === undefined, (q) => set({ q }, { push: true }));
  const { query, runs } = found;
  const isSearched = Object.keys(filter).some((name) => name !== "workflow");
  const label =
    workflow === undefined ? t("runs.title") : t("runs.of", { name: isolated(workflow, 80) });
  return (
    <Panel
      title={t("runs.title")}
      actions={
        <>
          <Freshness runs={found} />
          <Replay from="failure" filter={filter} found={found} />
          <Replay from="start" filter={filter} found={found} />
        </>
      }
      flush
    >
      {runs === undefined && query.error === null && <Loading rows={8} />}
      {runs === undefined && query.error !== null && (
        <Failure problem={query.error} onRetry={() => void query.refetch()} />
      )}
      {runs !== undefined && (
        <Table
          label={label}
          name="runs"
          columns={columns}
          rows={runs}
          rowKey={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: runPath(id) as ".", search: {} as never })}
          filters={<Filters />}
          empty={
            isSearched ? <Empty title={t("runs.noneSuch")} text={t("runs.noneSuchText")} /> : none
          }
          more={
            query.hasNextPage
              ? { load: () => void query.fetchNextPage(), busy: query.isFetchingNextPage }
              : undefined
          }
        />
      )}
    </Panel>
  );
}
