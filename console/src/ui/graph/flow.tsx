import type { Edge, EdgeProps } from "@xyflow/react";
import type { ReactNode } from "react";
import type { Link } from "../../api/overview.ts";
import { pace } from "./pace.ts";

export type FlowEdge = Edge<
  { readonly link: Link; readonly path: string; readonly tone: "plain" | "lit" | "dim" },
  "flow"
>;

/** A line with dots that run along it, the faster the more there is. */
export function Flow({ data }: EdgeProps<FlowEdge>): ReactNode {
  if (data === undefined) return null;
  const { link, path, tone } = data;
  const bad = link.errorRate >= 0.05 ? " bad" : "";
  const arrow = bad ? "bad" : tone === "lit" ? "lit" : "plain";
  const step = pace(link.ratePerSecond);
  return (
    <g className={`flow ${tone}${bad}`}>
      <path className="flow-line" d={path} markerEnd={`url(#arrow-${arrow})`} />
      {step > 0 && <path className={`flow-dots pace-${step}`} d={path} />}
    </g>
  );
}
