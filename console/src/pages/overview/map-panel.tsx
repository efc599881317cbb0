import { lazy, Suspense, type ReactNode } from "react";
import type { Overview } from "../../api/overview.ts";
import { Icon } from "../../ui/icons.tsx";
import { insistent } from "../../ui/loaded.ts";
import { useNarrow } from "../../ui/narrow.ts";
import { usePreferences } from "../../preferences.tsx";
import { useView } from "../../view.ts";
import { overviewView } from "./view.ts";
import { useOpen } from "./open.ts";
import { isQuiet } from "./quiet.ts";
import { PartList } from "./part-list.tsx";

const LiveMap = lazy(() => insistent(() => import("../../ui/graph/live-map.tsx")));

/** Beyond this a map that fits the window cannot be read: the list comes first. */
const mapPartsMax = 60;

/** The parts of the app, as a map or as a list; the list is what narrow windows start with. */
export function MapPanel({
  overview,
  idle,
}: {
  overview: Overview;
  /** Whether the page can be used already: the map is drawn then. */
  idle: boolean;
}): ReactNode {
  const { t } = usePreferences();
  const [search, set] = useView(overviewView);
  const open = useOpen();
  const isNarrow = useNarrow();
  const quiet = overview.nodes.filter(isQuiet).length;
  const state = search.state ?? false;
  const parts = state ? overview.nodes : overview.nodes.filter((part) => !isQuiet(part));
  const view = search.view ?? (isNarrow || parts.length > mapPartsMax ? "list" : "map");
  const ids = new Set(parts.map(({ id }) => id));
  const links = overview.edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  return (
    <section className="panel map-panel" aria-labelledby="map-title">
      <div className="panel-head">
        <h2 id="map-title">{t("map.title")}</h2>
        <span className="spring" />
        {quiet > 0 && (
          <button
            type="button"
            className="chip"
            aria-pressed={state}
            title={t("map.stateHint", { count: quiet })}
            onClick={() => set({ state: state ? undefined : true })}
          >
            <Icon name="table" size={14} />
            {t("map.state")}
            <span className="chip-count">{quiet}</span>
          </button>
        )}
        <div className="segments" role="group" aria-label={t("map.view")}>
          {(["map", "list"] as const).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={view === one}
              onClick={() => set({ view: one })}
            >
              <Icon name={one} size={14} />
              {t(one === "map" ? "map.asMap" : "map.asList")}
            </button>
          ))}
        </div>
      </div>
      {view === "list" ? (
        <PartList parts={parts} />
      ) : (
        <Suspense fallback={<div className="map bone" />}>
          {idle ? (
            <LiveMap parts={parts} links={links} selected={search.node} onOpen={open} />
          ) : (
            <div className="map bone" />
          )}
        </Suspense>
      )}
    </section>
  );
}
