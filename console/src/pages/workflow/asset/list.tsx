import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { placeOf } from "../../../places.ts";
import { Count } from "../../../ui/figures.tsx";
import { ResourceLink } from "../../../ui/go.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { RunLink } from "../runs-columns.tsx";
import { useText, type Say } from "../text.ts";
import type { AssetSummary } from "./grid.ts";
import { LineagePanel } from "./lineage.tsx";
import { AssetBadge, assetState } from "./state.tsx";

const sample = `import { asset, daily } from "morning-ai/workflow";

export const closes = asset("closes", { partitions: daily("2026-01-01"), freshMs: 30 * hourMs });
export const close = workflow("close-day", { writes: [closes] }, async (ctx, { partition }) => {
  await ctx.step("sum", () => sum(partition));
});`;

const states = ["failing", "stale", "missing", "fresh"] as const;

/** Workflows by name, one after the other. */
function Makers({ names }: { names: readonly string[] }): ReactNode {
  if (names.length === 0) return <span className="none">–</span>;
  return names.map((name) => <ResourceLink key={name} kind="workflow" name={name} />);
}

/** Who makes and who reads it. */
const makerColumns = (t: Say): readonly Column<AssetSummary>[] => [
  {
    id: "writers",
    title: t("asset.writers"),
    value: ({ writers }) => writers.join(" "),
    cell: ({ writers }) => <Makers names={writers} />,
    width: 140,
    priority: 4,
  },
  {
    id: "readers",
    title: t("asset.readers"),
    value: ({ readers }) => readers.join(" "),
    cell: ({ readers }) => <Makers names={readers} />,
    width: 140,
    priority: 5,
  },
];

function useColumns(): readonly Column<AssetSummary>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("workflow.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <ResourceLink kind="asset" name={name} />,
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "state",
      title: t("runs.status"),
      value: (one) => states.indexOf(assetState(one)),
      cell: (one) => <AssetBadge asset={one} />,
      width: 128,
      priority: 1,
    },
    {
      id: "made",
      title: t("asset.made"),
      value: ({ madeAtMs }) => madeAtMs,
      cell: ({ madeAtMs }) => <Ago atMs={madeAtMs} />,
      width: 116,
      priority: 2,
    },
    {
      id: "run",
      title: t("asset.byRun"),
      value: ({ run }) => run,
      cell: ({ run }) =>
        run === null ? <span className="none">–</span> : <RunLink id={run} max={40} />,
      width: 170,
      grows: true,
      priority: 4,
    },
    {
      id: "checks",
      title: t("asset.failedChecks"),
      value: ({ failedChecks }) => failedChecks,
      cell: ({ failedChecks }) => <Count value={failedChecks} />,
      width: 112,
      align: "end",
      priority: 3,
    },
    ...makerColumns(t),
    {
      id: "partitions",
      title: t("asset.partitions"),
      value: ({ partitions }) => partitions,
      cell: ({ partitions }) => (
        <bdi title={isolated(partitions ?? "", 300)}>{shown(partitions ?? "–", 60)}</bdi>
      ),
      width: 180,
      grows: true,
      priority: 6,
    },
  ];
}

function List({ assets }: { assets: readonly AssetSummary[] }): ReactNode {
  const { t } = useText();
  const navigate = useNavigate();
  const columns = useColumns();
  return (
    <>
      <LineagePanel />
      <Panel title={t("assets.all")} flush>
        <Table
          label={t("assets.all")}
          name="assets"
          columns={columns}
          rows={assets}
          rowKey={({ name }) => name}
          onOpen={({ name }) => void navigate({ to: (placeOf("asset", name) ?? "/assets") as "." })}
        />
      </Panel>
    </>
  );
}

/** What workflows make: how fresh it is, what it was checked for, and what it is made of. */
export default function AssetsPage(): ReactNode {
  const { t } = useText();
  const query = useApi("/assets", {}, { everyMs: 5000 });
  const assets = query.data?.assets ?? [];
  const of = (state: (typeof states)[number]): number =>
    assets.filter((one) => assetState(one) === state).length;
  const counts = { failing: of("failing"), stale: of("stale"), missing: of("missing") };
  const health = counts.failing > 0 ? "failing" : counts.stale > 0 ? "warning" : "ok";
  return (
    <Page
      title={t("assets.title")}
      {...(assets.length === 0
        ? {}
        : { health, sentence: t("assets.sentence", { count: assets.length, ...counts }) })}
    >
      <Answer of={query} rows={6}>
        {() =>
          assets.length === 0 ? (
            <Empty title={t("assets.none")} text={t("assets.noneText")} code={sample} />
          ) : (
            <List assets={assets} />
          )
        }
      </Answer>
    </Page>
  );
}
