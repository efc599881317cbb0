import {
  Panel,
  ReactFlow,
  useReactFlow,
  ReactFlowProvider,
  type ReactFlowInstance,
} from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import "./graph.css";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Link, Part } from "../../api/overview.ts";
import { Icon } from "../icons.tsx";
import { useLive } from "../../live.tsx";
import { usePreferences } from "../../preferences.tsx";
import { Card, type CardNode } from "./card.tsx";
import { Flow, type FlowEdge } from "./flow.tsx";
import { cardHeight, cardWidth, layout, linkId, topologyKey, type Layout } from "./layout.ts";

const nodeTypes = { card: Card };
const edgeTypes = { flow: Flow };
/** With more lines than this the dots stand still: their motion would cost the page its calm. */
const linksRunningMax = 120;

/**
 * The whole plan in the middle; where it would get too small to read, its beginning, to be panned.
 */
function show(flow: ReactFlowInstance, plan: Layout, { clientWidth, clientHeight }: Element): void {
  if (clientWidth === 0) return;
  const fitting = Math.min(clientWidth / (plan.width + 24), clientHeight / (plan.height + 24), 1);
  const zoom = Math.max(fitting, clientWidth < 700 ? 0.66 : 0.3);
  const [width, height] = [plan.width * zoom, plan.height * zoom];
  const x = Math.max(4, (clientWidth - width) / 2);
  const y =
    width > clientWidth ? Math.max(4, (clientHeight - height) / 2) : (clientHeight - height) / 2;
  void flow.setViewport({ x, y, zoom });
}

interface MapProps {
  readonly parts: readonly Part[];
  readonly links: readonly Link[];
  readonly selected: string | undefined;
  /** Opens a part's details, or closes them. */
  readonly onOpen: (id: string | undefined) => void;
}

function Controls({ onFit }: { onFit: () => void }): ReactNode {
  const { t } = usePreferences();
  const flow = useReactFlow();
  const button = (key: "map.zoomIn" | "map.zoomOut" | "map.fit", run: () => unknown): ReactNode => (
    <button type="button" className="icon-button" aria-label={t(key)} title={t(key)} onClick={run}>
      <Icon name={key === "map.zoomIn" ? "plus" : key === "map.zoomOut" ? "minus" : "fit"} />
    </button>
  );
  return (
    <Panel position="bottom-left" className="map-controls">
      {button("map.zoomIn", () => void flow.zoomIn({ duration: 120 }))}
      {button("map.zoomOut", () => void flow.zoomOut({ duration: 120 }))}
      {button("map.fit", () => onFit())}
    </Panel>
  );
}

/**
 * One for each look of a line; `context-stroke` would be one for all, but not every browser has it.
 */
function Arrowheads(): ReactNode {
  return (
    <svg className="arrowheads" aria-hidden="true">
      <defs>
        {["plain", "lit", "bad"].map((tone) => (
          <marker
            key={tone}
            id={`arrow-${tone}`}
            className={tone}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0.5 0.5 7.5 4 0.5 7.5Z" />
          </marker>
        ))}
      </defs>
    </svg>
  );
}

/** Keeps the map in sight when the window or the topology changes, and when asked to. */
function Sight({ plan }: { plan: Layout }): ReactNode {
  const flow = useReactFlow();
  const mark = useRef<HTMLSpanElement>(null);
  const fit = useCallback(() => {
    const element = mark.current?.closest(".map");
    if (element) show(flow, plan, element);
  }, [flow, plan]);
  useEffect(() => {
    const element = mark.current?.closest(".map");
    if (!element) return undefined;
    const sizes = new ResizeObserver(fit);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [fit]);
  return (
    <>
      <span ref={mark} hidden />
      <Controls onFit={fit} />
    </>
  );
}

/** The part in the centre of attention and all that it is joined to. */
function near(centre: string | undefined, links: readonly Link[]): ReadonlySet<string> | undefined {
  if (centre === undefined) return undefined;
  const joined = links.filter(({ from, to }) => from === centre || to === centre);
  return new Set([centre, ...joined.flatMap(({ from, to }) => [from, to])]);
}

function TheMap({ parts, links, selected, onOpen }: MapProps): ReactNode {
  const { t } = usePreferences();
  const [pointed, setPointed] = useState<string>();
  const { connection, pausedAtMs } = useLive();
  // What is not live does not move.
  const held = connection.phase !== "live" || pausedAtMs !== undefined;
  const still = held || links.length > linksRunningMax;
  const key = topologyKey(parts, links);
  // The key stands for the parts and links: new figures do not move the map.
  const plan = useMemo(() => layout(parts, links), [key]);
  const centre = pointed ?? (parts.some(({ id }) => id === selected) ? selected : undefined);
  const lit = near(centre, links);
  const nodes = parts.map((part): CardNode => ({
    id: part.id,
    type: "card",
    position: plan.places.get(part.id) ?? { x: 0, y: 0 },
    width: cardWidth,
    height: cardHeight,
    data: {
      part,
      selected: part.id === selected,
      onOpen,
      dim: pointed !== undefined && lit?.has(part.id) === false,
    },
  }));
  const edges = links.map((link): FlowEdge => {
    const touches = link.from === centre || link.to === centre;
    return {
      id: linkId(link),
      type: "flow",
      source: link.from,
      target: link.to,
      data: {
        link,
        path: plan.paths.get(linkId(link)) ?? "",
        far: link.to === centre ? "source" : "target",
        tone: lit === undefined ? "plain" : touches ? "lit" : "dim",
      },
    };
  });
  return (
    <div
      className={still ? "map still" : "map"}
      style={{ aspectRatio: `${plan.width + 32} / ${plan.height + 32}` }}
    >
      <ReactFlow
        aria-label={t("map.label")}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        minZoom={0.05}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
        onNodeMouseEnter={(_, node) => setPointed(node.id)}
        onNodeMouseLeave={() => setPointed(undefined)}
      >
        <Arrowheads />
        <Sight plan={plan} />
      </ReactFlow>
    </div>
  );
}

/** The map of what talks to what, with the traffic on it. */
export default function LiveMap(props: MapProps): ReactNode {
  return (
    <ReactFlowProvider>
      <TheMap {...props} />
    </ReactFlowProvider>
  );
}
