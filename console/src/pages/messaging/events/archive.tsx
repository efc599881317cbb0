import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import { useHistory } from "../../../api/history.ts";
import type { Overview } from "../../../api/overview.ts";
import type { Problem } from "../../../api/problem.ts";
import { useLive } from "../../../live.tsx";
import { spanOf, useRange } from "../../../range.ts";
import { useTicking } from "../../../api/query.ts";
import { TimeChart } from "../../../ui/chart/time-chart.tsx";
import { SearchField } from "../../../ui/field.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Empty, Failure, Loading } from "../../../ui/states.tsx";
import { Table } from "../../../ui/table/table.tsx";
import { useView } from "../../../view.ts";
import { useText } from "../text.ts";
import { happeningOf, serviceOf, type Catalogue } from "./log.ts";
import { useEventColumns } from "./rows.tsx";
import { NameFilter } from "./tail.tsx";
import { eventsView } from "./view.ts";

type Page = AnswerOf<"/events/log", "get">;

const pageMax = 100;
const chartHeight = 120;
/** A page of a range that ends now is read again this often, as long as it is the only one. */
const everyMs = 5000;

const isTrace = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);

/** A source as the log has it: the name of a service stands for the app's own source of it. */
function sourceOf(source: string, overview: Overview | undefined): string {
  const isOwn = source === "api" || overview?.nodes.some(({ id }) => id === `service/${source}`);
  return isOwn === true ? `${overview?.app}.${source}` : source;
}

/** Pages of the log by the filters of the URL and the global time range. */
function useLog() {
  const [{ type, source, q, trace }] = useView(eventsView);
  const [range] = useRange();
  const { scene } = useLive();
  const filters = {
    type,
    source: source === undefined ? undefined : sourceOf(source, scene?.overview),
    contains: q,
    traceId: trace !== undefined && isTrace(trace) ? trace : undefined,
  };
  const query = useInfiniteQuery<Page, Problem>({
    queryKey: ["api", "/events/log", filters, range],
    queryFn: ({ pageParam, signal }) => {
      const { fromMs, toMs } = spanOf(range, scene?.overview.nowMs ?? 0);
      const span = "name" in range ? { from: fromMs } : { from: fromMs, to: toMs };
      const cursor = pageParam as string | undefined;
      return call(
        "get",
        "/events/log",
        { query: { ...filters, ...span, cursor, limit: pageMax } },
        signal,
      );
    },
    enabled: scene !== undefined,
    initialPageParam: undefined,
    getNextPageParam: ({ cursor }) => cursor,
    placeholderData: keepPreviousData,
  });
  const isFirst = query.data === undefined || query.data.pages.length === 1;
  useTicking(everyMs, "name" in range && isFirst, () => void query.refetch());
  return query;
}

/** How many events came when: all of them, or those of the chosen type. */
function Counts(): ReactNode {
  const { t } = useText();
  const [{ type }] = useView(eventsView);
  const [, setRange] = useRange();
  const id = type === undefined ? "platform" : `event/${type}`;
  const metric = type === undefined ? "events" : "ratePerSecond";
  const history = useHistory([id], [metric]);
  if (history === undefined) return null;
  return (
    <TimeChart
      atMs={history.atMs}
      series={[
        {
          key: id,
          label: type === undefined ? t("events.allTypes") : type,
          values: history.values(id, metric),
          tone: "3",
          area: true,
        },
      ]}
      unit="rate"
      label={t("events.perSecond")}
      height={chartHeight}
      onRange={(fromMs, toMs) => setRange({ fromMs, toMs })}
    />
  );
}

/** Names of the widest filter. */
function Filters({
  catalogue,
  seen,
}: {
  catalogue: Catalogue;
  seen: readonly string[];
}): ReactNode {
  const { t } = useText();
  const [view, set] = useView(eventsView);
  const producers = catalogue.events.flatMap(({ producers: names }) => names);
  return (
    <>
      <SearchField
        label={t("events.contains")}
        value={view.q ?? ""}
        onChange={(q) => set({ q: q === "" ? undefined : q })}
      />
      <NameFilter
        label={t("event.type")}
        all={t("events.allTypes")}
        names={catalogue.events.map(({ name }) => name)}
        value={view.type}
        onChange={(type) => set({ type })}
      />
      <NameFilter
        label={t("event.source")}
        all={t("events.allSources")}
        names={[...producers, ...seen]}
        value={view.source}
        onChange={(source) => set({ source })}
      />
      <SearchField
        label={t("events.traceId")}
        value={view.trace ?? ""}
        onChange={(trace) => set({ trace: trace === "" ? undefined : trace.trim() })}
      />
    </>
  );
}

/** What was published in the time range, kept on disk, searched by text, source and trace. */
export function Archive({ catalogue }: { catalogue: Catalogue }): ReactNode {
  const { t } = useText();
  const [view, set] = useView(eventsView);
  const { scene } = useLive();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useLog();
  const app = scene?.overview.app ?? "";
  const nodes = scene?.overview.nodes ?? [];
  const services = new Set(nodes.filter(({ kind }) => kind === "service").map(({ name }) => name));
  const columns = useEventColumns(services);
  const logged = data?.pages.flatMap((page) => page.events);
  const rows = logged?.map((one) => happeningOf(one, app));
  const sources = logged?.map(({ source }) => serviceOf(source, app)) ?? [];
  if (catalogue.driver["log"] !== true) {
    return <Empty title={t("events.noLog")} text={t("events.noLogText")} />;
  }
  const searching = view.q !== undefined || view.source !== undefined || view.trace !== undefined;
  return (
    <>
      <Panel title={t("events.perSecond")} flush>
        <Counts />
      </Panel>
      <Panel title={t("events.log")} flush>
        {error !== null && rows === undefined ? (
          <Failure problem={error} onRetry={() => void refetch()} />
        ) : rows === undefined ? (
          <Loading rows={8} />
        ) : (
          <Table
            label={t("events.log")}
            name="log"
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            opened={view.event}
            onOpen={({ id }) => set({ event: id }, { push: true })}
            filters={<Filters catalogue={catalogue} seen={sources} />}
            empty={
              <Empty
                title={t("events.noneThen")}
                text={hasNextPage && searching ? t("events.searchOn") : t("events.noneThenText")}
              />
            }
            more={
              hasNextPage
                ? { load: () => void fetchNextPage(), busy: isFetchingNextPage }
                : undefined
            }
          />
        )}
      </Panel>
    </>
  );
}
