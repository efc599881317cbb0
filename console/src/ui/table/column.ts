import type { ReactNode } from "react";

/** What a cell is worth: for sorting, for copying and for files. */
export type CellValue = string | number | boolean | null | undefined;

/** A column of a table. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What is sorted and exported. */
  readonly value: (row: Row) => CellValue;
  /** What is shown; the value itself if left out. */
  readonly cell?: (row: Row) => ReactNode;
  /** Pixels. */
  readonly width: number;
  /** Takes a share of the room that is left over. */
  readonly grows?: boolean;
  readonly align?: "end";
  /**
   * 1 is always shown. Higher ones make room, the highest first, where the table is narrow;
   * 9 is shown only when it is asked for.
   */
  readonly priority?: number;
  readonly sorts?: boolean;
}

/** How rows are sorted: by a column, ascending or descending. */
export interface Sort {
  readonly id: string;
  readonly descending: boolean;
}

/** `depth` or `-depth`, as the URL has it. */
export function readSort(text: string | undefined): Sort | undefined {
  if (text === undefined || text === "" || text === "-") return undefined;
  const descending = text.startsWith("-");
  return { id: descending ? text.slice(1) : text, descending };
}

/** The form of the URL. */
export function writeSort(sort: Sort | undefined): string | undefined {
  return sort === undefined ? undefined : `${sort.descending ? "-" : ""}${sort.id}`;
}

/** What a press on a column's head does: numbers begin with the largest; a third press ends it. */
export function nextSort(
  current: Sort | undefined,
  id: string,
  isNumber: boolean,
): Sort | undefined {
  if (current?.id !== id) return { id, descending: isNumber };
  return current.descending === isNumber ? { id, descending: !isNumber } : undefined;
}

function compare(left: CellValue, right: CellValue, collator: Intl.Collator): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return collator.compare(String(left), String(right));
}

const isAbsent = (value: CellValue): boolean =>
  value === null || value === undefined || value === "" || Number.isNaN(value);

/** Rows in order; those without a value come last, whichever way. Equal ones keep their places. */
export function sorted<Row>(
  rows: readonly Row[],
  column: Column<Row> | undefined,
  descending: boolean,
  locale: string,
): readonly Row[] {
  if (column === undefined) return rows;
  const collator = new Intl.Collator(locale, { numeric: true });
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => ({ row, value: column.value(row) }));
  keyed.sort((a, b) => {
    const [without, other] = [isAbsent(a.value), isAbsent(b.value)];
    if (without || other) return Number(without) - Number(other);
    return sign * compare(a.value, b.value, collator);
  });
  return keyed.map(({ row }) => row);
}

/**
 * The columns that are shown: those that were chosen, or as many as fit into `width`, the least
 * important left out first.
 */
export function fitting<Row>(
  columns: readonly Column<Row>[],
  chosen: readonly string[] | undefined,
  width: number,
): readonly Column<Row>[] {
  if (chosen !== undefined) {
    const known = columns.filter(({ id }) => chosen.includes(id));
    if (known.length > 0) return known;
  }
  const priorities = [...new Set(columns.map(({ priority = 2 }) => priority))].sort(
    (a, b) => a - b,
  );
  let shown = columns.filter(({ priority = 2 }) => priority < 9);
  for (const least of priorities.filter((one) => one > 1 && one < 9).reverse()) {
    if (shown.reduce((sum, column) => sum + column.width, 0) <= width) break;
    shown = shown.filter(({ priority = 2 }) => priority < least);
  }
  return shown;
}
