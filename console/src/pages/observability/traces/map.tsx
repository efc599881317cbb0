import { lazy, Suspense, useMemo, type ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { isolated } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Button } from "../../../ui/button.tsx";
import { Chip, Segments } from "../../../ui/field.tsx";
import { insistent } from "../../../ui/loaded.ts";
import { useNarrow } from "../../../ui/narrow.ts";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { flag, oneOf, text, useView, whole, type Parameters } from "../../../view.ts";
import { useSpan, type AskedSpan } from "../logs/asked.ts";
import { EdgeTable } from "./map-edges.tsx";
import { NodeDrawer } from "./map-node.tsx";
import { linksOf, nameOf, partOf, type MapEdge, type ServiceMap } from "./map-shape.ts";
import { useText } from "./text.ts";
import "./traces.css";

const LiveMap = lazy(() => insistent(() => import("../../../ui/graph/live-map.tsx")));

/** Kinds that stand at the end of lines and make a map wide: drawn when they are asked for. */
const quietKinds = new Set(["table", "blob", "cache", "secret", "schedule", "database"]);

const looks = ["all", "undeclared", "unused"] as const;

interface MapView {
  readonly node: string;
  /** The end of the time that is shown instead of now, milliseconds since 1970. */
  readonly at: number;
  readonly edges: (typeof looks)[number];
  /** Also draws what keeps state, and schedules. */
  readonly state: true;
}

const view: Parameters<MapView> = { node: text(500), at: whole, edges: oneOf(looks), state: flag };

/** How far back the slider goes, in lengths of the range, and its steps in each. */
const backMax = 48;
const stepsEach = 4;

/** Goes back in time: the same length of time, ending earlier. */
function Travel({
  span,
  at,
  onChange,
}: {
  span: AskedSpan;
  at: number | undefined;
  onChange: (at: number | undefined) => void;
}): ReactNode {
  const { t, locale } = useText();
  const step = (span.toMs - span.fromMs) / stepsEach;
  const most = backMax * stepsEach;
  const back = at === undefined ? 0 : Math.max(0, Math.round((span.toMs - at) / step));
  const words =
    at === undefined ? t("map.now") : t("map.until", { time: format.dateTime(at, locale) });
  return (
    <div className="travel">
      <input
        type="range"
        min={0}
        max={most}
        value={most - Math.min(most, back)}
        aria-label={t("map.travel")}
        aria-valuetext={words}
        onChange={({ target }) => {
          const steps = most - Number(target.value);
          onChange(steps === 0 ? undefined : Math.round(span.toMs - steps * step));
        }}
      />
      <span className="travel-words">{words}</span>
      {at !== undefined && (
        <Button size="small" onClick={() => onChange(undefined)}>
          {t("map.backToNow")}
        </Button>
      )}
    </div>
  );
}

