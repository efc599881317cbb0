import type { ReactNode } from "react";
import type { Health } from "../../../api/overview.ts";
import { Badge } from "../../../ui/badge.tsx";
import { useText, type Say } from "../text.ts";
import type { AssetSummary } from "./grid.ts";

export type AssetState = "fresh" | "stale" | "missing" | "failing";

/** How an asset stands, the worst first. */
export function assetState({ failedChecks, stale, madeAtMs }: AssetSummary): AssetState {
  if (failedChecks > 0) return "failing";
  if (madeAtMs === null) return "missing";
  return stale ? "stale" : "fresh";
}

const healths: Readonly<Record<AssetState, Health>> = {
  fresh: "ok",
  stale: "warning",
  missing: "unknown",
  failing: "failing",
};

export const healthOfAsset = (asset: AssetSummary): Health => healths[assetState(asset)];

export const assetStateName = (t: Say, state: AssetState): string => t(`asset.is.${state}`);

/** How an asset stands, by shape and word. */
export function AssetBadge({ asset }: { asset: AssetSummary }): ReactNode {
  const { t } = useText();
  const state = assetState(asset);
  return <Badge health={healths[state]}>{assetStateName(t, state)}</Badge>;
}
