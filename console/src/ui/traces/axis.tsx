import { useRef, type PointerEvent, type ReactNode, type RefObject } from "react";
import * as format from "../../i18n/format.ts";
import { placeOf, type Lay } from "./bars.ts";
import type { Scope } from "./scope.ts";
import { useText } from "./text.ts";

const nameLeast = 120;
const stepPx = 24;

/** The edge between names and bars: dragged, or moved by the arrow keys. */
function Edge({
  width,
  most,
  onWidth,
}: {
  width: number;
  most: number;
  onWidth: (width: number) => void;
}): ReactNode {
  const { t } = useText();
  const start = useRef<{ readonly x: number; readonly width: number }>(undefined);
  const set = (next: number): void => onWidth(Math.min(most, Math.max(nameLeast, next)));
  const move = ({ clientX }: PointerEvent): void => {
    if (start.current !== undefined) set(start.current.width + clientX - start.current.x);
  };
  return (
    <div
      className="span-edge"
      role="separator"
      aria-orientation="vertical"
      aria-label={t("trace.width")}
      aria-valuemin={nameLeast}
      aria-valuemax={Math.round(most)}
      aria-valuenow={Math.round(width)}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={move}
      onPointerUp={() => (start.current = undefined)}
      onKeyDown={({ key }) => {
        if (key === "ArrowLeft") set(width - stepPx);
        if (key === "ArrowRight") set(width + stepPx);
      }}
    />
  );
}

/** The head of a waterfall: the times that its bars stand below. */
export function Axis({
  ticks,
  zeroMs,
  scope,
  lay,
  width,
  nameWidth,
  onNameWidth,
  cursor,
}: {
  /** Relative to the beginning of the trace. */
  ticks: readonly number[];
  zeroMs: number;
  scope: Scope;
  lay: Lay;
  width: number;
  /** Undefined where names stand above their bars. */
  nameWidth: number | undefined;
  onNameWidth: (width: number) => void;
  /** Where the time below the pointer is written. */
  cursor: RefObject<HTMLSpanElement | null>;
}): ReactNode {
  const { t, locale } = useText();
  return (
    <div className="span-head" role="row" aria-rowindex={1}>
      <div role="columnheader" className="span-name" style={{ width: nameWidth }}>
        {nameWidth === undefined ? (
          <span className="hidden">{t("trace.span")}</span>
        ) : (
          t("trace.span")
        )}
        {nameWidth !== undefined && (
          <Edge width={nameWidth} most={width * 0.7} onWidth={onNameWidth} />
        )}
      </div>
      <div role="columnheader" className="span-time">
        <span className="hidden">{t("trace.time")}</span>
        {ticks.map((atMs) => {
          const left = placeOf(atMs + zeroMs, scope, lay);
          // One that would be cut off at the end is not written.
          if (left > lay.left + lay.width - 36) return null;
          return (
            <span key={atMs} className="span-tick" aria-hidden="true" style={{ left }}>
              {format.mark(atMs, locale)}
            </span>
          );
        })}
      </div>
      <span className="span-cursor" aria-hidden="true" hidden ref={cursor} />
    </div>
  );
}
