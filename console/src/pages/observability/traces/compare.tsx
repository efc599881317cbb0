import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Button } from "../../../ui/button.tsx";
import { Tag } from "../../../ui/badge.tsx";
import { Duration } from "../../../ui/figures.tsx";
import { Go } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { flag, text, useView, type Parameters } from "../../../view.ts";
import { Apart } from "./apart.tsx";
import { useText } from "./text.ts";
import "./traces.css";

type Comparison = AnswerOf<"/telemetry/traces/compare", "post">;
type Node = Comparison["nodes"][number];

interface CompareView {
  /** Ids of traces, by commas. */
  readonly a: string;
  readonly b: string;
  /** Also what is the same on both sides. */
  readonly all: true;
}

const idsMax = 50 * 33;
const view: Parameters<CompareView> = { a: text(idsMax), b: text(idsMax), all: flag };

const idsOf = (list: string | undefined): string[] =>
  (list ?? "").split(",").filter((id) => /^[0-9a-f]{32}$/.test(id));

const changes = {
  added: "compare.added",
  missing: "compare.missing",
  slower: "compare.slower",
  faster: "compare.faster",
  same: "compare.same",
} as const;

/** Which of all operations are listed: those that differ, and what stands above them. */
function listedOf({ nodes, largest }: Comparison, all: boolean): readonly Node[] {
  if (all) return nodes;
  const kept = new Set<number>();
  const differing = new Set(largest);
  for (const node of nodes) {
    if (node.change === "same" && !differing.has(node.id)) continue;
    for (let at: Node | undefined = node; at !== undefined && !kept.has(at.id);) {
      kept.add(at.id);
      at = nodes[at.parent];
    }
  }
  return nodes.filter(({ id }) => kept.has(id));
}

function useColumns(): readonly Column<Node>[] {
  const { t, locale } = useText();
  const side = (id: "totalMsA" | "totalMsB", title: string): Column<Node> => ({
    id,
    title,
    width: 92,
    align: "end",
    priority: 3,
    value: (node) => node[id],
    cell: (node) => <Duration ms={node[id]} />,
  });
  return [
    {
      id: "name",
      title: t("list.name"),
      width: 190,
      grows: true,
      priority: 1,
      sorts: false,
      value: ({ name }) => name,
      cell: ({ name, service, depth }) => (
        <span className="compare-name" style={{ paddingInlineStart: Math.min(depth, 12) * 14 }}>
          <bdi>{shown(name, 120)}</bdi> <bdi className="hint">{shown(service, 60)}</bdi>
        </span>
      ),
    },
    {
      id: "change",
      title: t("compare.change"),
      width: 104,
      priority: 1,
      value: ({ change }) => change,
      cell: ({ change }) => <Tag>{t(changes[change])}</Tag>,
    },
    {
      id: "difference",
      title: t("compare.difference"),
      width: 104,
      align: "end",
      priority: 1,
      value: ({ selfMsA, selfMsB }) => selfMsB - selfMsA,
      cell: ({ selfMsA, selfMsB }) => {
        const by = selfMsB - selfMsA;
        if (by === 0) return "–";
        return `${by > 0 ? "+" : "−"}${format.duration(Math.abs(by), locale)}`;
      },
    },
    side("totalMsA", t("compare.totalA")),
    side("totalMsB", t("compare.totalB")),
    {
      id: "counts",
      title: t("compare.counts"),
      width: 96,
      align: "end",
      priority: 4,
      sorts: false,
      value: ({ countA, countB }) => `${countA} ${countB}`,
      cell: ({ countA, countB }) => `${format.shortNumber(countA)} / ${format.shortNumber(countB)}`,
    },
    {
      id: "errors",
      title: t("list.errors"),
      width: 96,
      align: "end",
      priority: 5,
      sorts: false,
      value: ({ errorsA, errorsB }) => `${errorsA} ${errorsB}`,
      cell: ({ errorsA, errorsB }) =>
        errorsA + errorsB === 0
          ? "–"
          : `${format.shortNumber(errorsA)} / ${format.shortNumber(errorsB)}`,
    },
  ];
}

/** What differs most, in sentences. */
function Largest({ comparison }: { comparison: Comparison }): ReactNode {
  const { t, locale } = useText();
  const nodes = comparison.largest
    .slice(0, 3)
    .map((id) => comparison.nodes[id])
    .filter((node) => node !== undefined);
  if (nodes.length === 0) return <p className="prose">{t("compare.nothing")}</p>;
  return (
    <ul className="compare-words">
      {nodes.map((node) => {
        const by = node.selfMsB - node.selfMsA;
        return (
          <li key={node.id}>
            {t("compare.words", {
              name: isolated(node.name, 80),
              service: isolated(node.service, 60),
              by: format.duration(Math.abs(by), locale),
              way: by >= 0 ? "more" : "less",
              countA: format.shortNumber(node.countA),
              countB: format.shortNumber(node.countB),
            })}
          </li>
        );
      })}
    </ul>
  );
}

/** Two traces, or two sets of them, beside each other: by the way of their operations. */
export default function ComparePage(): ReactNode {
  const { t } = useText();
  const [{ a, b, all }, set] = useView(view);
  const [one, other] = [idsOf(a), idsOf(b)];
  const columns = useColumns();
  const isAsked = one.length > 0 && other.length > 0;
  const found = useQuery<Comparison, Problem>({
    queryKey: ["api", "/telemetry/traces/compare", a, b],
    queryFn: ({ signal }) =>
      call("post", "/telemetry/traces/compare", { body: { a: one, b: other } }, signal),
    enabled: isAsked,
  });
  const above = <Go to="/traces">{t("search.title")}</Go>;
  if (!isAsked) {
    return (
      <Page title={t("compare.title")} above={above}>
        <Empty title={t("compare.none")} text={t("compare.noneText")}>
          <Go to="/traces" className="link">
            {t("search.title")}
          </Go>
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      title={t("compare.title")}
      above={above}
      sentence={t("compare.sentence", { one: one.length, other: other.length })}
      actions={
        <>
          {one.length === 1 && (
            <Go to={`/traces/${one[0]}`} className="link">
              {t("compare.openA")}
            </Go>
          )}
          {other.length === 1 && (
            <Go to={`/traces/${other[0]}`} className="link">
              {t("compare.openB")}
            </Go>
          )}
          <Button size="small" onClick={() => set({ a: b, b: a })}>
            {t("compare.swap")}
          </Button>
        </>
      }
    >
      <Answer of={found}>
        {(comparison) => (
          <>
            <Panel title={t("compare.most")}>
              <Largest comparison={comparison} />
            </Panel>
            <Apart a={one} b={other} />
            <Panel
              title={t("compare.operations")}
              hint={t("compare.each")}
              actions={
                <Button
                  size="small"
                  tone="quiet"
                  onClick={() => set({ all: all === true ? undefined : true })}
                >
                  {t(all === true ? "compare.different" : "compare.all")}
                </Button>
              }
              flush
            >
              <Table
                label={t("compare.operations")}
                name="compare"
                columns={columns}
                rows={listedOf(comparison, all === true)}
                rowKey={({ id }) => String(id)}
                empty={<Empty title={t("compare.nothing")} />}
              />
            </Panel>
          </>
        )}
      </Answer>
    </Page>
  );
}
