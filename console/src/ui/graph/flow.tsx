import type { Edge, EdgeProps } from "@xyflow/react";
import type { ReactNode } from "react";
import type { Link } from "../../api/overview.ts";
import { pace } from "./pace.ts";

export type FlowEdge = Edge<
  { readonly link: Link; readonly path: string; readonly tone: "plain" | "lit" | "dim" },
  "flow"
>;

/** The middle of a line's middle curve: there its words stand. */
export function middleOf(path: string): readonly [x: number, y: number] {
  const numbers = (path.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  // The first point has two numbers, each curve six; its last two are where it ends.
  const curve = Math.floor((numbers.length - 2) / 12) * 6;
  const at = (place: number): number => numbers[place] ?? 0;
  return [(at(curve) + at(curve + 6)) / 2, (at(curve + 1) + at(curve + 7)) / 2];
}

/** A line with dots that run along it, the faster the more there is. */
export function Flow({ data }: EdgeProps<FlowEdge>): ReactNode {
  if (data === undefined) return null;
  const { link, path, tone } = data;
  const bad = link.errorRate >= 0.05 ? " bad" : "";
  const arrow = bad ? "bad" : tone === "lit" ? "lit" : "plain";
  const step = pace(link.ratePerSecond);
  const words = tone === "lit" ? (link.label ?? "") : "";
  const [x, y] = middleOf(path);
  return (
    <g className={`flow ${tone}${bad}`}>
      <path className="flow-line" d={path} markerEnd={`url(#arrow-${arrow})`} />
      {step > 0 && <path className={`flow-dots pace-${step}`} d={path} />}
      {words !== "" && (
        <text className="flow-words" x={x} y={y + 4} textAnchor="middle">
          {words}
        </text>
      )}
    </g>
  );
}
