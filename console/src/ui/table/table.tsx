import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from "react";
import { usePreferences } from "../../preferences.tsx";
import { text, useView, type Parameters } from "../../view.ts";
import { Button } from "../button.tsx";
import { fitting, nextSort, readSort, sorted, writeSort, type Column } from "./column.ts";
import { Head, type HeadProps } from "./head.tsx";
import { useKeptFocus } from "./kept-focus.ts";
import { PickOne, pickWidth } from "./pick.tsx";
import { extentOf, turned, withAll, type Selection } from "./selection.ts";
import { Tools } from "./tools.tsx";
import "./table.css";

export type { Column } from "./column.ts";
export type { Selection } from "./selection.ts";

interface TableProps<Row> {
  /** What the table lists, for those who cannot see it. */
  readonly label: string;
  /** Begins the names of its parameters in the URL, and the names of files; unique on the page. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Opens a row: a press on it, or Enter. */
  readonly onOpen?: (row: Row) => void;
  /** The row whose details are open. */
  readonly opened?: string | undefined;
  /** Makes rows selectable, by boxes or Space; Shift takes the rows in between along. */
  readonly selection?: Selection | undefined;
  /** What stands there when there are no rows. */
  readonly empty?: ReactNode;
  /** Filters, at the left of the tools. */
  readonly filters?: ReactNode;
  /** Reads the next page where there is one. */
  readonly more?: { readonly load: () => void; readonly busy: boolean } | undefined;
  /** Rows at most in sight; beyond them the table scrolls. */
  readonly rowsMax?: number;
}

const rowHeight = 34;
const overscan = 8;

interface TableView {
  readonly sort: string;
  readonly columns: string;
}

/** The parts of the URL of one table: `sort`, `columns`, after its name where there are several. */
function parametersOf(name: string): Parameters<Record<string, string>> {
  return { [`${name}-sort`]: text(80), [`${name}-columns`]: text(400) };
}

/** How a table is sorted and which columns it shows, in the URL. */
function useTableView(
  name: string,
): readonly [
  Partial<TableView>,
  (change: { [K in keyof TableView]?: string | undefined }) => void,
] {
  const parameters = useMemo(() => parametersOf(name), [name]);
  const [view, set] = useView(parameters);
  const sort = view[`${name}-sort`];
  const columns = view[`${name}-columns`];
  return [
    { ...(sort === undefined ? {} : { sort }), ...(columns === undefined ? {} : { columns }) },
    (change) =>
      set(
        Object.fromEntries(Object.entries(change).map(([key, value]) => [`${name}-${key}`, value])),
      ),
  ];
}

function useWidth(): readonly [ref: (element: HTMLElement | null) => void, width: number] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(0);
  // Before the first paint: a table must not begin with too few columns.
  useLayoutEffect(() => {
    if (element === null) return undefined;
    setWidth(element.clientWidth);
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [element]);
  return [setElement, width];
}

/** The grid's columns: those that grow share what is left, unless the reader gave them a width. */
function template<Row>(
  columns: readonly Column<Row>[],
  widths: Readonly<Record<string, number>>,
  isPicked: boolean,
): string {
  const own = columns
    .map(({ id, width, grows }) => {
      const given = widths[id];
      if (given !== undefined) return `${given}px`;
      return grows === true ? `minmax(${width}px, 1fr)` : `${width}px`;
    })
    .join(" ");
  return isPicked ? `${pickWidth}px ${own}` : own;
}

interface BodyProps<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly grid: string;
  readonly rowKey: (row: Row) => string;
  readonly onOpen: ((row: Row) => void) | undefined;
  readonly opened: string | undefined;
  readonly selection: Selection | undefined;
  readonly scroller: { readonly current: HTMLDivElement | null };
}

/** Turns rows over; a range goes from the row that was turned over last. */
function useTurn<Row>({ rows, rowKey, selection }: BodyProps<Row>) {
  const last = useRef<string>(undefined);
  return (key: string, isRange: boolean): void => {
    if (selection === undefined) return;
    const from = isRange ? last.current : undefined;
    last.current = key;
    selection.onChange(turned(selection.keys, rows.map(rowKey), key, from));
  };
}

/** Keys of a list: arrows, Page Up and Down, Home, End, Enter. */
function step(key: string, page: number, count: number): ((at: number) => number) | undefined {
  const moves: Readonly<Record<string, (at: number) => number>> = {
    ArrowDown: (at) => at + 1,
    ArrowUp: (at) => at - 1,
    PageDown: (at) => at + page,
    PageUp: (at) => at - page,
    Home: () => 0,
    End: () => count - 1,
  };
  return moves[key];
}

/** Whether a row is selected, and whether it is the one that is open. */
function stateOf<Row>(key: string, { onOpen, opened, selection }: BodyProps<Row>) {
  if (selection !== undefined) {
    return {
      "aria-selected": selection.keys.has(key),
      "aria-current": key === opened ? true : undefined,
    };
  }
  return { "aria-selected": onOpen === undefined ? undefined : key === opened };
}

