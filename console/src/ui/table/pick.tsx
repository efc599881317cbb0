import type { MouseEvent, ReactNode } from "react";
import { shown } from "../../i18n/foreign.ts";
import { usePreferences } from "../../preferences.tsx";
import type { Extent } from "./selection.ts";

/** Pixels of the column with the boxes. */
export const pickWidth = 36;

/** The box at the head: all rows, or none; in between while some are selected. */
export function PickAll({ extent, onTurn }: { extent: Extent; onTurn: () => void }): ReactNode {
  const { t } = usePreferences();
  return (
    <div role="columnheader" className="cell table-pick" onClick={onTurn}>
      <input
        type="checkbox"
        aria-label={t("table.selectAll")}
        readOnly
        checked={extent === "all"}
        ref={(box) => {
          if (box !== null) box.indeterminate = extent === "some";
        }}
      />
    </div>
  );
}

/** The box of one row. The row itself is what keys reach: Space turns it over. */
export function PickOne({
  name,
  checked,
  onTurn,
}: {
  name: string;
  checked: boolean;
  /** With `isRange`, all rows since the last that was turned over. */
  onTurn: (isRange: boolean) => void;
}): ReactNode {
  const { t } = usePreferences();
  const press = (event: MouseEvent): void => {
    event.stopPropagation();
    onTurn(event.shiftKey);
  };
  // Shift with a press would select the text in between.
  const hold = (event: MouseEvent): void => {
    if (event.shiftKey) event.preventDefault();
  };
  return (
    <div role="gridcell" className="cell table-pick" onClick={press} onMouseDown={hold}>
      <input
        type="checkbox"
        tabIndex={-1}
        aria-label={t("table.select", { name: shown(name, 60) })}
        readOnly
        checked={checked}
      />
    </div>
  );
}
