import type { Edge, EdgeProps } from "@xyflow/react";
import type { ReactNode } from "react";
import type { Link } from "../../api/overview.ts";
import { pace } from "./pace.ts";

export type FlowEdge = Edge<
  {
    readonly link: Link;
    readonly path: string;
    readonly tone: "plain" | "lit" | "dim";
    readonly far?: "source" | "target";
  },
  "flow"
>;

/** Where the words of a line stand: near the end that is not looked at, where lines lie apart. */
export function wordsAt(path: string, far: "source" | "target"): readonly [x: number, y: number] {
  const numbers = (path.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number);
  // The first point has two numbers, each curve six; the last two of a curve are where it ends.
  const first = far === "source" ? 0 : numbers.length - 8;
  const t = far === "source" ? 0.3 : 0.7;
  const along = (axis: 0 | 1): number => {
    const [a = 0, b = 0, c = 0, d = 0] = [0, 2, 4, 6].map((at) => numbers[first + at + axis] ?? 0);
    return a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t ** 2 * (1 - t) + d * t ** 3;
  };
  return [along(0), along(1)];
}

/** A line with dots that run along it, the faster the more there is. */
export function Flow({ data }: EdgeProps<FlowEdge>): ReactNode {
  if (data === undefined) return null;
  const { link, path, tone } = data;
  const bad = link.errorRate >= 0.05 ? " bad" : "";
  const arrow = bad ? "bad" : tone === "lit" ? "lit" : "plain";
  const step = pace(link.ratePerSecond);
  const words = tone === "lit" ? (link.label ?? "") : "";
  const [x, y] = wordsAt(path, data.far ?? "target");
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
