import { useEffect, useRef, useState, type PointerEvent, type ReactNode } from "react";
import * as format from "../../i18n/format.ts";
import { useLook } from "../chart/look.ts";
import type { Hue } from "../chart/hues.ts";
import { cleared, inkOf } from "./ink.ts";
import { isWhole, within, type Scope } from "./scope.ts";
import { useText } from "./text.ts";
import type { Tree } from "./tree.ts";

const height = 56;
const margin = 4;

/** All spans of a trace as lines, whatever is in sight, with a mark at the ends of failed ones. */
function draw(
  canvas: HTMLCanvasElement,
  width: number,
  tree: Tree,
  hues: ReadonlyMap<string, Hue>,
): void {
  const context = cleared(canvas, width, height);
  if (context === null) return;
  const ink = inkOf(canvas);
  const { spans, fromMs, toMs } = tree;
  const scale = width / (toMs - fromMs);
  const step = (height - 2 * margin) / Math.max(1, spans.length);
  const tall = Math.min(4, Math.max(1, step * 0.7));
  const places = new Map<string, number[]>();
  const failed: number[] = [];
  for (const [at, { service, status, missing }] of spans.entries()) {
    if (missing === true) continue;
    if (status === "error") failed.push(at);
    const known = places.get(service);
    if (known === undefined) places.set(service, [at]);
    else known.push(at);
  }
  // By service: changing the colour 10,000 times costs more than drawing.
  for (const [service, all] of places) {
    context.fillStyle = ink.hue(hues.get(service));
    for (const at of all) {
      const { startMs = 0, durationMs = 0 } = spans[at] ?? {};
      const x = (startMs - fromMs) * scale;
      context.fillRect(x, margin + at * step, Math.max(1, durationMs * scale), tall);
    }
  }
  context.fillStyle = ink.of("--failing");
  for (const at of failed) {
    const { startMs = 0, durationMs = 0 } = spans[at] ?? {};
    const x = (startMs + durationMs - fromMs) * scale;
    context.fillRect(Math.max(0, x - 3), margin + at * step - 1, 4, tall + 2);
  }
}

interface Dragged {
  readonly fromX: number;
  readonly toX: number;
}

const closest = 4;

/** A trace at a glance. Dragging over it looks at a part; pressing it twice looks at all. */
export function Minimap({
  tree,
  hues,
  scope,
  width,
  onScope,
}: {
  tree: Tree;
  hues: ReadonlyMap<string, Hue>;
  scope: Scope;
  width: number;
  onScope: (scope: Scope) => void;
}): ReactNode {
  const { t, locale } = useText();
  const look = useLook();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [dragged, setDragged] = useState<Dragged>();
  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, width, tree, hues);
  }, [tree, hues, width, look]);
  const length = tree.toMs - tree.fromMs;
  const xOf = (atMs: number): number => ((atMs - tree.fromMs) / length) * width;
  const atOf = (x: number): number => tree.fromMs + (x / Math.max(1, width)) * length;
  const place = (event: PointerEvent): number => {
    const { left } = event.currentTarget.getBoundingClientRect();
    return Math.min(width, Math.max(0, event.clientX - left));
  };
  const end = (event: PointerEvent): void => {
    if (dragged === undefined) return;
    const [from, to] = [dragged.fromX, place(event)].toSorted((a, b) => a - b);
    setDragged(undefined);
    if (from === undefined || to === undefined) return;
    if (to - from >= closest) return onScope({ fromMs: atOf(from), toMs: atOf(to) });
    // A press moves what is in sight to where it was.
    const half = (scope.toMs - scope.fromMs) / 2;
    const middle = atOf((from + to) / 2);
    onScope(within(tree, { fromMs: middle - half, toMs: middle + half }));
  };
  const marked =
    dragged === undefined
      ? isWhole(tree, scope)
        ? undefined
        : { from: xOf(scope.fromMs), to: xOf(scope.toMs) }
      : {
          from: Math.min(dragged.fromX, dragged.toX),
          to: Math.max(dragged.fromX, dragged.toX),
        };
  return (
    <div
      className="minimap"
      role="img"
      aria-label={t("trace.minimap", {
        from: format.duration(scope.fromMs - tree.fromMs, locale),
        to: format.duration(scope.toMs - tree.fromMs, locale),
        all: format.duration(length, locale),
      })}
      title={t("trace.minimapHint")}
      style={{ height }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragged({ fromX: place(event), toX: place(event) });
      }}
      onPointerMove={(event) => dragged && setDragged({ ...dragged, toX: place(event) })}
      onPointerUp={end}
      onPointerCancel={() => setDragged(undefined)}
      onDoubleClick={() => onScope(tree)}
    >
      <canvas ref={canvas} style={{ width, height }} />
      {marked !== undefined && (
        <>
          <span className="minimap-out" style={{ left: 0, width: marked.from }} />
          <span className="minimap-out" style={{ left: marked.to, right: 0 }} />
          <span
            className="minimap-in"
            style={{ left: marked.from, width: Math.max(2, marked.to - marked.from) }}
          />
        </>
      )}
    </div>
  );
}
