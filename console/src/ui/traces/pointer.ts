import { useEffect, useRef, type PointerEvent, type RefObject } from "react";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { eventAt, type Lay } from "./bars.ts";
import type { Waterfall as State } from "./state.ts";
import { useText } from "./text.ts";

/** Pixels of the head that stays above the rows. */
export const headHeight = 28;

/** What the pointer's handlers read when they run. */
interface Newest {
  readonly current: { readonly state: State; readonly lay: Lay };
}

/** Ctrl with the wheel looks closer, Shift or sideways moves along. */
export function useWheel(scroller: RefObject<HTMLElement | null>, newest: Newest): void {
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const wheel = (event: WheelEvent): void => {
      const { state, lay } = newest.current;
      const isAlong = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (event.ctrlKey || event.metaKey) {
        const x = event.clientX - element.getBoundingClientRect().left - lay.left;
        const share = Math.min(1, Math.max(0, x / lay.width));
        const { fromMs, toMs } = state.scope;
        const by = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 150);
        state.zoom(by, fromMs + (toMs - fromMs) * share);
      } else if (isAlong && state.isZoomed) {
        state.pan((event.deltaX || event.deltaY) / lay.width);
      } else return;
      event.preventDefault();
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, []);
}

/** The time under the pointer, or the event: a line and words that no drawing waits for. */
export function useCursor(scroller: RefObject<HTMLElement | null>, newest: Newest) {
  const { t, locale } = useText();
  const line = useRef<HTMLDivElement>(null);
  const words = useRef<HTMLSpanElement>(null);
  const hide = (): void => {
    if (line.current !== null) line.current.hidden = true;
    if (words.current !== null) words.current.hidden = true;
  };
  const move = (event: PointerEvent): void => {
    const { state, lay } = newest.current;
    const element = scroller.current;
    if (element === null || line.current === null || words.current === null) return;
    const { left, top } = element.getBoundingClientRect();
    const x = event.clientX - left;
    if (x < lay.left || x > lay.left + lay.width || event.pointerType === "touch") return hide();
    const row = Math.floor((event.clientY - top - headHeight + element.scrollTop) / lay.rowHeight);
    const span = state.tree.spans[state.rows[row] ?? -1];
    const { fromMs, toMs } = state.scope;
    const atMs = fromMs + ((x - lay.left) / lay.width) * (toMs - fromMs);
    const found = eventAt(span?.events ?? [], x, state.scope, lay);
    const at = format.duration((found?.atMs ?? atMs) - state.tree.fromMs, locale);
    words.current.textContent =
      found === undefined ? at : t("trace.eventAt", { name: shown(found.name, 80), at });
    line.current.hidden = false;
    words.current.hidden = false;
    line.current.style.transform = `translateX(${x}px)`;
    const room = element.clientWidth - words.current.offsetWidth - 4;
    words.current.style.transform = `translateX(${Math.min(x + 4, room)}px)`;
  };
  return { line, words, move, hide };
}
