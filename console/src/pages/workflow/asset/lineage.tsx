import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, type ReactNode } from "react";
import type { AnswerOf } from "../../../api/client.ts";
import type { Link, Part } from "../../../api/overview.ts";
import { useApi } from "../../../api/query.ts";
import { useLive } from "../../../live.tsx";
import { placeOfId } from "../../../places.ts";
import { insistent } from "../../../ui/loaded.ts";
import { useNarrow } from "../../../ui/narrow.ts";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";
import type { AssetSummary } from "./grid.ts";
import { reachable } from "./reach.ts";
import { healthOfAsset } from "./state.tsx";

type Lineage = AnswerOf<"/lineage", "get">;

const LiveMap = lazy(() => insistent(() => import("../../../ui/graph/live-map.tsx")));

const still = { ratePerSecond: 0, errorRate: 0 };

/** The part of a lineage that an asset has to do with. */
function aboutAsset({ nodes, edges }: Lineage, id: string): Lineage {
  const near = reachable(edges, id);
  return {
    nodes: nodes.filter((node) => near.has(node.id)),
    edges: edges.filter(({ from, to }) => near.has(from) && near.has(to)),
  };
}

function Drawn({ lineage, assets }: { lineage: Lineage; assets: readonly AssetSummary[] }) {
  const navigate = useNavigate();
  const { scene } = useLive();
  const known = scene?.overview.nodes;
  const parts = useMemo(() => {
    const byName = new Map(assets.map((asset) => [asset.name, asset]));
    const byId = new Map(known?.map((node) => [node.id, node]));
    return lineage.nodes.map((node): Part => {
      const asset = node.kind === "asset" ? byName.get(node.name) : undefined;
      const health =
        asset === undefined ? (byId.get(node.id)?.health ?? "unknown") : healthOfAsset(asset);
      return { ...node, ...still, health };
    });
  }, [lineage, assets, known]);
  const links = useMemo(
    () => lineage.edges.map((edge): Link => ({ ...edge, ...still, verb: "make" })),
    [lineage],
  );
  return (
    <Suspense fallback={<div className="map bone" />}>
      <LiveMap
        parts={parts}
        links={links}
        selected={undefined}
        onOpen={(id) => {
          const to = id === undefined ? undefined : placeOfId(id);
          if (to !== undefined) void navigate({ to: to as "." });
        }}
      />
    </Suspense>
  );
}

const none: readonly AssetSummary[] = [];

/** Who makes what of what, as a drawing; of one asset only what it is made of and what it makes. */
export function LineagePanel({ about }: { about?: string }): ReactNode {
  const { t } = useText();
  const assets = useApi("/assets", {}).data?.assets ?? none;
  const isNarrow = useNarrow();
  const { data } = useApi("/lineage", {});
  const lineage = useMemo(
    () => (data === undefined || about === undefined ? data : aboutAsset(data, `asset/${about}`)),
    [data, about],
  );
  // Too wide to be read there; the table names the same.
  if (lineage === undefined || lineage.edges.length === 0 || isNarrow) return null;
  return (
    <Panel title={t("lineage.title")} hint={t("lineage.hint")} flush>
      <Drawn lineage={lineage} assets={assets} />
    </Panel>
  );
}
