import { useEffect, useLayoutEffect, useRef } from "react";

/**
 * Rows go while somebody is on one: it was handled, or what was selected is deleted. The focus then
 * goes to the row that is there, rather than nowhere.
 * @param selected how many rows are
 * @returns to be told whether a row has the focus
 */
export function useKeptFocus(
  selected: number,
  scroller: { readonly current: HTMLElement | null },
): (isOn: boolean) => void {
  const on = useRef(false);
  const before = useRef(selected);
  useLayoutEffect(() => {
    // What acts on a selection goes with it, and the focus that it had.
    if (before.current > 0 && selected === 0) on.current = true;
    before.current = selected;
  }, [selected]);
  useEffect(() => {
    if (!on.current || document.activeElement !== document.body) return;
    const row = scroller.current?.querySelector<HTMLElement>("[role=row][tabindex='0']");
    row?.focus({ preventScroll: true });
  });
  return (isOn) => {
    on.current = isOn;
  };
}
