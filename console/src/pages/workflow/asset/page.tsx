import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Drawer } from "../../../ui/drawer.tsx";
import { Count, Facts, Figures } from "../../../ui/figures.tsx";
import { Go, ResourceLink, useName } from "../../../ui/go.tsx";
import { KindIcon } from "../../../ui/icons.tsx";
import { Page, Panel } from "../../../ui/page.tsx";
import { PageOf } from "../../../ui/page-of.tsx";
import { Ago, At } from "../../../ui/time.tsx";
import { text, useView, type Parameters } from "../../../view.ts";
import { RunLink } from "../runs-columns.tsx";
import { useText } from "../text.ts";
import { BackfillButton } from "./backfill.tsx";
import type { Asset, Part } from "./grid.ts";
import { LineagePanel } from "./lineage.tsx";
import { Partitions } from "./partitions.tsx";
import { AssetBadge, assetState, healthOfAsset } from "./state.tsx";
import { CheckFacts, Checks, Past } from "./tables.tsx";
import "../workflow.css";

interface AssetView {
  /** The partition whose details are open. */
  readonly partition: string;
}

const view: Parameters<AssetView> = { partition: text(200) };

/** The workflows that make an asset, and read it. */
function Makers({ asset }: { asset: Asset }): ReactNode {
  const { t, locale } = useText();
  const { of, writers, readers, freshMs, partitions } = asset;
  const links = (names: readonly string[]): ReactNode =>
    names.length === 0 ? (
      <span className="none">–</span>
    ) : (
      names.map((name) => <ResourceLink key={name} kind="workflow" name={name} />)
    );
  const [kind = "", ...name] = (of ?? "").split("/");
  return (
    <Panel title={t("asset.about")}>
      <Facts
        facts={[
          of !== null && [
            t("asset.of"),
            <ResourceLink key="of" kind={kind} name={name.join("/")} />,
          ],
          [t("asset.writers"), links(writers)],
          [t("asset.readers"), links(readers)],
          [
            t("asset.freshFor"),
            freshMs === null ? t("asset.always") : format.duration(freshMs, locale),
          ],
          partitions !== null && [
            t("asset.partitions"),
            <bdi key="partitions">{shown(partitions, 300)}</bdi>,
          ],
        ]}
      />
    </Panel>
  );
}

/** One partition: when it was made, by which run, what that told of it, what checks found. */
function PartDrawer({
  asset,
  part,
  onClose,
}: {
  asset: Asset;
  part: Part;
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const { partition, atMs, run, version, facts } = part;
  const checks = asset.checks.filter((one) => one.partition === partition);
  return (
    <Drawer
      about={partition ?? asset.name}
      title={<bdi className="mono">{shown(partition ?? asset.name, 80)}</bdi>}
      kicker={
        <>
          <KindIcon kind="asset" size={14} />
          <bdi>{shown(asset.name, 60)}</bdi>
        </>
      }
      onClose={onClose}
    >
      {atMs === null ? (
        <p className="prose">{t("partition.notMade")}</p>
      ) : (
        <Facts
          facts={[
            [
              t("asset.made"),
              <span key="made" className="row">
                <Ago atMs={atMs} />
                <span className="none">
                  <At atMs={atMs} />
                </span>
              </span>,
            ],
            run !== null && [t("asset.byRun"), <RunLink key="run" id={run} max={40} />],
            version !== null && [
              t("workflow.version"),
              <bdi key="version">{shown(version, 60)}</bdi>,
            ],
            ...Object.entries(facts).map(
              ([name, value]) =>
                [
                  shown(name, 60),
                  <bdi key={name}>
                    {typeof value === "number" ? (
                      <Count value={value} />
                    ) : (
                      shown(String(value), 200)
                    )}
                  </bdi>,
                ] as const,
            ),
          ]}
        />
      )}
      <CheckFacts checks={checks} />
    </Drawer>
  );
}

function Backfill({ asset }: { asset: Asset }): ReactNode {
  const [writer] = asset.writers;
  if (writer === undefined || asset.partitions === null) return null;
  const missing = asset.parts.filter(({ atMs }) => atMs === null);
  return (
    <BackfillButton
      workflow={writer}
      from={missing.at(-1)?.partition ?? ""}
      until={missing[0]?.partition ?? ""}
    />
  );
}

function useSentence(asset: Asset): string {
  const { t, locale } = useText();
  const { madeBy, freshMs, failedChecks, made, expected } = asset;
  const values = {
    missing: expected - made,
    expected,
    checks: failedChecks,
    fresh: format.duration(freshMs ?? 0, locale),
    workflow: isolated(madeBy ?? "", 60),
  };
  return t(`asset.sentence.${assetState(asset)}`, values);
}

function Opened({ asset }: { asset: Asset }): ReactNode {
  const { t } = useText();
  const [{ partition }, set] = useView(view);
  const { name, description, madeAtMs, run, failedChecks, made, expected } = asset;
  const sentence = useSentence(asset);
  const opened =
    partition === undefined
      ? undefined
      : asset.parts.find((one) => (one.partition ?? "") === partition);
  return (
    <Page
      title={shown(name, 160)}
      mark={<KindIcon kind="asset" size={20} />}
      above={<Go to="/assets">{t("assets.title")}</Go>}
      // What is fresh may still lack parts of its past.
      health={assetState(asset) === "fresh" && made < expected ? "warning" : healthOfAsset(asset)}
      sentence={sentence}
      actions={
        <>
          <AssetBadge asset={asset} />
          <Backfill asset={asset} />
        </>
      }
    >
      {description !== "" && (
        <p className="prose">
          <bdi>{shown(description, 600)}</bdi>
        </p>
      )}
      <Figures
        figures={[
          { label: t("asset.made"), value: <Ago atMs={madeAtMs} /> },
          {
            label: t("asset.byRun"),
            value: run === null ? <span className="none">–</span> : <RunLink id={run} max={24} />,
          },
          {
            label: t("asset.missing"),
            value: <Count value={expected - made} />,
            ...(expected > made ? { tone: "warning" as const } : {}),
          },
          {
            label: t("asset.failedChecks"),
            value: <Count value={failedChecks} />,
            ...(failedChecks > 0 ? { tone: "failing" as const } : {}),
          },
        ]}
      />
      {asset.partitions !== null && (
        <Partitions
          asset={asset}
          opened={partition}
          onOpen={(key) => set({ partition: key }, { push: true })}
        />
      )}
      <Checks checks={asset.checks} />
      <LineagePanel about={name} />
      <div className="columns">
        <Makers asset={asset} />
        <Past past={asset.past} />
      </div>
      {opened !== undefined && (
        <PartDrawer asset={asset} part={opened} onClose={() => set({ partition: undefined })} />
      )}
    </Page>
  );
}

/** The page of one asset: its partitions, its checks, its past, and what it is made of. */
export default function AssetPage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const query = useApi("/assets/{name}", { path: { name } }, { everyMs: 5000 });
  return (
    <PageOf of={query} title={shown(name, 160)} above={<Go to="/assets">{t("assets.title")}</Go>}>
      {(asset) => <Opened key={name} asset={asset} />}
    </PageOf>
  );
}
