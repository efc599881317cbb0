import type { KeyboardEvent, PointerEvent, ReactNode } from "react";
import { Icon } from "../icons.tsx";
import type { Column, Sort } from "./column.ts";
import { PickAll } from "./pick.tsx";
import type { Extent } from "./selection.ts";

export interface HeadProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly grid: string;
  readonly sort: Sort | undefined;
  readonly onSort: (column: Column<Row>) => void;
  /** A new width in pixels; undefined gives the column its own back. */
  readonly onWidth: (id: string, px: number | undefined) => void;
  /** How many rows are selected, where rows can be, and what a press on the box does. */
  readonly pick?: { readonly extent: Extent; readonly onTurn: () => void } | undefined;
}

const widthMin = 48;
const widthStep = 16;

/** The edge of a column's head, to be dragged; a double press resets it. */
function Edge({ onWidth }: { onWidth: (px: number | undefined) => void }): ReactNode {
  const drag = (event: PointerEvent<HTMLElement>): void => {
    const edge = event.currentTarget;
    const [fromX, from] = [event.clientX, edge.parentElement?.offsetWidth ?? widthMin];
    const move = (moved: globalThis.PointerEvent): void =>
      onWidth(Math.max(widthMin, from + moved.clientX - fromX));
    edge.setPointerCapture(event.pointerId);
    edge.addEventListener("pointermove", move);
    const end = (): void => edge.removeEventListener("pointermove", move);
    edge.addEventListener("lostpointercapture", end, { once: true });
  };
  return (
    <span
      className="table-edge"
      aria-hidden="true"
      onPointerDown={drag}
      onDoubleClick={() => onWidth(undefined)}
    />
  );
}

interface TitleProps<Row> {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: (column: Column<Row>) => void;
  readonly onWidth: (px: number | undefined) => void;
}

/** A press sorts; Shift with the arrow keys makes the column narrower or wider. */
function Title<Row>({ column, sort, onSort, onWidth }: TitleProps<Row>): ReactNode {
  if (column.sorts === false) return <span className="table-title">{column.title}</span>;
  const current = sort?.id === column.id ? sort : undefined;
  const resize = (event: KeyboardEvent<HTMLElement>): void => {
    const by = { ArrowLeft: -widthStep, ArrowRight: widthStep }[event.key];
    const width = event.currentTarget.parentElement?.offsetWidth;
    if (by === undefined || width === undefined || !event.shiftKey) return;
    event.preventDefault();
    onWidth(Math.max(widthMin, width + by));
  };
  return (
    <button type="button" className="table-title" onClick={() => onSort(column)} onKeyDown={resize}>
      <span className="cut">{column.title}</span>
      {current !== undefined && <Icon name={current.descending ? "down" : "up"} size={12} />}
    </button>
  );
}

/** The heads of a table's columns. */
export function Head<Row>(props: HeadProps<Row>): ReactNode {
  const { columns, grid, sort, onSort, onWidth, pick } = props;
  const direction = (id: string): "ascending" | "descending" | "none" => {
    if (sort?.id !== id) return "none";
    return sort.descending ? "descending" : "ascending";
  };
  return (
    <div role="rowgroup" className="table-head">
      <div role="row" className="table-row" aria-rowindex={1} style={{ gridTemplateColumns: grid }}>
        {pick !== undefined && <PickAll {...pick} />}
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            aria-sort={direction(column.id)}
            className={column.align === "end" ? "cell end" : "cell"}
          >
            <Title
              column={column}
              sort={sort}
              onSort={onSort}
              onWidth={(px) => onWidth(column.id, px)}
            />
            <Edge onWidth={(px) => onWidth(column.id, px)} />
          </div>
        ))}
      </div>
    </div>
  );
}
