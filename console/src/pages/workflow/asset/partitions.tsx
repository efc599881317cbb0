import { useRef, type KeyboardEvent, type ReactNode } from "react";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";
import { gridOf, type Asset } from "./grid.ts";

const steps: Readonly<Record<string, readonly [row: number, cell: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** The partitions of an asset: which are made, which are missing, which failed a check. */
export function Partitions({
  asset,
  opened,
  onOpen,
}: {
  asset: Asset;
  opened: string | undefined;
  onOpen: (key: string) => void;
}): ReactNode {
  const { t } = useText();
  const grid = useRef<HTMLTableElement>(null);
  const rows = gridOf(asset.parts);
  const failed = new Set(
    asset.checks.filter(({ passed }) => !passed).map(({ partition }) => partition ?? ""),
  );
  const [first] = rows;
  const reachable = opened ?? first?.cells[0]?.key;
  const press = (event: KeyboardEvent): void => {
    const step = steps[event.key];
    const cell = event.target instanceof HTMLElement ? event.target.closest("td") : null;
    const row = cell?.parentElement;
    if (step === undefined || cell === null || !(row instanceof HTMLTableRowElement)) return;
    event.preventDefault();
    const [down, along] = step;
    const next = grid.current?.rows[row.rowIndex + down]?.cells[cell.cellIndex + along];
    next?.querySelector("button")?.focus();
  };
  const stateOf = (key: string, isMade: boolean): "failed" | "made" | "missing" =>
    failed.has(key) ? "failed" : isMade ? "made" : "missing";
  return (
    <Panel
      title={t("asset.partitions")}
      hint={t("asset.madeOf", { made: asset.made, expected: asset.expected })}
    >
      <div className="partitions">
        <table ref={grid} aria-label={t("asset.partitions")} onKeyDown={press}>
          <tbody>
            {rows.map(({ label, cells }) => (
              <tr key={label}>
                <th scope="row" className="mono">
                  {label}
                </th>
                {cells.map(({ key, short, isMade }) => {
                  const state = stateOf(key, isMade);
                  const words = `${isolated(key, 80)}: ${t(`partition.${state}`)}`;
                  return (
                    <td key={key}>
                      <button
                        type="button"
                        className={`partition ${state}`}
                        tabIndex={key === reachable ? 0 : -1}
                        aria-current={key === opened ? "true" : undefined}
                        title={words}
                        onClick={() => onOpen(key)}
                      >
                        <bdi aria-hidden="true">
                          {state === "failed" ? `${shown(short, 20)}!` : shown(short, 20)}
                        </bdi>
                        <span className="hidden">{words}</span>
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul className="calendar-legend">
        {(["made", "missing", "failed"] as const).map((state) => (
          <li key={state}>
            <span className={`partition mark ${state}`} aria-hidden="true" />
            {t(`partition.${state}`)}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
