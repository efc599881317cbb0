import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { placeOfHit, type Hit } from "../../shell/hits.ts";
import { Tag } from "../../ui/badge.tsx";
import { Id } from "../../ui/copy.tsx";
import { SearchField } from "../../ui/field.tsx";
import { Go, ResourceLink } from "../../ui/go.tsx";
import { HealthIcon } from "../../ui/icons.tsx";
import { Page, Panel } from "../../ui/page.tsx";
import { Answer, Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { text, useView, type Parameters } from "../../view.ts";
import { useText } from "./text.ts";

type Found = AnswerOf<"/find", "get">;
type FoundHit = Found["hits"][number];

const view: Parameters<{ readonly id: string }> = { id: text(200) };

const kindKeys = {
  message: "find.message",
  event: "find.event",
  row: "find.row",
  key: "find.key",
  action: "find.action",
} as const;

/** Whether a resource is one with a page: `queue/mail`, but not `audit`. */
function Where({ resource }: Pick<Hit, "resource">): ReactNode {
  const slash = resource.indexOf("/");
  if (slash === -1) return "–";
  return <ResourceLink kind={resource.slice(0, slash)} name={resource.slice(slash + 1)} />;
}

function useColumns(): readonly Column<FoundHit>[] {
  const { t } = useText();
  const kindOf = ({ kind }: FoundHit): string =>
    Object.hasOwn(kindKeys, kind) ? t(kindKeys[kind as keyof typeof kindKeys]) : shown(kind, 30);
  return [
    {
      id: "kind",
      title: t("find.kind"),
      value: kindOf,
      cell: (hit) => <Tag>{kindOf(hit)}</Tag>,
      width: 110,
      priority: 1,
    },
    {
      id: "title",
      title: t("find.title"),
      value: ({ title }) => title,
      cell: (hit) => (
        <Go {...placeOfHit(hit)} className="link" onClick={(event) => event.stopPropagation()}>
          <bdi title={isolated(hit.title, 600)}>{shown(hit.title, 200)}</bdi>
        </Go>
      ),
      width: 170,
      grows: true,
      priority: 1,
    },
    {
      id: "resource",
      title: t("find.where"),
      value: ({ resource }) => resource,
      cell: (hit) => <Where resource={hit.resource} />,
      width: 180,
      priority: 2,
    },
    {
      id: "at",
      title: t("audit.when"),
      value: ({ atMs }) => atMs,
      cell: ({ atMs }) => <Ago atMs={atMs} />,
      width: 116,
      priority: 3,
    },
    {
      id: "id",
      title: t("find.id"),
      value: ({ id }) => id,
      cell: ({ id }) => <Id id={id} max={20} />,
      width: 210,
      priority: 4,
    },
  ];
}

function Hits({ found: { hits, partial }, id }: { found: Found; id: string }): ReactNode {
  const { t } = useText();
  const columns = useColumns();
  const navigate = useNavigate();
  return (
    <>
      {partial && (
        <p className="row">
          <HealthIcon health="warning" />
          {t("find.partial")}
        </p>
      )}
      <Panel title={t("find.found")} hint={t("find.most")} flush>
        <Table
          label={t("find.found")}
          name="hits"
          columns={columns}
          rows={hits}
          rowKey={(hit) => `${hit.kind} ${hit.resource} ${hit.id}`}
          onOpen={(hit) => void navigate(placeOfHit(hit) as never)}
          empty={
            <Empty title={t("find.none", { id: isolated(id, 80) })} text={t("find.noneText")} />
          }
        />
      </Panel>
    </>
  );
}

/** Whatever bears an identifier: messages, events, rows, keys, and all that carries a trace. */
export default function FindPage(): ReactNode {
  const { t } = useText();
  const [{ id = "" }, set] = useView(view);
  const wanted = id.trim();
  const query = useQuery<Found, Problem>({
    queryKey: ["find", wanted],
    queryFn: ({ signal }) => call("get", "/find", { query: { id: wanted } }, signal),
    enabled: wanted !== "",
    staleTime: 2_000,
  });
  return (
    <Page title={t("find.page")} sentence={t("find.sentence")}>
      <SearchField
        label={t("find.field")}
        value={id}
        onChange={(next) => set({ id: next === "" ? undefined : next })}
      />
      {wanted === "" ? (
        <Panel title={t("find.nothing")}>
          <p className="prose">{t("find.nothingText")}</p>
        </Panel>
      ) : (
        <Answer of={query}>{(found) => <Hits found={found} id={wanted} />}</Answer>
      )}
    </Page>
  );
}
