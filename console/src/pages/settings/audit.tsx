import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { useLive } from "../../live.tsx";
import { spanOf, useRange } from "../../range.ts";
import { Badge } from "../../ui/badge.tsx";
import { Id } from "../../ui/copy.tsx";
import { SearchField, Select } from "../../ui/field.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { Empty, Failure, Loading } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { oneOf, text, useView, type Parameters } from "../../view.ts";
import { useText } from "./text.ts";

type Entry = AnswerOf<"/audit", "get">["entries"][number];

interface AuditView {
  readonly path: string;
  readonly actor: string;
  readonly status: "failed";
}

const view: Parameters<AuditView> = { path: text(), actor: text(100), status: oneOf(["failed"]) };
const pageMax = 200;

/** Pages of the log, by the filters of the URL and the global time range. */
function useEntries({ path, actor, status }: Partial<AuditView>) {
  const [range] = useRange();
  const nowMs = useLive().scene?.overview.nowMs;
  const filters = { path, actor, ...(status === undefined ? {} : { failed: "true" as const }) };
  return useInfiniteQuery<AnswerOf<"/audit", "get">, Problem>({
    queryKey: ["api", "/audit", filters, range],
    queryFn: ({ pageParam, signal }) => {
      const span = "name" in range ? {} : spanOf(range, nowMs ?? 0);
      const query = {
        ...filters,
        ...span,
        limit: pageMax,
        before: pageParam as number | undefined,
      };
      return call("get", "/audit", { query }, signal);
    },
    initialPageParam: undefined,
    getNextPageParam: ({ entries }) => (entries.length < pageMax ? undefined : entries.at(-1)?.seq),
    placeholderData: keepPreviousData,
  });
}

function useColumns(): readonly Column<Entry>[] {
  const { t } = useText();
  const outcome = (status: number): ReactNode => {
    if (status < 400) return <Badge health="ok">{t("audit.ok")}</Badge>;
    if (status < 500) return <Badge health="warning">{t("audit.refused")}</Badge>;
    return <Badge health="failing">{t("audit.broken")}</Badge>;
  };
  return [
    {
      id: "at",
      title: t("audit.when"),
      value: ({ atMs }) => atMs,
      cell: ({ atMs }) => <Ago atMs={atMs} />,
      width: 116,
      priority: 1,
    },
    {
      id: "actor",
      title: t("audit.actor"),
      value: ({ actor }) => actor,
      cell: ({ actor }) => <bdi>{shown(actor, 60)}</bdi>,
      width: 104,
      priority: 3,
    },
    {
      id: "role",
      title: t("audit.role"),
      value: ({ role }) => role,
      cell: ({ role }) => t(`role.${role}`),
      width: 92,
      priority: 4,
    },
    {
      id: "action",
      title: t("audit.path"),
      value: ({ method, path }) => `${method} ${path}`,
      cell: ({ method, path }) => (
        <bdi className="mono" title={isolated(`${method} ${path}`)}>
          {method} {shown(path.replace(/^\/api\/v1/, ""), 300)}
        </bdi>
      ),
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "status",
      title: t("audit.status"),
      value: ({ status }) => status,
      cell: ({ status }) => (
        <span className="row">
          {outcome(status)} <span className="mono">{status}</span>
        </span>
      ),
      width: 150,
      priority: 2,
    },
    {
      id: "trace",
      title: t("audit.trace"),
      value: ({ traceId }) => traceId,
      cell: ({ traceId }) => (traceId === null ? "–" : <Id id={traceId} max={12} />),
      width: 150,
      priority: 5,
    },
  ];
}

/** Who changed what, and what became of it. */
export default function AuditPage(): ReactNode {
  const { t } = useText();
  const [filters, set] = useView(view);
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    useEntries(filters);
  const columns = useColumns();
  const entries = data?.pages.flatMap((page) => page.entries);
  const fields = (
    <>
      <SearchField
        label={t("audit.search")}
        value={filters.path ?? ""}
        onChange={(path) => set({ path: path === "" ? undefined : path })}
      />
      <SearchField
        label={t("audit.who")}
        value={filters.actor ?? ""}
        onChange={(actor) => set({ actor: actor === "" ? undefined : actor })}
      />
      <Select
        label={t("audit.status")}
        value={filters.status ?? "all"}
        options={[
          ["all", t("audit.all")],
          ["failed", t("audit.failed")],
        ]}
        onChange={(status) => set({ status: status === "failed" ? status : undefined })}
      />
    </>
  );
  return (
    <Page title={t("audit.title")} sentence={t("audit.sentence")}>
      <Panel title={t("audit.action")} flush>
        {error !== null && entries === undefined ? (
          <Failure problem={error} onRetry={() => void refetch()} />
        ) : entries === undefined ? (
          <Loading rows={8} />
        ) : (
          <Table
            label={t("audit.title")}
            name="audit"
            columns={columns}
            rows={entries}
            rowKey={({ seq }) => String(seq)}
            filters={fields}
            empty={<Empty title={t("audit.none")} text={t("audit.noneText")} />}
            more={
              hasNextPage
                ? { load: () => void fetchNextPage(), busy: isFetchingNextPage }
                : undefined
            }
          />
        )}
      </Panel>
    </Page>
  );
}