function Body<Row>(props: BodyProps<Row>): ReactNode {
  const { rows, columns, grid, rowKey, onOpen, selection, scroller } = props;
  const turn = useTurn(props);
  const keepFocus = useKeptFocus(selection?.keys.size ?? 0, scroller);
  const [at, setAt] = useState(0);
  const focusing = useRef(false);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
    // The head stays above the rows: a row that is scrolled to must not hide behind it.
    scrollPaddingStart: rowHeight,
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLElement) || event.target.role !== "row") return;
    const row = rows[at];
    if (event.key === "Enter" && onOpen !== undefined && row !== undefined) {
      event.preventDefault();
      return onOpen(row);
    }
    if (event.key === " " && selection !== undefined && row !== undefined) {
      event.preventDefault();
      return turn(rowKey(row), event.shiftKey);
    }
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2;
    const move = step(event.key, page, rows.length);
    if (move === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(rows.length - 1, move(at)));
    focusing.current = true;
    setAt(next);
    virtual.scrollToIndex(next);
  };
  const items = virtual.getVirtualItems();
  const reachable = items.some(({ index }) => index === at) ? at : (items[0]?.index ?? 0);
  return (
    <div
      role="rowgroup"
      className="table-body"
      style={{ height: virtual.getTotalSize() }}
      onKeyDown={onKeyDown}
      onFocus={() => keepFocus(true)}
      onBlur={() => keepFocus(false)}
    >
      {items.map(({ index, start }) => {
        const row = rows[index];
        if (row === undefined) return null;
        const key = rowKey(row);
        return (
          <div
            key={key}
            role="row"
            aria-rowindex={index + 2}
            {...stateOf(key, props)}
            className={onOpen === undefined ? "table-row" : "table-row opens"}
            style={{ gridTemplateColumns: grid, transform: `translateY(${start}px)` }}
            tabIndex={index === reachable ? 0 : -1}
            ref={(element) => {
              if (!focusing.current || index !== at || element === null) return;
              focusing.current = false;
              element.focus({ preventScroll: true });
            }}
            onFocus={() => setAt(index)}
            onClick={() => onOpen?.(row)}
          >
            {selection !== undefined && (
              <PickOne
                name={key}
                checked={selection.keys.has(key)}
                onTurn={(isRange) => turn(key, isRange)}
              />
            )}
            {columns.map(({ id, align, cell, value }) => (
              <div key={id} role="gridcell" className={align === "end" ? "cell end" : "cell"}>
                {cell === undefined ? String(value(row) ?? "–") : cell(row)}
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}

/**
 * Which columns are shown and how rows are ordered: as the URL says, and what the reader did to the
 * heads.
 * @param width of the whole table in pixels: columns that do not fit give way
 */
function useArrangement<Row>(
  { name, columns, rows, rowKey, selection }: TableProps<Row>,
  width: number,
) {
  const { locale } = usePreferences();
  const [view, setView] = useTableView(name);
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>({});
  const sort = readSort(view.sort);
  const chosen = view.columns?.split(",");
  const shown = fitting(columns, chosen, selection === undefined ? width : width - pickWidth);
  const by = columns.find(({ id }) => id === sort?.id);
  const ordered = useMemo(
    () => sorted(rows, by, sort?.descending ?? false, locale),
    // A column's value is a function made anew each time; its id stands for it.
    [rows, by?.id, sort?.descending, locale],
  );
  const grid = template(shown, widths, selection !== undefined);
  const head: HeadProps<Row> = {
    columns: shown,
    grid,
    sort,
    onSort(column) {
      const isNumber = rows.some((row) => typeof column.value(row) === "number");
      setView({ sort: writeSort(nextSort(sort, column.id, isNumber)) });
    },
    onWidth: (id, px) =>
      setWidths((old) => {
        const { [id]: _, ...others } = old;
        return px === undefined ? others : { ...others, [id]: px };
      }),
    pick: selection && {
      extent: extentOf(selection.keys, rows.map(rowKey)),
      onTurn: () => selection.onChange(withAll(selection.keys, rows.map(rowKey))),
    },
  };
  return {
    shown,
    ordered,
    grid,
    head,
    isChosen: chosen !== undefined,
    choose: (ids: readonly string[] | undefined) => setView({ columns: ids?.join(",") }),
  };
}

/**
 * A table of any length: only the rows in sight are drawn. Sorted by its heads, columns resized and
 * chosen, rows copied and saved as CSV or JSON; how it is sorted and what it shows is in the URL.
 */
export function Table<Row>(props: TableProps<Row>): ReactNode {
  const { label, name, columns, rows, rowKey, onOpen, opened, empty, filters, more } = props;
  const { selection } = props;
  const { t } = usePreferences();
  const scroller = useRef<HTMLDivElement>(null);
  const [measure, width] = useWidth();
  const { shown, ordered, grid, head, isChosen, choose } = useArrangement(props, width);
  const inSight = Math.min(rows.length, props.rowsMax ?? 18);
  return (
    <div className="table-frame" ref={measure}>
      <Tools
        name={name}
        columns={columns}
        shown={shown}
        rows={ordered}
        filters={filters}
        isChosen={isChosen}
        onChoose={choose}
      />
      {rows.length === 0 ? (
        empty
      ) : (
        <div
          ref={scroller}
          className="table"
          role="grid"
          aria-label={label}
          aria-rowcount={rows.length + 1}
          aria-multiselectable={selection === undefined ? undefined : true}
          style={{ maxHeight: (inSight + 1) * rowHeight + 2 }}
        >
          <Head {...head} />
          {width > 0 && (
            <Body
              rows={ordered}
              columns={shown}
              grid={grid}
              rowKey={rowKey}
              onOpen={onOpen}
              opened={opened}
              selection={selection}
              scroller={scroller}
            />
          )}
        </div>
      )}
      {more !== undefined && (
        <div className="table-more">
          <Button size="small" busy={more.busy} onClick={more.load}>
            {t("table.more")}
          </Button>
        </div>
      )}
    </div>
  );
}