/** What is otherwise than in the time before, in words. */
function Changes({ span }: { span: AskedSpan }): ReactNode {
  const { t } = useText();
  const length = span.toMs - span.fromMs;
  const before = { beforeFromMs: span.fromMs - length, beforeToMs: span.fromMs };
  const found = useApi("/telemetry/map/diff", { query: { ...span, ...before } }, { keep: true });
  const all = found.data?.edges ?? [];
  const isFirst = all.length > 0 && all.every(({ change }) => change === "added");
  const edges = all.filter(({ change }) => change !== "same").slice(0, 8);
  return (
    <Panel title={t("map.changes")} hint={t("map.changesHint")}>
      <Answer of={found} rows={3}>
        {() =>
          edges.length === 0 ? (
            <p className="prose">{t("map.noChanges")}</p>
          ) : isFirst ? (
            <p className="prose">{t("map.nothingBefore")}</p>
          ) : (
            <ul className="compare-words">
              {edges.map(
                ({ from, to, type, change, rateRatio, p95Ratio, errorsDiffer, ...edge }) => (
                  <li key={`${from} ${to} ${type}`}>
                    {t("map.change", {
                      from: isolated(nameOf(from), 60),
                      to: isolated(nameOf(to), 60),
                      change,
                      rate: rateRatio === undefined ? "?" : format.shortNumber(rateRatio),
                      p95: p95Ratio === undefined ? "?" : format.shortNumber(p95Ratio),
                      errors: errorsDiffer
                        ? edge.errorShareChange > 0
                          ? "more"
                          : "fewer"
                        : "same",
                    })}
                  </li>
                ),
              )}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}

function chosen(edges: readonly MapEdge[], look: (typeof looks)[number]): readonly MapEdge[] {
  return look === "all" ? edges : edges.filter(({ state }) => state === look);
}

/** The map itself, with what happens on each connection of the part that is looked at. */
function Picture({ map }: { map: ServiceMap }): ReactNode {
  const { t, locale } = useText();
  const [{ node, state }, set] = useView(view);
  const quiet = map.nodes.filter(({ kind }) => quietKinds.has(kind)).length;
  const parts = useMemo(
    () =>
      map.nodes
        .filter(({ id, kind }) => state === true || id === node || !quietKinds.has(kind))
        .map((one) => partOf(one)),
    [map, state, node],
  );
  const links = useMemo(() => {
    const drawn = new Set(parts.map(({ id }) => id));
    return linksOf(map.edges, ({ callsPerSecond, errorShare, p95Ms, state: stands }) =>
      stands === "unused"
        ? t("map.unused")
        : [
            t("rate", { rate: format.shortNumber(callsPerSecond) }),
            ...(errorShare > 0 ? [t("map.errors", { share: format.percent(errorShare) })] : []),
            format.duration(p95Ms, locale),
          ].join(" · "),
    ).filter(({ from, to }) => drawn.has(from) && drawn.has(to));
  }, [map, parts, t, locale]);
  return (
    <Panel
      title={t("map.title")}
      hint={t("map.hint")}
      actions={
        <Chip
          label={t("map.state")}
          hint={t("map.stateHint", { count: quiet })}
          count={quiet}
          pressed={state === true}
          onChange={(next) => set({ state: next ? true : undefined })}
        />
      }
    >
      <Suspense fallback={<div className="map bone" />}>
        <LiveMap
          parts={parts}
          links={links}
          selected={node}
          onOpen={(id) => set({ node: id }, { push: true })}
        />
      </Suspense>
    </Panel>
  );
}

function Drawn({ map, span }: { map: ServiceMap; span: AskedSpan }): ReactNode {
  const { t } = useText();
  const [{ node, edges: look = "all" }, set] = useView(view);
  const isNarrow = useNarrow();
  const open = (id: string): void => set({ node: id }, { push: true });
  const opened = map.nodes.find(({ id }) => id === node);
  const count = (state: MapEdge["state"]): number =>
    map.edges.filter((edge) => edge.state === state).length;
  return (
    <>
      {!isNarrow && <Picture map={map} />}
      <Panel
        flush
        title={t("map.edges")}
        actions={
          <Segments
            label={t("map.stateOf")}
            value={look}
            options={[
              ["all", t("map.allEdges")],
              ["undeclared", t("map.undeclaredCount", { count: count("undeclared") })],
              ["unused", t("map.unusedCount", { count: count("unused") })],
            ]}
            onChange={(next) => set({ edges: next === "all" ? undefined : next })}
          />
        }
      >
        {look !== "all" && (
          <p className="hint why-words">
            {t(look === "unused" ? "map.about.unused" : "map.about.undeclared")}
          </p>
        )}
        <EdgeTable
          edges={chosen(map.edges, look)}
          name="edges"
          label={t("map.edges")}
          onOpen={({ to }) => open(to)}
        />
      </Panel>
      <Changes span={span} />
      {opened !== undefined && (
        <NodeDrawer
          node={opened}
          map={map}
          span={span}
          onOpen={open}
          onClose={() => set({ node: undefined })}
        />
      )}
    </>
  );
}

/** Who talks to whom, as it was observed, beside what was declared. */
export default function MapPage(): ReactNode {
  const { t } = useText();
  const [now] = useSpan();
  const [{ at }, set] = useView(view);
  const length = now.toMs - now.fromMs;
  const span = useMemo(
    () => (at === undefined ? now : { fromMs: at - length, toMs: at }),
    [at, now, length],
  );
  const found = useApi("/telemetry/map", { query: span }, { keep: true });
  const nodes = found.data?.nodes ?? [];
  const failing = nodes.filter(({ health }) => health === "failing").length;
  const degraded = nodes.filter(({ health }) => health === "degraded").length;
  const undeclared = found.data?.edges.filter(({ state }) => state === "undeclared").length ?? 0;
  const health = failing > 0 ? "failing" : degraded > 0 ? "warning" : "ok";
  return (
    <Page
      title={t("map.page")}
      {...(found.data === undefined ? {} : { health })}
      sentence={t("map.sentence", {
        count: nodes.filter(({ seen }) => seen).length,
        failing,
        degraded,
        undeclared,
      })}
    >
      <Travel span={now} at={at} onChange={(next) => set({ at: next })} />
      <Answer of={found}>
        {(map) =>
          map.nodes.length === 0 ? (
            <Empty title={t("list.none")} text={t("list.noneText")} />
          ) : (
            <Drawn map={map} span={span} />
          )
        }
      </Answer>
    </Page>
  );
}
